import { limitOf } from '../alerts/approval.ts'
import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { severityOf } from '../alerts/model.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import { useOf } from '../lib/use.ts'
import type { Queues } from '../queue/queues.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { audienceSettings } from '../store/audience/choice.ts'
import { awaitEntrants } from '../store/audience/entrants-barrier.ts'
import { countHolders, settleMarks } from '../store/audience/holders.ts'
import {
  finishSelection,
  refuseSelection,
  type SelectionState,
  selectionState,
  setExpected,
  unfinishedSelections,
} from '../store/audience/selection-state.ts'
import { type Database, transaction } from '../store/database.ts'
import { type Source, sourcesOf } from './audience.ts'
import { type AudiencePlan, hasZone, planAudience } from './audience-plan.ts'
import { textChooser } from './audience-text.ts'
import { cellsFor } from './cells-for.ts'
import { countApart, countAudience } from './count.ts'
import { type Choosers, GroupBook } from './group-book.ts'
import { refusedBy } from './opt-out.ts'
import type { RouteNumbers } from './route-numbers.ts'
import { Selection } from './selection.ts'

export interface SelectDeps {
  readonly db: Database
  readonly queues: Queues
  readonly countries: Countries
  readonly routes: RouteNumbers
  readonly log: Logger
}

/**
 * Makes the messages of a broadcast: counts first, refuses what is more than was approved, then goes on slice after slice, each
 * committed with the cursor that leads on. The first messages go out while the last ones are not found yet. Killed at
 * any instruction and run again, it goes on where the last committed slice ended.
 */
export async function runSelection(deps: SelectDeps, broadcastId: number): Promise<void> {
  const { db, log } = deps
  const state = await selectionState(db.pool, broadcastId, false)
  if (!state) return
  if (state.cancelled) return finishSelection(db.pool, broadcastId)
  const alert = (await findAlert(db.pool, state.alertId)) as AlertRow
  if (digestOf(alert, channels) !== state.digest) {
    await refuseSelection(db.pool, broadcastId, 'the alert is not what was approved')
    log.error({ broadcast: broadcastId }, 'selection refused: the alert is not what was approved')
    return
  }
  const plan = await planAudience(db.pool, deps.countries, alert.document, alert.rules, state.createdAt, {
    chainId: alert.chainId,
    before: broadcastId,
  })
  await settleMarks(db.pool, plan.corrected)
  const choosers: Choosers = {
    routes: deps.routes,
    variantOf: textChooser(alert.document, deps.routes),
    use: useOf(alert),
    refusedBy: await refusedBy(db.pool, severityOf(alert.document)),
  }
  const book = new GroupBook(choosers)
  const sources = sourcesOf(plan, { cellsFor: await cellsFor(db.pool, plan) })
  const giveWay = wayGiver(deps, state)
  const uncounted = state.expected === null
  const bounded = hasZone(plan)
  if (uncounted && bounded && !(await countFirst(deps, state, alert, { plan, sources, book }, giveWay))) return
  await awaitEntrants(db.pool)
  const made = new Selection(deps, state, alert, plan, { sources, book, choosers }).run(giveWay)
  if (!(await whileMade(made, uncounted && !bounded ? countCorrected(deps, state, plan) : undefined))) {
    const now = await selectionState(db.pool, broadcastId, false)
    if (now?.cancelled) await finishSelection(db.pool, broadcastId)
    return
  }
  await finishSelection(db.pool, broadcastId, await countApart(db, plan, giveWay))
  log.info({ broadcast: broadcastId }, 'selection complete')
}

/** Danger goes first here too: between two slices, a long selection lets each more urgent one through, once. */
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

/**
 * What takes an alert back goes to all who may have it, however many they are: no count can refuse it, so the first of them is told while
 * they are counted.
 */
async function countCorrected({ db }: SelectDeps, { id }: SelectionState, { corrected }: AudiencePlan): Promise<void> {
  const expected = await transaction(db.pool, (client) => countHolders(client, corrected), audienceSettings)
  await setExpected(db.pool, id, expected, new Map())
}

/** What the making of messages says, when the count that goes on beside it has ended as well. */
async function whileMade(making: Promise<boolean>, counting: Promise<void> | undefined): Promise<boolean> {
  const [made, counted] = await Promise.allSettled([making, counting])
  for (const one of [made, counted]) if (one.status === 'rejected') throw one.reason
  return (made as PromiseFulfilledResult<boolean>).value
}

async function countFirst(
  { db, log }: SelectDeps,
  { id }: SelectionState,
  alert: AlertRow,
  { plan, sources, book }: { plan: AudiencePlan; sources: readonly Source[]; book: GroupBook },
  between: () => Promise<void>,
): Promise<boolean> {
  const { matched: expected, apart } = await countAudience(db, plan, sources, book, between)
  const approved = limitOf(alert)
  if (expected > approved) {
    await refuseSelection(db.pool, id, `${expected} people match, ${approved} were approved`)
    log.error({ broadcast: id, expected, approved }, 'selection refused: more people than were approved')
    return false
  }
  await setExpected(db.pool, id, expected, apart)
  return true
}
