import { expect } from 'vitest'
import type { Alert, Info } from '../../src/alerts/model.ts'
import { messageText } from '../../src/alerts/text.ts'
import type { CarrierProfile } from '../../src/carriers/schema.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues, type Queues } from '../../src/queue/queues.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { verifyTallies } from '../../src/reporting/verify-tallies.ts'
import { type Smsc, type SmscOptions, startSmsc } from '../../src/simulator/smsc.ts'
import { insertMessages, type NewMessage } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { cloneDatabase } from '../support/database.ts'

const quiet = createLogger(process.env.TEST_LOG ?? 'silent')

export interface BroadcastOptions {
  readonly text?: string
  readonly resend?: boolean
  readonly lane?: number
  readonly expires?: Date
  /** Number of the first recipient. */
  readonly first?: number
  /** Carriers, the preferred one first. */
  readonly route?: readonly string[]
  readonly exercise?: boolean
  readonly alert?: { readonly id: string; readonly digest: string }
}

export interface Engine {
  readonly dispatcher: Dispatcher
  readonly ledger: Ledger
  stop(): Promise<void>
}

export interface Bench {
  readonly url: string
  readonly db: Database
  readonly smsc: Smsc
  readonly queues: Queues
  /** A dispatcher with a ledger of its own: an engine's dispatch role. Stopped by `close` at the latest. */
  dispatch(...profiles: CarrierProfile[]): Promise<Engine>
  /** Makes a broadcast of `n` messages with one text. */
  broadcast(n: number, options?: BroadcastOptions): Promise<number>
  cancel(broadcastId: number): Promise<void>
  /** The messages of a broadcast by state; fails where its tallies do not say the same at the same instant. */
  states(broadcastId: number): Promise<Record<string, number>>
  /** Segments that the carriers took, by the tallies. */
  segments(broadcastId: number): Promise<number>
  /** Polls until the states of a broadcast are these. */
  until(broadcastId: number, states: Record<string, number>, timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

/** A database of its own, a simulated SMSC and the queues; everything that a dispatch test needs. */
export async function dispatchBench(smscOptions: SmscOptions = {}, log = quiet): Promise<Bench> {
  const clone = await cloneDatabase()
  const db = openDatabase(clone.url, log)
  await ensurePartitions(db)
  const { receipts, ...rest } = smscOptions
  const smsc = await startSmsc({
    systemId: 'bongsu',
    password: 'secret',
    receipts: { delayMs: 5, ...receipts },
    record: true,
    ...rest,
  })
  const queues = await openQueues({ databaseUrl: clone.url, log })
  const engines = new Set<Engine>()
  const bench: Bench = {
    url: clone.url,
    db,
    smsc,
    queues,
    async dispatch(...profiles) {
      const numbers = await registerCarriers(
        db.pool,
        profiles.map((profile) => profile.id),
      )
      const ledger = new Ledger({
        url: clone.url,
        log,
        rulesOf: (no) => {
          const { receipts, timers } = (profiles.find(({ id }) => numbers.get(id)?.no === no) ??
            profiles[0]) as CarrierProfile
          return { multipart: receipts.multipart, responseMs: timers.responseMs }
        },
      })
      // Queues of its own, as a second process has.
      const own = await openQueues({ databaseUrl: clone.url, log })
      const dispatcher = new Dispatcher({ db, queues: own, profiles, sink: ledger, log })
      await dispatcher.start()
      const engine: Engine = {
        dispatcher,
        ledger,
        async stop() {
          if (!engines.delete(engine)) return
          await dispatcher.stop()
          await ledger.close()
          await own.close()
        },
      }
      engines.add(engine)
      return engine
    },
    async broadcast(n, options = {}) {
      const { resend = true, lane = 1, expires, first = 1, route = ['test-carrier'] } = options
      const text = options.text ?? (options.alert ? await textOfAlert(db, options.alert.id) : 'Test')
      const rows = await registerCarriers(db.pool, route)
      const numbers = route.map((id) => (rows.get(id) as { no: number }).no)
      return transaction(db.pool, async (client) => {
        const id = await openBroadcast(client, {
          alertId: options.alert?.id ?? null,
          day: options.alert ? null : nextDay(),
          lane,
          state: 'sending',
          exercise: options.exercise ?? false,
          resend,
          digest: options.alert?.digest ?? null,
          expires: expires ?? null,
          validityMs: 3600_000,
          texts: [{ key: '1', language: 'ko', text }],
        })
        const messages = Array.from({ length: n }, (_, i): NewMessage => {
          const msisdn = String(821000000000 + first + i)
          return { recipientKey: msisdn, msisdn, variant: 1, reason: 'roamer', country: 'JP', route: numbers }
        })
        for (let at = 0; at < n; at += 5000) await insertMessages(client, id, lane, messages.slice(at, at + 5000))
        return id
      })
    },
    async cancel(id) {
      await db.pool.query('UPDATE broadcast SET cancelled_at = now() WHERE id = $1', [id])
    },
    async states(id) {
      const { differences, messages } = await verifyTallies(db, id)
      expect(differences, 'the tallies agree with the messages').toEqual([])
      return Object.fromEntries(Object.entries(messages).filter(([, n]) => n > 0))
    },
    async segments(id) {
      return (await stateCounts(db.pool, id)).segments
    },
    async until(id, states, timeoutMs = 30_000) {
      await expect.poll(() => bench.states(id), { timeout: timeoutMs, interval: 50 }).toEqual(states)
    },
    async close() {
      for (const engine of [...engines]) await engine.stop()
      await queues.close()
      await smsc.close()
      await db.close()
      await clone.drop()
    },
  }
  return bench
}

let days = 0
/** The day stands for the alert in these tests: each broadcast needs one of its own. */
const nextDay = () => new Date(Date.UTC(2030, 0, ++days)).toISOString().slice(0, 10)

/** The first text of an alert: what leaves has to be what was approved. */
async function textOfAlert(db: Database, id: string): Promise<string> {
  const { rows } = await db.pool.query<{ document: Alert }>('SELECT document FROM alert WHERE id = $1', [id])
  const { document } = rows[0] as { document: Alert }
  return messageText(document, document.infos[0] as Info)
}
