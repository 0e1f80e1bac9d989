import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { Problem } from '../lib/problem.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import { MessageCentre } from './centre.ts'
import { Connection } from './connection.ts'
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
  /** Messages by the state of their receipt, each counted when that is first sent. */
  perState: Partial<Record<ReceiptState, number>>
  /** Highest number of submit_sm arrivals in any sliding second. */
  maxInOneSecond: number
  /** PDUs and streams that could not be read. */
  malformed: number
}

/** A running simulated SMSC. */
export interface Smsc {
  readonly port: number
  stats(): SmscStats
  /** The accepted submit_sm's in order of arrival, if `record` was asked for. */
  readonly recorded: readonly RecordedSubmit[]
  /** Cuts every connection at once; what was unanswered stays unanswered. */
  dropConnections(): void
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
  let server = await listen(centre, settings.port, settings.host)
  const { port } = server.address() as AddressInfo
  const dropConnections = () => {
    for (const connection of [...centre.connections]) connection.cut()
  }
  return {
    port,
    recorded: centre.recorded,
    stats: () => ({
      ...centre.tally,
      perState: { ...centre.tally.perState },
      binds: centre.binds,
      maxInOneSecond: centre.arrivals.highest,
    }),
    dropConnections,
    // A server that stops listening closes for good only when its connections end: do not wait for that.
    pause: async () => void server.close(),
    resume: async () => {
      if (!server.listening) server = await listen(centre, port, settings.host)
    },
    close: async () => {
      centre.stop()
      const closed = server.listening ? once(server, 'close') : undefined
      server.close()
      dropConnections()
      await closed
    },
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
