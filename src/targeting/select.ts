import { canonicalJson } from '../alerts/canonical-json.ts'
import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { severityOf } from '../alerts/model.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { NumberSet } from '../lib/number-set.ts'
import { bellOf } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { countInCountries } from '../store/audience/count-countries.ts'
import { awaitEntrants } from '../store/audience/entrants-barrier.ts'
import { settleMarks } from '../store/audience/holders.ts'
import { insertMessages, type NewMessage } from '../store/audience/insert-messages.ts'
import {
  finishSelection,
  refuseSelection,
  type SelectionState,
  saveCursor,
  selectionState,
  setExpected,
  unfinishedSelections,
} from '../store/audience/selection-state.ts'
import { type Database, transaction } from '../store/database.ts'
import { type AudienceCursor, type AudiencePage, walkAudience, walkExcluded } from './audience.ts'
import { type AudiencePlan, planAudience } from './audience-plan.ts'
import { textChooser } from './audience-text.ts'
import type { Match } from './match.ts'
import { whoRefuses } from './opt-out.ts'
import type { RouteNumbers } from './route-numbers.ts'

export interface SelectDeps {
  readonly db: Database
  readonly queues: Queues
  readonly countries: Countries
  readonly routes: RouteNumbers
  readonly log: Logger
}

/**
 * Makes the messages of a broadcast: counts first, refuses what is more than was approved, then streams page after page, each
 * in one transaction with the cursor that leads on. The first messages go out while the last ones are not found yet. Killed at
 * any instruction and run again, it goes on where the last committed page ended.
 */
export async function runSelection(deps: SelectDeps, broadcastId: number): Promise<void> {
  const { db, log } = deps
  const state = await selectionState(db.pool, broadcastId, false)
  if (!state) return
  if (state.cancelled) return finishSelection(db.pool, broadcastId)
  const alert = (await findAlert(db.pool, state.alertId)) as AlertRow
  if (digestOf(alert.document, alert.rules, channels) !== state.digest) {
    await refuseSelection(db.pool, broadcastId, 'the alert is not what was approved')
    log.error({ broadcast: broadcastId }, 'selection refused: the alert is not what was approved')
    return
  }
  const plan = await planAudience(db.pool, deps.countries, alert.document, alert.rules, {
    chainId: alert.chainId,
    before: broadcastId,
  })
  await settleMarks(db.pool, plan.corrected)
  const giveWay = wayGiver(deps, state)
  if (state.expected === null && !(await countFirst(deps, state, alert, plan, giveWay))) return
  await awaitEntrants(db.pool)
  for await (const page of walkAudience(db.pool, plan, state.cursor ?? undefined)) {
    if (!(await makePage(deps, state, alert, page))) return
    state.cursor = page.cursor
    await giveWay()
  }
  await finishSelection(db.pool, broadcastId)
  log.info({ broadcast: broadcastId }, 'selection complete')
}

/** Danger goes first here too: between two pages, a long selection lets each more urgent one through, once. */
function wayGiver(deps: SelectDeps, { lane }: SelectionState): () => Promise<void> {
  const passed = new Set<number>()
  return async () => {
    const urgent = (await unfinishedSelections(deps.db.pool)).find(
      (other) => other.lane < lane && !passed.has(other.id),
    )
    if (!urgent) return
    passed.add(urgent.id)
    await runSelection(deps, urgent.id).catch((error: Error) =>
      deps.log.warn({ broadcast: urgent.id, err: error.message }, 'a selection failed; it is tried again'),
    )
  }
}

async function countFirst(
  { db, log }: SelectDeps,
  { id }: SelectionState,
  { rules }: AlertRow,
  plan: AudiencePlan,
  betweenPages: () => Promise<void>,
): Promise<boolean> {
  const { matched: expected, apart } = await countAudience(db, plan, { betweenPages })
  if (rules.maxRecipients !== undefined && expected > rules.maxRecipients) {
    const reason = `${expected} people match, ${rules.maxRecipients} were approved`
    await refuseSelection(db.pool, id, reason)
    log.error(
      { broadcast: id, expected, approved: rules.maxRecipients },
      'selection refused: more people than were approved',
    )
    return false
  }
  await setExpected(db.pool, id, expected, apart)
  return true
}

