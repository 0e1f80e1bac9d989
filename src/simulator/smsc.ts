import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Problem } from '../lib/problem.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { MessageCentre } from './centre.ts'
import { Connection } from './connection.ts'
import type { FaultCounts } from './faults.ts'
import { type PhoneTextOptions, segmentsOf } from './phone-text.ts'
import type { RecordedSubmit } from './recording.ts'
import { type SmscOptions, settingsOf } from './settings.ts'

export type { SmscOptions } from './settings.ts'

/** What an SMSC has seen and done since it started. */
export interface SmscStats {
  /** ESMEs bound now. */
  binds: number
  /** submit_sm of bound ESMEs, whatever became of them. */
  submits: number
  accepted: number
  throttled: number
  /** Refused for another reason than throughput. */
  rejected: number
  /** deliver_sm's written, duplicates and redeliveries included. */
  receiptsSent: number
  /** deliver_sm's answered with ESME_ROK. */
  receiptsAcknowledged: number
  /** deliver_sm's written with texts from phones, a segment each. */
  textsSent: number
  /** Messages by the state of their final receipt, each counted when that is first sent. */
  perState: Partial<Record<ReceiptState, number>>
  /** Highest number of submit_sm arrivals in any sliding second. */
  maxInOneSecond: number
  /** PDUs and streams that could not be read. */
  malformed: number
  /** What went wrong on purpose. */
  faults: FaultCounts
}

/** A running simulated SMSC. */
export interface Smsc {
  readonly port: number
  stats(): SmscStats
  /** The accepted submit_sm's in order of arrival, if `record` was asked for. */
  readonly recorded: readonly RecordedSubmit[]
  /**
   * Sends a text from a phone to whoever can receive, now or when one binds. Resolves with the command_status that the ESME
   * answered, of several segments the first that is an error; a temporary one is tried again first, and a lost one too.
   * @throws Problem for a text that cannot be written
   */
  sendText(options: PhoneTextOptions): Promise<number>
  /** Cuts every connection at once; what was unanswered stays unanswered. */
  dropConnections(): void
  /** Asks every bind to unbind, and closes it when it has answered; resolves when all are gone. */
  unbindAll(): Promise<void>
  /** Reads, answers and sends nothing for so long, on connections that stand and on new ones; TCP stays up. */
  stall(ms: number): void
  /** An outage: nobody can connect until `resume`; connections that stand, stand. */
  pause(): Promise<void>
  resume(): Promise<void>
  /** Cuts every connection and frees the port. */
  close(): Promise<void>
}

/** Starts a simulated SMSC: a real SMPP 3.4 server over TCP. @throws Problem for options that make no sense */
export async function startSmsc(options: SmscOptions = {}): Promise<Smsc> {
  const settings = settingsOf(options)
  const centre = new MessageCentre(settings)
  let server = await listen(centre, settings.port, settings.host).catch((error) => {
    centre.log?.close()
    throw error
  })
  const { port } = server.address() as AddressInfo
  const connections = () => [...centre.connections]
  const allGone = () => Promise.all(connections().map(({ gone }) => gone))
  const dropConnections = () => {
    for (const connection of connections()) connection.cut('cut')
  }
  let closing: Promise<void> | undefined
  const close = async () => {
    centre.stop()
    const closed = server.listening ? once(server, 'close') : undefined
    server.close()
    const gone = allGone()
    dropConnections()
    await closed
    await gone
    centre.log?.close()
  }
  return {
    port,
    recorded: centre.recorded,
    stats: () => ({
      ...centre.tally,
      perState: { ...centre.tally.perState },
      faults: { ...centre.tally.faults },
      binds: centre.binds,
      maxInOneSecond: centre.arrivals.highest,
    }),
    sendText: async (text) => {
      const segments = segmentsOf(text).map(
        (segment) =>
          new Promise<number>((answered) => {
            centre.outbox.sendText({ ...segment, answered })
          }),
      )
      centre.flush()
      const statuses = await Promise.all(segments)
      return statuses.find((status) => status !== 0) ?? 0
    },
    dropConnections,
    unbindAll: async () => {
      const bound = connections().filter((connection) => connection.bound)
      for (const connection of bound) connection.askToUnbind()
      await Promise.all(bound.map(({ gone }) => gone))
    },
    stall: (ms) => {
      centre.stalledUntil = performance.now() + ms
      for (const connection of connections()) connection.stall(ms)
    },
    // A server that stops listening closes for good only when its connections end: do not wait for that.
    pause: async () => void server.close(),
    resume: async () => {
      if (!server.listening) server = await listen(centre, port, settings.host)
    },
    close: () => (closing ??= close()),
  }
}

async function listen(centre: MessageCentre, port: number, host: string): Promise<Server> {
  const server = createServer((socket) => centre.connections.push(new Connection(centre, socket)))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw new Problem('cannot-listen', `Cannot listen on ${host}:${port}: ${(cause as Error).message}`, {
      cause,
      hint: 'Choose another port, or stop what uses this one.',
    })
  }
  return server
}
