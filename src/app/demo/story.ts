import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zoneShapes } from '../../alerts/area.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import { parseCapXml } from '../../alerts/cap-xml.ts'
import type { Alert } from '../../alerts/model.ts'
import { rebase } from '../../alerts/rebase.ts'
import { compileShapes } from '../../geo/compile.ts'
import { loadCountries } from '../../geo/countries.ts'
import { prng } from '../../lib/prng.ts'
import type { BroadcastProgress } from '../../reporting/broadcast-summary.ts'
import type { Engine } from '../engine.ts'
import { packageRoot } from '../paths.ts'
import type { castOf, Person } from './cast.ts'
import type { SimulatedCarriers } from './smscs.ts'
import type { View } from './view.ts'
import { enteringTravellers, type ResidentRow, type Traveller, type World } from './world.ts'

export interface Stage {
  readonly engine: Engine
  readonly cast: Awaited<ReturnType<typeof castOf>>
  readonly smscs: SimulatedCarriers
  readonly world: World
  readonly view: View
  readonly seed: number
}

/** The carrier that drops its connections in the middle of the first alert. */
const droppingCarrier = 'sim-kr-1'
const entrants = 200
const patienceMs = 150_000

/** Residents register, travellers enter their countries, and every entry text gets its receipt. */
export async function entries({ cast, world, view, engine, seed }: Stage): Promise<void> {
  view.say(`${count(world.residents.length)} residents of Japan are registered at the embassy`)
  await cast.registrar.send('POST', '/residents/import', residentsCsv(world.residents), 'text/csv')
  view.say(`${count(world.travellers.length)} travellers enter 13 countries; each gets that country's safety text`)
  await feed(cast.feed, notificationsOf(world.travellers, seed))
  await view.until('entry texts', patienceMs, async () => {
    const { rows } = await engine.db.pool.query<{ open: number }>(
      `SELECT ((SELECT count(*) FROM roaming_batch WHERE done_at IS NULL)
             + (SELECT count(*) FROM message m JOIN broadcast b ON b.id = m.broadcast_id
                 WHERE b.day IS NOT NULL AND m.state IN ('pending', 'submitted')))::int "open"`,
    )
    return rows[0]?.open === 0
  })
}

/** The earthquake: alert, late entrants, a carrier that drops its connections, an update with a larger zone, the all-clear. */
export async function earthquake(stage: Stage): Promise<{ alertIds: string[] }> {
  const { view } = stage
  const first = await example('noto-alert')
  const alert = rebase(first, Date.now())
  view.say(`a magnitude 7.6 earthquake strikes the Noto peninsula: ${alert.infos[0]?.headline}`)
  const { id: one, matched } = await launch(stage, alert)
  await view.until(
    'alert on its way',
    patienceMs,
    async () => (await progress(stage, one)).segments >= Math.min(200, matched),
  )
  view.say(`${droppingCarrier} drops its connections, answers pending`)
  await stage.smscs.drop(droppingCarrier)
  view.say(`${entrants} travellers come into the zone while the alert is in force`)
  await feed(stage.cast.feed, lateNotifications(stage, alert))
  await finished(stage, one, 'alert')
  await told(stage, one, entrants)

  const update = referring(rebase(await example('noto-update'), Date.now()), [alert])
  view.say('an update with a larger zone: to all who may have the alert, and to those newly inside')
  const { id: two } = await launch(stage, update)
  await finished(stage, two, 'update')

  const clear = referring(rebase(await example('noto-all-clear'), Date.now()), [alert, update])
  view.say('the all-clear: to exactly all who may have either')
  const { id: three } = await launch(stage, clear)
  await finished(stage, three, 'all-clear')
  return { alertIds: [one, two, three] }
}

async function example(name: string): Promise<Alert> {
  return parseCapXml(await readFile(join(packageRoot, 'docs', 'examples', `${name}.xml`))).alert
}

/** Replayed now, an alert refers to its predecessors as they were sent now. */
function referring(alert: Alert, predecessors: readonly Alert[]): Alert {
  return { ...alert, references: predecessors.map(({ sender, identifier, sent }) => ({ sender, identifier, sent })) }
}

interface Created {
  readonly id: string
}