interface AudienceCount {
  /** Different numbers. */
  readonly matched: number
  /** Numbers whom the rule for the unplaced leaves out, by country; none of them is in `matched`, nor twice here. */
  readonly apart: ReadonlyMap<string, number>
}

/** How many people the plan finds now, and how many it leaves out. */
export async function countAudience(
  db: Database,
  plan: AudiencePlan,
  { each, betweenPages }: { each?: (match: Match) => void; betweenPages?: () => Promise<void> } = {},
): Promise<AudienceCount> {
  if (!each && isWholeCountries(plan)) {
    const matched = await countInCountries(db.pool, plan.countries)
    await betweenPages?.()
    return { matched, apart: new Map() }
  }
  const numbers = new NumberSet()
  const eachNew = async (pages: AsyncGenerator<AudiencePage>, count: (match: Match) => void) => {
    for await (const { matches } of pages) {
      for (const match of matches) {
        if (numbers.add(Number(match.msisdn))) count(match)
      }
      await betweenPages?.()
    }
  }
  await eachNew(walkAudience(db.pool, plan), (match) => each?.(match))
  const matched = numbers.size
  const apart = new Map<string, number>()
  await eachNew(walkExcluded(db.pool, plan), ({ country }) => {
    apart.set(country as string, (apart.get(country as string) ?? 0) + 1)
  })
  return { matched, apart }
}

/** Nobody has to be looked at one by one: the server counts a million in a third of a second. */
const isWholeCountries = ({ corrected, zone, unplacedOf, excludedOf }: AudiencePlan): boolean =>
  corrected.length === 0 && !zone && unplacedOf.length === 0 && excludedOf.length === 0

/** Returns false where the walk must stop: the broadcast was cancelled, or another process is ahead of this one. */
async function makePage(
  { db, queues, routes }: SelectDeps,
  state: SelectionState,
  alert: AlertRow,
  page: { matches: readonly Match[]; cursor: AudienceCursor },
): Promise<boolean> {
  const variantOf = textChooser(alert.document, routes)
  const made = await transaction(db.pool, async (client) => {
    const now = await selectionState(client, state.id, true)
    if (!now || !inStep(now.cursor, state)) return undefined
    if (now.cancelled) {
      await finishSelection(client, state.id)
      return undefined
    }
    const refused = await whoRefuses(client, severityOf(alert.document), page.matches)
    const messages = page.matches.map((match) => messageFor(match, routes, variantOf, state.exercise, refused))
    const result = await insertMessages(client, state.id, state.lane, messages)
    await saveCursor(client, state.id, page.cursor)
    return result
  })
  if (!made) return false
  for (const no of made.carriers) {
    const id = routes.profileOf(no)?.id
    if (id !== undefined) void queues.ring(bellOf(id), {}, { priority: state.lane + 1 })
  }
  return true
}

/** Two workers may have been rung for one selection: the one whose cursor is not the committed one stops. */
function inStep(committed: SelectionState['cursor'], mine: SelectionState): boolean {
  // Canonical, because jsonb keeps no order of keys.
  return canonicalJson(committed ?? null) === canonicalJson(JSON.parse(JSON.stringify(mine.cursor ?? null)))
}

export type VariantChooser = ReturnType<typeof textChooser>

/** The message that a match gets: its carriers and its text. Who refused it has no way to be reached: his is made as suppressed. */
export function messageFor(
  match: Match,
  routes: RouteNumbers,
  variantOf: VariantChooser,
  exercise: boolean,
  refused: ReadonlySet<string>,
): NewMessage {
  const { msisdn, population, hplmn, country, carrierNo, reason, language } = match
  const to = { population, msisdn, hplmn: hplmn ?? undefined, country: country ?? undefined }
  const route = refused.has(msisdn) ? [] : routes.find(to, exercise, carrierNo)
  return { recipientKey: msisdn, msisdn, variant: variantOf(language, route), reason, country: country ?? '', route }
}
