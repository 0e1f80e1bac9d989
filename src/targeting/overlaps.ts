import { zoneShapes } from '../alerts/area.ts'
import { type CompiledZone, compileShapes } from '../geo/compile.ts'
import type { Countries } from '../geo/countries.ts'
import { meets } from '../geo/meets.ts'
import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { lockAlerts } from '../store/alerts/lock-alerts.ts'
import { type Decision, decideOverlap, insertOverlap, overlapsOf, rivalsOf } from '../store/alerts/overlaps.ts'
import { type Acting, transition } from '../store/alerts/transition.ts'
import { type Client, type Database, transaction } from '../store/database.ts'

export interface OverlapDeps {
  readonly db: Database
  readonly countries: Countries
}

/**
 * Looks for alerts of other issuers whose area meets that of this one, and writes down what it finds. Only an Actual Alert is
 * compared: an Update or a Cancel follows those who have the text. In a transaction of its own, after each act that brings the
 * alert nearer to people: of two that go on at once the later one finds the other.
 */
export async function noteOverlaps({ db, countries }: OverlapDeps, alert: AlertRow): Promise<void> {
  if (!isCompared(alert)) return
  const meetsOwn = meeting(zoneShapes(alert.document), countries)
  const met = (await rivalsOf(db.pool, alert))
    .filter(({ document }) => meetsOwn(zoneShapes(document)))
    .map(({ id }) => id)
  if (met.length === 0) return
  await transaction(db.pool, async (client) => {
    await lockAlerts(client, [alert.id, ...met])
    for (const other of met) {
      if (!(await insertOverlap(client, alert.id, other))) continue
      await noteOn(client, alert.id, other)
      await noteOn(client, other, alert.id)
    }
  })
}

const isCompared = ({ status, msgType }: AlertRow) => status === 'Actual' && msgType === 'Alert'

/** What went back to its author meanwhile is compared again when it is submitted. */
async function noteOn(client: Client, id: string, other: string): Promise<void> {
  await transition(client, id, 'overlap', 'engine', { detail: { other } }).catch((error: unknown) => {
    if (!(error instanceof Problem && error.code === 'wrong-phase')) throw error
  })
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
    throw new Problem('overlap-undecided', `Its area meets that of another issuer's alert: ${named(open)}`, {
      status: 409,
      hint: 'An approver decides: POST /v1/alerts/{id}/overlaps/{otherId} with both, this or other, and why.',
    })
  }
  const lost = overlaps.filter(({ decision }) => decision === 'other')
  if (lost.length > 0) {
    throw new Problem('overlap-lost', `It was decided that another issuer's alert goes out instead: ${named(lost)}`, {
      status: 409,
      hint: 'An approver may decide anew, or wait until that one has ended.',
    })
  }
}

/**
 * Decides between two alerts for the same people; it holds for both of them. Who is not to go out goes back to its author.
 * @throws Problem `overlap-unknown` (404), `overlap-live` (409), and of the lifecycle
 */
export async function decide(
  { db }: Pick<OverlapDeps, 'db'>,
  id: string,
  otherId: string,
  by: Exclude<Acting, 'engine'>,
  { decision, reason }: { readonly decision: Decision; readonly reason: string },
): Promise<AlertRow> {
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
    const [loser, phase] = decision === 'this' ? [otherId, overlap.phase] : [id, row.phase]
    if (decision !== 'both' && phase === 'live') {
      throw new Problem('overlap-live', 'What people have read cannot go back to its author', {
        status: 409,
        hint: 'Take it back by a Cancel or an all-clear first, or decide that both go out.',
      })
    }
    await decideOverlap(client, id, otherId, { decision, by: by.person, reason })
    if (decision !== 'both' && (phase === 'submitted' || phase === 'approved')) {
      return backToDraft(client, loser, id, by, reason, row)
    }
    return row
  })
}

/** Returns how the alert that was decided about stands then. */
async function backToDraft(
  client: Client,
  loser: string,
  id: string,
  by: Acting,
  reason: string,
  row: AlertRow,
): Promise<AlertRow> {
  const rejected = await transition(client, loser, 'reject', by, { reason })
  return loser === id ? rejected : row
}
