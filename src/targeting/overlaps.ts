import { zoneShapes } from '../alerts/area.ts'
import { type CompiledZone, compileShapes } from '../geo/compile.ts'
import type { Countries } from '../geo/countries.ts'
import { meets } from '../geo/meets.ts'
import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { lockAlerts } from '../store/alerts/lock-alerts.ts'
import {
  type Because,
  type Decision,
  decideOverlap,
  insertOverlap,
  overlapsOf,
  type Rival,
  rivalsOf,
} from '../store/alerts/overlaps.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { servedWith } from '../store/audience/served-sets.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { planZone } from './audience-plan.ts'

export interface OverlapDeps {
  readonly db: Database
  readonly countries: Countries
}

/**
 * Looks for alerts of other issuers that reach the same people, and writes down what it finds. Only an Actual Alert is
 * compared: an Update or a Cancel follows those who have the text. In a transaction of its own, after each act that brings the
 * alert nearer to people: of two that go on at once the later one finds the other.
 */
export async function noteOverlaps({ db, countries }: OverlapDeps, alert: AlertRow): Promise<void> {
  if (!isCompared(alert)) return
  const rivals = await rivalsOf(db.pool, alert)
  if (rivals.length === 0) return
  const meetsOwn = meeting(zoneShapes(alert.document), countries)
  const area = rivals.filter((rival) => meetsOwn(zoneShapes(rival.document)))
  const apart = rivals.filter((rival) => !area.includes(rival))
  const unplaced = await tellingUnplaced({ db, countries }, alert, apart)
  const met: { id: string; because: Because }[] = [
    ...area.map(({ id }) => ({ id, because: 'area' as const })),
    ...unplaced.map(({ id }) => ({ id, because: 'unplaced' as const })),
  ]
  if (met.length === 0) return
  await transaction(db.pool, async (client) => {
    await lockAlerts(client, [alert.id, ...met.map(({ id }) => id)])
    for (const { id: other, because } of met) {
      if (!(await insertOverlap(client, alert.id, other, because))) continue
      await noteOn(client, alert.id, { other, because })
      await noteOn(client, other, { other: alert.id, because })
    }
  })
}

const isCompared = ({ status, msgType }: AlertRow) => status === 'Actual' && msgType === 'Alert'

/** What went back to its author meanwhile is compared again when it is submitted. */
async function noteOn(client: Client, id: string, detail: { other: string; because: Because }): Promise<void> {
  await transition(client, id, 'overlap', 'engine', { detail }).catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'wrong-phase')) throw error
  })
}

/**
 * Which of these tell somebody whom the alert tells as well, because no more than his country is known, or that it is one of those which his
 * network serves. An area is compiled anew only where the countries that were reckoned of it leave that open.
 */
async function tellingUnplaced(
  { db, countries: known }: OverlapDeps,
  alert: AlertRow,
  rivals: readonly Rival[],
): Promise<Rival[]> {
  if (rivals.length === 0) return []
  const own = unplacedOf(alert, known)
  if (own.length === 0) return []
  const reached = new Set(await servedWith(db.pool, own))
  const isReached = (country: string) => reached.has(country)
  return rivals.filter(
    (rival) => (rival.countries?.some(isReached) ?? true) && unplacedOf(rival, known).some(isReached),
  )
}

/**
 * Countries of which everybody is told of whom no more than the country is known: two texts reach him though the areas do not meet. Most
 * roamers are such people.
 */
function unplacedOf({ document, rules }: Pick<AlertRow, 'document' | 'rules'>, known: Countries): readonly string[] {
  const { countries, touched } = planZone(known, document, rules, new Date())
  return rules.unplaced === 'include' ? [...countries, ...touched] : countries
}

/**
 * Whether shapes share ground with `own`, which is compiled once, and not at all where there is nothing to compare it with. Nobody is in
 * two countries: those that are meant as a whole are compared by their codes. By their outlines the USA and Canada would take 0.5 s.
 */
function meeting(own: readonly Shape[], countries: Countries): (other: readonly Shape[]) => boolean {
  const codes = new Set(own.flatMap(codeOf))
  const compiled = new Map<readonly Shape[], CompiledZone>()
  const zoneOf = (shapes: readonly Shape[]) => {
    const zone = compiled.get(shapes) ?? compileShapes(shapes, countries)
    compiled.set(shapes, zone)
    return zone
  }
  const ownDrawn = own.filter(isDrawn)
  const share = (one: readonly Shape[], other: readonly Shape[]) =>
    one.length > 0 && other.length > 0 && meets(zoneOf(one), compileShapes(other, countries))
  return (other) =>
    other.flatMap(codeOf).some((code) => codes.has(code)) ||
    share(own, other.filter(isDrawn)) ||
    share(
      ownDrawn,
      other.filter((shape) => !isDrawn(shape)),
    )
}

const isDrawn = (shape: Shape) => shape.kind !== 'country'
const codeOf = (shape: Shape) => (shape.kind === 'country' ? [shape.iso2] : [])

/**
 * @throws Problem `overlap-undecided` or `overlap-lost` (409) where people would be told by two issuers, and nobody wants that
 */