interface PreviewAnswer {
  readonly matched: number
  readonly byReason: Readonly<Record<string, number>>
  readonly unplaced: string
  readonly unplacedOf: readonly string[]
}

/** One writes, another approves; both through the REST API. */
async function launch({ cast, view }: Stage, alert: Alert): Promise<{ id: string; matched: number }> {
  const { id } = await cast.composer.send<Created>('POST', '/alerts', writeCapXml(alert), 'application/cap+xml')
  const preview = await cast.composer.send<PreviewAnswer>('POST', `/alerts/${id}/preview`)
  const reasons = Object.entries(preview.byReason)
    .map(([reason, n]) => `${reason} ${count(n)}`)
    .join(', ')
  view.say(`  preview: ${count(preview.matched)} people (${reasons || 'nobody'})`)
  if (preview.unplacedOf.length > 0) {
    view.say(`  rule for the unplaced of ${preview.unplacedOf.join(', ')}: ${preview.unplaced}; they are counted apart`)
  }
  await cast.composer.send('POST', `/alerts/${id}/submit`)
  await cast.approver.send('POST', `/alerts/${id}/approve`)
  await cast.approver.send('POST', `/alerts/${id}/launch`)
  view.say('  approved by a second person, launched')
  return { id, matched: preview.matched }
}

const progress = ({ cast }: Stage, alertId: string) =>
  cast.composer.send<BroadcastProgress>('GET', `/alerts/${alertId}/progress`)

async function finished(stage: Stage, alertId: string, what: string): Promise<void> {
  await stage.view.until(what, patienceMs, async () => {
    const { states, initialDone } = await progress(stage, alertId)
    return initialDone && states.pending === 0 && states.submitted === 0
  })
}

/** Everybody who came in late has been told. */
async function told(stage: Stage, alertId: string, late: number): Promise<void> {
  await stage.view.until('late entrants', patienceMs, async () => {
    const { audience, states } = await progress(stage, alertId)
    return (audience['late-entrant'] ?? 0) >= late && states.pending === 0 && states.submitted === 0
  })
}

async function feed(person: Person, notifications: readonly object[]): Promise<void> {
  const perRequest = 5000
  for (let at = 0; at < notifications.length; at += perRequest) {
    const body = notifications
      .slice(at, at + perRequest)
      .map((one) => JSON.stringify(one))
      .join('\n')
    await person.send('POST', '/roaming-notifications', body, 'application/x-ndjson')
  }
}

function residentsCsv(residents: readonly ResidentRow[]): string {
  const rows = residents.map(
    (r) => `${r.msisdn},${r.mission},${r.country},${r.lat ?? ''},${r.lon ?? ''},,${r.language},${r.nameRef},`,
  )
  return ['msisdn,mission,country,lat,lon,address,language,name_ref,registered_at', ...rows].join('\n')
}

function notification({ msisdn, hplmn, vplmn, place }: Traveller, at: number, event = 'enter'): object {
  return { msisdn, hplmn, vplmn, at: new Date(at).toISOString(), event, ...place }
}

/** Entries over the last hour, with what real feeds hold besides: repeats, networks that alternate, people who come home. */
function notificationsOf(travellers: readonly Traveller[], seed: number): object[] {
  const random = prng(seed + 1)
  const now = Date.now()
  return travellers.flatMap((traveller) => {
    const at = now - 3600_000 + random.int(3_000_000)
    const entry = notification(traveller, at)
    const chance = random.next()
    if (chance < 0.02) return [entry, entry]
    if (chance < 0.04) return [entry, notification(traveller, at + 60_000, 'location')]
    if (chance < 0.05)
      return [entry, notification({ ...traveller, vplmn: traveller.hplmn, place: undefined }, at + 120_000)]
    if (chance < 0.06) return [entry, notification(traveller, at - 600_000)]
    return [entry]
  })
}

function lateNotifications({ world, seed }: Stage, alert: Alert): object[] {
  const zone = compileShapes(zoneShapes(alert), loadCountries())
  const people = enteringTravellers(entrants, world.travellers.length, alert, seed + 2, (lon, lat) =>
    zone.contains(lon, lat),
  )
  return people.map((traveller) => notification(traveller, Date.now()))
}

const count = (n: number) => n.toLocaleString('en-US')
