import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What an SMPP client of a benchmark is told; JSON in its first argument. */
export interface PushOptions {
  readonly port: number
  readonly systemId: string
  readonly password: string
  /** Messages that one `go` pushes. */
  readonly messages: number
  readonly binds: number
  /** Unanswered submit_sm per bind. */
  readonly window: number
  readonly text: string
  readonly source: string
  /** First destination; the others follow. */
  readonly firstDestination: number
}

/** What one push came to, from the first submit_sm to the last receipt acknowledged. */
export interface PushResult {
  readonly messages: number
  readonly seconds: number
  /** CPU of the client's process, user and system. */
  readonly cpuSeconds: number
  readonly rssMb: number
}

/** A client that is bound. */
export interface Pushing {
  /** Resolves when the last of `messages` has its receipt. */
  push(messages: number): Promise<void>
  close(): Promise<void>
}

/**
 * The client's side, in a process of its own: prints `ready`, and for each line `go` (or `go N`) binds, pushes that many messages,
 * unbinds and prints a line of JSON. It is bound only then: an SMSC spreads the receipts of an account over all its binds, another
 * client's too. Ends when its input ends.
 */
export async function servePushes(bind: (options: PushOptions) => Promise<Pushing>): Promise<void> {
  const options = JSON.parse(process.argv[2] ?? '{}') as PushOptions
  process.stdout.write('ready\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, count] = line.split(' ')
    if (word !== 'go') throw new Error(`"${line}" is not go`)
    const messages = Number(count ?? options.messages)
    const client = await bind(options)
    const cpu = process.cpuUsage()
    const started = performance.now()
    await client.push(messages)
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(cpu)
    await client.close()
    const result: PushResult = {
      messages,
      seconds,
      cpuSeconds: (user + system) / 1e6,
      rssMb: process.resourceUsage().maxRSS / 1024,
    }
    process.stdout.write(`${JSON.stringify(result)}\n`)
  }
}

export interface Pusher {
  push(messages: number): Promise<PushResult>
  close(): Promise<void>
}

/** The benchmark's side: starts the client `file` (of this folder) and waits until it is ready. */
export async function startPusher(file: string, options: PushOptions): Promise<Pusher> {
  const script = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${file} ended without an answer`)
    return value as string
  }
  await nextLine()
  return {
    async push(messages) {
      child.stdin.write(`go ${messages}\n`)
      return JSON.parse(await nextLine()) as PushResult
    },
    async close() {
      child.stdin.end()
      await exited
    },
  }
}