export async function refuseOverlapping(db: Client, alert: AlertRow): Promise<void> {
  if (!isCompared(alert)) return
  const overlaps = (await overlapsOf(db, alert.id)).filter((one) => one.active)
  const named = (some: typeof overlaps) =>
    some.map(({ sender, identifier, phase, otherId }) => `${identifier} of ${sender} (${phase}, ${otherId})`).join('; ')
  // Nobody stands behind what was merely submitted: else one composer alone could hold up what two people want. It is refused in its turn.
  const open = overlaps.filter(({ decision, phase }) => decision === null && phase !== 'submitted')
  if (open.length > 0) {
    throw new Problem(
      'overlap-undecided',
      `It reaches people whom another issuer's alert reaches too: ${named(open)}`,
      {
        status: 409,
        hint: 'An approver decides: POST /v1/alerts/{id}/overlaps/{otherId} with both, this or other, and why.',
      },
    )
  }
  // As above: a winner that nobody has approved, or not any more, holds up nobody.
  const lost = overlaps.filter(({ decision, phase }) => decision === 'other' && phase !== 'submitted')
  if (lost.length > 0) {
    throw new Problem('overlap-lost', `It was decided that another issuer's alert goes out instead: ${named(lost)}`, {
      status: 409,
      hint: 'An approver may decide anew, or wait until that one has ended.',
    })
  }
}

/** What became of one of two alerts that were decided between. */
export interface Fate extends Pick<AlertRow, 'id' | 'identifier' | 'sender' | 'phase'> {
  /** By this decision it went back to its author. */
  readonly sentBack: boolean
}

export interface Decided {
  readonly decision: Decision
  readonly this: Fate
  readonly other: Fate
}

/**
 * Decides between two alerts for the same people; it holds for both of them. Who is not to go out goes back to its author.
 * @param by an approver who wrote neither: he would put his own in the place of what two people want
 * @returns what became of both
 * @throws Problem `overlap-unknown` (404), `own-alert` (403), `overlap-winner-unapproved`, `overlap-live` (409), and of the lifecycle
 */
export async function decide(
  { db }: Pick<OverlapDeps, 'db'>,
  id: string,
  otherId: string,
  by: Exclude<Acting, 'engine'>,
  { decision, reason }: { readonly decision: Decision; readonly reason: string },
): Promise<Decided> {
  return transaction(db.pool, async (client) => {
    await lockAlerts(client, [id, otherId])
    const overlap = (await overlapsOf(client, id)).find((one) => one.otherId === otherId)
    if (!overlap) {
      throw new Problem('overlap-unknown', 'The two alerts were not found to meet', {
        status: 404,
        hint: 'GET /v1/alerts/{id} lists those that were, in overlaps.',
      })
    }
    const said = { reason, detail: { other: otherId, decision } }
    const row = await transition(client, id, 'decide', by, said)
    const other = (await findAlert(client, otherId)) as AlertRow
    if (decision === 'both')
      refuseOwn(
        [row, other].filter((one) => !brokeGlass(one, by.person)),
        by.person,
      )
    else refuseOwn([row, other], by.person)
    const [winner, { id: loser, phase }] = decision === 'this' ? [row, other] : [other, row]
    if (decision !== 'both') refuseUnapproved(winner)
    if (decision !== 'both' && phase === 'live') {
      throw new Problem('overlap-live', 'What people have read cannot go back to its author', {
        status: 409,
        hint: 'Take it back by a Cancel or an all-clear first, or decide that both go out.',
      })
    }
    await decideOverlap(client, id, otherId, { decision, by: by.person, reason })
    const sentBack = decision !== 'both' && (phase === 'submitted' || phase === 'approved') ? loser : undefined
    if (sentBack !== undefined) await transition(client, sentBack, 'reject', by, { reason })
    const fateOf = async (one: string): Promise<Fate> => {
      const { identifier, sender, phase } = (await findAlert(client, one)) as AlertRow
      return { id: one, identifier, sender, phase, sentBack: one === sentBack }
    }
    return { decision, this: await fateOf(id), other: await fateOf(otherId) }
  })
}

/** A lone officer who broke the glass would else be held up by whoever issued first: that both go out voids nobody's. */
const brokeGlass = ({ lifecycle: { approval } }: AlertRow, person: string) =>
  approval?.glassBroken !== undefined && approval.by === person

function refuseOwn(alerts: readonly AlertRow[], person: string): void {
  const own = alerts.find(({ lifecycle }) => lifecycle.authors.includes(person))
  if (!own) return
  throw new Problem(
    'own-alert',
    `Who wrote or submitted one of the two cannot decide between them: ${own.identifier}`,
    {
      status: 403,
      hint: 'Ask an approver who wrote neither.',
    },
  )
}

/** What nobody stands behind voids nothing that two people want. */
function refuseUnapproved({ phase, sender, identifier }: AlertRow): void {
  if (phase === 'approved' || phase === 'live') return
  const named = `${identifier} of ${sender}`
  throw new Problem('overlap-winner-unapproved', `What is to go out is not approved: ${named} is ${phase}`, {
    status: 409,
    hint: 'Approve it first, or decide that both go out.',
  })
}
