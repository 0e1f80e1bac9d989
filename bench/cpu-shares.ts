import { cpus } from 'node:os'
import { cpuSecondsBelow } from './measure.ts'
import { figure } from './print.ts'

/** Who uses how much of the machine from now on. Linux only. */
export class CpuShares {
  readonly #pids: Readonly<Record<string, number>>
  readonly #before: ReadonlyMap<string, number>

  /** @param pids processes that are measured with their children, by name. */
  constructor(pids: Readonly<Record<string, number>>) {
    this.#pids = pids
    this.#before = this.#used()
  }

  /** `engine 0.61, PostgreSQL 0.83, bench 0.12, all else 0.02 of 2 cores`, over the seconds since it was made. */
  report(seconds: number): string {
    const used = [...this.#used()].map(([name, at]) => [name, at - (this.#before.get(name) as number)] as const)
    const all = used.reduce((sum, [name, s]) => sum + (name === machine ? s : -s), 0)
    const known = used.filter(([name]) => name !== machine).map(([name, s]) => `${name} ${figure(s / seconds, 2)}`)
    return `${known.join(', ')}, all else ${figure(Math.max(0, all) / seconds, 2)} of ${cpus().length} cores`
  }

  #used(): Map<string, number> {
    const used = new Map(Object.entries(this.#pids).map(([name, pid]) => [name, cpuSecondsBelow(pid)]))
    const { user, system } = process.cpuUsage()
    return used.set('bench', (user + system) / 1e6).set(machine, machineSeconds())
  }
}

const machine = 'machine'

function machineSeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000
}
