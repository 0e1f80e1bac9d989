import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SmscStats } from '../../src/simulator/smsc.ts'
import { freePort } from '../free-port.ts'
import { cpuSecondsBelow } from '../measure.ts'

export interface KannelOptions {
  /** Of a simulated SMSC; its receipts are counted by `stats`. */
  readonly port: number
  readonly systemId: string
  readonly password: string
  readonly messages: number
  /** Kannel's max-pending-submits. */
  readonly window: number
  stats(): Promise<SmscStats>
}

export interface KannelFigures {
  /** From the first submit_sm to the last receipt acknowledged. */
  readonly perSecond: number
  /** CPU seconds of bearerbox and of the batch sender per 1,000 messages. */
  readonly cpuPerThousand: number
}

const pollMs = 20
/** No receipt for so long: Kannel has lost the rest. */
const patienceMs = 30_000

/**
 * The peer: Kannel (Debian package `kannel`), its bearerbox with one transceiver, fed by its own batch sender, with receipts asked
 * for and kept in memory (`dlr-storage = internal`); nothing is kept on disk. Undefined where it is not on PATH.
 *
 * @throws where it does not start, or where its receipts end before the last one has come
 */
export async function pushByKannel(options: KannelOptions): Promise<KannelFigures | undefined> {
  if (!(await onPath('bearerbox')) || !(await onPath('mtbatch'))) return undefined
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-kannel-'))
  const started: ChildProcess[] = []
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, { stdio: 'ignore', cwd: dir })
    started.push(child)
    return child
  }
  try {
    const [admin, boxes] = [await freePort(), await freePort()]
    await writeFile(join(dir, 'kannel.conf'), configuration(options, admin, boxes))
    await writeFile(join(dir, 'text'), 'Benchmark text of one segment.')
    const numbers = Array.from({ length: options.messages }, (_, i) => 821000000000 + i)
    await writeFile(join(dir, 'numbers'), `${numbers.join('\n')}\n`)
    const before = await options.stats()
    const bearerbox = start('bearerbox', ['-v', '4', 'kannel.conf'])
    await bound(bearerbox, options, before.binds)
    // It takes no mask without a URL; a smsbox would call that, and none runs.
    const receipts = ['-D', '31', '-u', 'http://127.0.0.1/']
    const to = ['-b', '127.0.0.1', '-p', String(boxes)]
    const sender = start('mtbatch', ['-v', '4', ...to, '-f', '82232100404', ...receipts, 'text', 'numbers'])
    return await measure(options, before, bearerbox, sender)
  } finally {
    for (const child of started.reverse()) await end(child)
    await rm(dir, { recursive: true, force: true })
  }
}

const configuration = ({ port, systemId, password, window }: KannelOptions, admin: number, boxes: number) => `
group = core
admin-port = ${admin}
admin-password = ${password}
admin-interface = 127.0.0.1
smsbox-port = ${boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
dlr-storage = internal

group = smsbox
bearerbox-host = 127.0.0.1

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = ${port}
transceiver-mode = true
smsc-username = ${systemId}
smsc-password = ${password}
system-type = ""
max-pending-submits = ${window}
`

async function measure(
  { messages, stats }: KannelOptions,
  before: SmscStats,
  bearerbox: ChildProcess,
  sender: ChildProcess,
): Promise<KannelFigures> {
  const pid = bearerbox.pid as number
  const cpuBefore = cpuSecondsBelow(pid)
  let cpuOfSender = 0
  let firstAt: number | undefined
  let last = { receipts: 0, at: performance.now() }
  for (;;) {
    const now = performance.now()
    const { submits, receiptsAcknowledged } = await stats()
    if (submits > before.submits) firstAt ??= now
    const receipts = receiptsAcknowledged - before.receiptsAcknowledged
    if (receipts > last.receipts) last = { receipts, at: now }
    cpuOfSender = Math.max(cpuOfSender, cpuSecondsBelow(sender.pid as number))
    if (receipts >= messages) break
    if (now - last.at > patienceMs) throw new Error(`Kannel: ${receipts} of ${messages} receipts, then no more`)
    await pause(pollMs)
  }
  return {
    perSecond: (messages * 1000) / (performance.now() - (firstAt ?? Number.NaN)),
    cpuPerThousand: ((cpuSecondsBelow(pid) - cpuBefore + cpuOfSender) / messages) * 1000,
  }
}

async function bound(bearerbox: ChildProcess, { stats }: KannelOptions, before: number): Promise<void> {
  const giveUp = performance.now() + 20_000
  while ((await stats()).binds <= before) {
    if (bearerbox.exitCode !== null) throw new Error(`Kannel's bearerbox ended with code ${bearerbox.exitCode}`)
    if (performance.now() > giveUp) throw new Error("Kannel's bearerbox did not bind in 20 s")
    await pause(pollMs)
  }
}

async function end(child: ChildProcess): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await Promise.race([gone, pause(2000, undefined, { ref: false })])
  }
}

async function onPath(program: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, program)).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}
