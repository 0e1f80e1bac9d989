import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** The fields of /proc/PID/stat from the third on (the second may hold anything); undefined once the process is gone. Linux only. */
function statOf(pid: number): string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
  } catch {
    return undefined
  }
}

export function parentOf(pid: number): number {
  return Number(statOf(pid)?.[1])
}

/** CPU seconds (user and system, in ticks of 1/100 s) of a process, its children that live, and those that it has reaped. */
export function cpuSecondsBelow(root: number): number {
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined
    if (!stat || (pid !== root && Number(stat[1]) !== root)) continue
    ticks += Number(stat[11]) + Number(stat[12])
    if (pid === root) ticks += Number(stat[13]) + Number(stat[14])
  }
  return ticks / 100
}

/** Begins the highest resident memory of a process anew (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** Highest resident memory of a process so far, MB. */
export function peakMegabytes(pid: number): number {
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(match?.[1] ?? 0) / 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** `42,000 (39,100 to 43,700)`: median and spread. */
export function spread(values: readonly number[], digits = 0): string {
  const show = (n: number) =>
    n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${show(median(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`
}
