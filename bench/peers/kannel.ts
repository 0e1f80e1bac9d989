import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { Agent, get as httpGet } from 'node:http'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { SmscStats } from '../../src/simulator/smsc.ts'
import { freePort } from '../../test/support/free-port.ts'
import { cpuSecondsBelow } from '../measure.ts'
import { credentials } from '../rig.ts'

export interface KannelOptions {
  /** Of a simulated SMSC; its receipts are counted by `stats`. */
  readonly port: number
  readonly systemId: string
  readonly password: string
  readonly messages: number
  /** Kannel's max-pending-submits. */
  readonly window: number
  /** How it is given its messages: by its own batch sender, or by HTTP requests to its smsbox, as applications do. */
  readonly feed: 'batch' | 'http'
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
 * The peer: Kannel (Debian package `kannel`), its bearerbox with one transceiver, with receipts asked for and kept in memory
 * (`dlr-storage = internal`); nothing is kept on disk. Undefined where it is not on PATH.
 *
 * @throws where it does not start, or where its receipts end before the last one has come
 */
export async function pushByKannel(options: KannelOptions): Promise<KannelFigures | undefined> {
  const needed = ['bearerbox', options.feed === 'batch' ? 'mtbatch' : 'smsbox']
  for (const program of needed) if (!(await onPath(program))) return undefined
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-kannel-'))
  const started: ChildProcess[] = []
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, { stdio: 'ignore', cwd: dir })
    started.push(child)
    return child
  }
  try {
    const ports = { admin: await freePort(), boxes: await freePort(), http: await freePort() }
    await writeFile(join(dir, 'kannel.conf'), configuration(options, ports))
    await writeFile(join(dir, 'text'), text)
    const numbers = Array.from({ length: options.messages }, (_, i) => 821000000000 + i)
    await writeFile(join(dir, 'numbers'), `${numbers.join('\n')}\n`)
    const before = await options.stats()
    const bearerbox = start('bearerbox', ['-v', '4', 'kannel.conf'])
    await bound(bearerbox, options, before.binds)
    if (options.feed === 'http') {
      const smsbox = start('smsbox', ['-v', '4', 'kannel.conf'])
      await listening(ports.http)
      const [figures] = await Promise.all([measure(options, before, bearerbox, smsbox), request(ports.http, numbers)])
      return figures
    }
    // It takes no mask without a URL; a smsbox would call that, and none runs.
    const receipts = ['-D', '31', '-u', 'http://127.0.0.1/']
    const to = ['-b', '127.0.0.1', '-p', String(ports.boxes)]
    const sender = start('mtbatch', ['-v', '4', ...to, '-f', '82232100404', ...receipts, 'text', 'numbers'])
    return await measure(options, before, bearerbox, sender)
  } finally {
    for (const child of started.reverse()) await end(child)
    await rm(dir, { recursive: true, force: true })
  }
}

const text = 'Benchmark text of one segment.'

interface Ports {
  readonly admin: number
  readonly boxes: number
  readonly http: number
}

const configuration = ({ port, systemId, password, window }: KannelOptions, { admin, boxes, http }: Ports) => `
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
sendsms-port = ${http}
sendsms-interface = 127.0.0.1

group = sendsms-user
username = ${systemId}
password = ${password}
max-messages = 1

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

/** Asks for one message after the other over as many connections as an application would keep open. */
async function request(port: number, numbers: readonly number[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  let next = 0
  const worker = async () => {
    for (let to = numbers[next++]; to !== undefined; to = numbers[next++]) {
      // The mask without a URL: bearerbox keeps each receipt's state and calls nobody.
      const query = new URLSearchParams({
        ...{ username: credentials.systemId, password: credentials.password, from: '82232100404', to: String(to) },
        ...{ text, 'dlr-mask': '31' },
      })
      await get(agent, port, `/cgi-bin/sendsms?${query}`)
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  agent.destroy()
}

const connections = 50

function get(agent: Agent, port: number, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = httpGet({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume()
      response.once('end', () =>
        response.statusCode === 202 ? resolve() : reject(new Error(`Kannel answered ${response.statusCode}`)),
      )
    })
    sent.once('error', reject)
  })
}

async function listening(port: number): Promise<void> {
  const giveUp = performance.now() + 20_000
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer) return
    if (performance.now() > giveUp) throw new Error("Kannel's smsbox does not listen after 20 s")
    await pause(pollMs)
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
