import { parseProfile } from '../../src/carriers/load.ts'
import type { CarrierProfile } from '../../src/carriers/schema.ts'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { createLogger } from '../../src/lib/log.ts'
import { openQueues, type Queues } from '../../src/queue/queues.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { type Smsc, type SmscOptions, startSmsc } from '../../src/simulator/smsc.ts'
import { insertMessages, type NewMessage } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { cloneDatabase } from '../support/database.ts'

const log = createLogger(process.env.TEST_LOG ?? 'silent')

/** A carrier profile for tests: a fast, patient carrier on loopback. */
export function testProfile(port: number, changes: string[] = []): CarrierProfile {
  const yaml = [
    'id: test-carrier',
    'reaches: [{ population: roamers }, { population: residents }]',
    `links: [{ host: 127.0.0.1, port: ${port} }]`,
    'systemId: bongsu',
    'password: secret',
    'source: { ton: 1, npi: 1, addr: "82232100404" }',
    'timers: { enquireLink: 30s, response: 2s, reconnect: [50ms, 200ms] }',
    ...changes,
  ]
  return parseProfile(yaml.join('\n'), 'test-carrier.yaml', {})
}

export interface Bench {
  readonly db: Database
  readonly smsc: Smsc
  readonly queues: Queues
  /** A dispatcher with a ledger of its own: an engine's dispatch role. */
  dispatch(profile: CarrierProfile): Promise<{ dispatcher: Dispatcher; ledger: Ledger; stop(): Promise<void> }>
  /** Makes a broadcast of `n` messages with one text. */
  broadcast(
    n: number,
    options?: { text?: string; resend?: boolean; lane?: number; expires?: Date; first?: number },
  ): Promise<number>
  states(broadcastId: number): Promise<Record<string, number>>
  close(): Promise<void>
}

/** A database of its own, a simulated SMSC and the queues; everything that a dispatch test needs. */
export async function dispatchBench(smscOptions: SmscOptions = {}): Promise<Bench> {
  const clone = await cloneDatabase()
  const db = openDatabase(clone.url, log)
  await ensurePartitions(db)
  const smsc = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 }, ...smscOptions })
  const queues = await openQueues({ databaseUrl: clone.url, log })
  return {
    db,
    smsc,
    queues,
    async dispatch(profile) {
      const ledger = new Ledger({
        url: clone.url,
        log,
        rulesOf: () => ({ multipart: profile.receipts.multipart, responseMs: profile.timers.responseMs }),
      })
      // Queues of its own, as a second process has.
      const own = await openQueues({ databaseUrl: clone.url, log })
      const dispatcher = new Dispatcher({ db, queues: own, profiles: [profile], sink: ledger, log })
      await dispatcher.start()
      return {
        dispatcher,
        ledger,
        async stop() {
          await dispatcher.stop()
          await ledger.close()
          await own.close()
        },
      }
    },
    async broadcast(n, { text = 'Test', resend = true, lane = 1, expires, first = 1 } = {}) {
      const rows = await registerCarriers(db.pool, ['test-carrier'])
      const no = (rows.get('test-carrier') as { no: number }).no
      return transaction(db.pool, async (client) => {
        const id = await openBroadcast(client, {
          alertId: null,
          day: nextDay(),
          lane,
          state: 'sending',
          exercise: false,
          resend,
          digest: null,
          expires: expires ?? null,
          validityMs: 3600_000,
          texts: [{ key: '1', language: 'ko', text }],
        })
        const messages = Array.from({ length: n }, (_, i): NewMessage => {
          const msisdn = String(821000000000 + first + i)
          return { recipientKey: msisdn, msisdn, variant: 1, reason: 'roamer', country: 'JP', route: [no] }
        })
        for (let at = 0; at < n; at += 5000) await insertMessages(client, id, lane, messages.slice(at, at + 5000))
        return id
      })
    },
    async states(broadcastId) {
      const { rows } = await db.pool.query<{ state: string; n: number }>(
        'SELECT state, count(*)::int n FROM message WHERE broadcast_id = $1 GROUP BY 1',
        [broadcastId],
      )
      return Object.fromEntries(rows.map((row) => [row.state, row.n]))
    },
    async close() {
      await queues.close()
      await smsc.close()
      await db.close()
      await clone.drop()
    },
  }
}

let days = 0
/** The day stands for the alert in these tests: each broadcast needs one of its own. */
const nextDay = () => new Date(Date.UTC(2030, 0, ++days)).toISOString().slice(0, 10)
