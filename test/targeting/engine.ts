import type { Alert, Area, Info, Reference } from '../../src/alerts/model.ts'
import { type AlertRules, rulesFor } from '../../src/alerts/rules.ts'
import { parseProfile } from '../../src/carriers/load.ts'
import type { CarrierProfile } from '../../src/carriers/schema.ts'
import { type Countries, loadCountries } from '../../src/geo/countries.ts'
import { loadRegions } from '../../src/geo/regions.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { createLogger } from '../../src/lib/log.ts'
import type { Queues } from '../../src/queue/queues.ts'
import type { AlertRow } from '../../src/store/alerts/alert-row.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { type Acting, transition } from '../../src/store/alerts/transition.ts'
import { type Database, openDatabase, transaction } from '../../src/store/database.ts'
import { keepBatch } from '../../src/store/roaming/batches.ts'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { launchAlert } from '../../src/targeting/launch.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import type { RoamingDeps } from '../../src/targeting/roaming-deps.ts'
import { type RouteNumbers, routeNumbers } from '../../src/targeting/route-numbers.ts'
import { runSelection, type SelectDeps } from '../../src/targeting/select.ts'
import { submitAlert } from '../../src/targeting/submit.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { sample, sampleInfo } from '../alerts/sample.ts'
import { cloneDatabase } from '../support/database.ts'

export const log = createLogger('silent')

export const composer = { person: 'kim', roles: ['composer'] } as const satisfies Acting
export const approver = { person: 'lee', roles: ['approver'] } as const satisfies Acting

interface Ring {
  readonly queue: string
  readonly data: Record<string, unknown>
  readonly priority: number | undefined
}

/** A doorbell that nobody answers: it only remembers who rang. */
export class SilentQueues implements Queues {
  readonly rings: Ring[] = []

  async ring(queue: string, data: Record<string, unknown>, options: { priority?: number } = {}): Promise<boolean> {
    this.rings.push({ queue, data, priority: options.priority })
    return true
  }

  work(): void {}

  async every(): Promise<void> {}

  async close(): Promise<void> {}
}

export function carrier(id: string, yaml: string): CarrierProfile {
  const rest =
    'links: [{ host: 127.0.0.1, port: 2775 }], systemId: x, password: x, throughput: 10, source: { addr: "822" }'
  return parseProfile(`{ id: ${id}, ${yaml}, ${rest} }`, `${id}.yaml`, {})
}

/** They reach everybody but the residents of VN; `drill` is for exercises; `hangul` writes nothing but KS X 1001. */
export const profiles = [
  carrier('home', 'reaches: [{ population: roamers, hplmn: ["45008"], priority: 10 }]'),
  carrier(
    'hangul',
    'reaches: [{ population: roamers, hplmn: ["45005"] }, { population: residents, countries: [TW] }], text: { unicode: ksx1001 }',
  ),
  carrier('local', 'reaches: [{ population: residents, countries: [JP, FR, FJ, GP, MF], priority: 10 }]'),
  carrier('spare', 'reaches: [{ population: residents, countries: [JP] }, { population: roamers }]'),
  carrier('drill', 'reaches: [{ population: residents }, { population: roamers }], live: false'),
]

export interface TestEngine {
  readonly db: Database
  readonly queues: SilentQueues
  readonly countries: Countries
  readonly routes: RouteNumbers
  readonly select: SelectDeps & RoamingDeps
  readonly roaming: RoamingWorker
  /** Number of a carrier. */
  no(id: string): number
  /** Written, submitted, approved. */
  approve(alert: Alert, rules?: Partial<AlertRules>): Promise<AlertRow>
  /** Approved and launched; not selected yet. */
  launch(alert: Alert, rules?: Partial<AlertRules>): Promise<{ alertId: string; broadcastId: number }>
  /** Launched and selected. */
  send(alert: Alert, rules?: Partial<AlertRules>): Promise<{ alertId: string; broadcastId: number }>
  /** Keeps notifications as one batch; returns its id. */
  keep(events: readonly RoamingNotification[], source?: string): Promise<number>
  /** Keeps and works off one batch. */
  report(...events: readonly RoamingNotification[]): Promise<number>
  /** MSISDN and why, of all messages of a broadcast. */
  told(broadcastId: number): Promise<Map<string, string>>
  rows<T extends object>(sql: string, ...values: unknown[]): Promise<T[]>
  close(): Promise<void>
}

export async function startEngine(): Promise<TestEngine> {
  const clone = await cloneDatabase()
  const db = openDatabase(clone.url, log)
  const queues = new SilentQueues()
  const countries = loadCountries()
  const routes = await routeNumbers(db.pool, profiles)
  await ensurePartitions(db)
  const regions = loadRegions(new URL('../../geofences/regions.topojson.gz', import.meta.url).pathname)
  const select = { db, queues, countries, regions, routes, log }
  const roaming = new RoamingWorker(select)
  const numbers = new Map(profiles.map((_, i) => [routes.profileOf(i + 1)?.id, i + 1]))
  const engine: TestEngine = {
    db,
    queues,
    countries,
    routes,
    select,
    roaming,
    no: (id) => numbers.get(id) as number,
    async approve(alert, chosen = {}) {
      const { id } = await createAlert(db, alert, rulesFor(alert, chosen), [], composer.person)
      await submitAlert({ db, profiles, countries }, id, 'submit', composer)
      return transaction(db.pool, (client) => transition(client, id, 'approve', approver))
    },
    async launch(alert, chosen) {
      const { id: alertId } = await engine.approve(alert, chosen)
      return { alertId, ...(await launchAlert({ db, queues, profiles, countries }, alertId, composer)) }
    },
    async send(alert, chosen) {
      const launched = await engine.launch(alert, chosen)
      await runSelection(select, launched.broadcastId)
      return launched
    },
    keep: (events, source = 'feed') => keepBatch(db.pool, source, events),
    async report(...events) {
      const id = await engine.keep(events)
      await roaming.work(id)
      return id
    },
    async told(broadcastId) {
      const rows = await engine.rows<{ msisdn: string; reason: string }>(
        'SELECT msisdn::text, reason FROM message WHERE broadcast_id = $1 ORDER BY message.msisdn',
        broadcastId,
      )
      return new Map(rows.map((row) => [row.msisdn, row.reason]))
    },
    rows: async <T extends object>(sql: string, ...values: unknown[]) => (await db.pool.query<T>(sql, values)).rows,
    async close() {
      await db.close()
      await clone.drop()
    },
  }
  return engine
}

let identifiers = 0

/** An alert of now, in force for an hour. */
export function alertOf(shapes: Shape[], change: Partial<Alert> = {}, info: Partial<Info> = {}): Alert {
  const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`
  const areas: Area[] = shapes.length === 0 ? [] : [{ areaDesc: 'zone', shapes, geocode: [] }]
  return sample({
    identifier: `test-${++identifiers}`,
    sent: at(-60_000 + identifiers * 10),
    infos: [sampleInfo({ expires: at(3_600_000), areas, ...info })],
    ...change,
  })
}

export const referTo = ({ sender, identifier, sent }: Alert): Reference => ({ sender, identifier, sent })

export function correction(
  msgType: 'Update' | 'Cancel',
  of: Alert,
  shapes: Shape[] = [],
  info: Partial<Info> = {},
): Alert {
  return alertOf(shapes, { msgType, status: of.status, references: [referTo(of)] }, info)
}

export const allClear = (of: Alert) => correction('Update', of, [], { responseType: ['AllClear'], severity: 'Minor' })
