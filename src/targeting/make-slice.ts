import type { Step } from '../lib/in-order.ts'
import type { Choice } from '../store/audience/choice.ts'
import { audienceSettings } from '../store/audience/choice.ts'
import { insertChunks, insertTallies, noCarrier, type Run, reasonKey } from '../store/audience/insert-messages.ts'
import { type GroupMessage, insertSlice, type MadeSlice } from '../store/audience/insert-slice.ts'
import { peopleToLookAt } from '../store/audience/looked-at.ts'
import { holdBroadcast, reserveSeqs, saveCursor } from '../store/audience/selection-state.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { standingAt } from './concern.ts'
import type { GroupBook } from './group-book.ts'
import type { SourceSlice } from './slices.ts'

export interface SliceWork {
  readonly db: Database
  readonly broadcastId: number
  readonly lane: number
  readonly plan: AudiencePlan
  readonly book: GroupBook
  readonly choice: Choice
  /** Others may have made messages of the broadcast. */
  readonly othersToo: boolean
  /** Locks the broadcast; false where selection has to stop. */
  readonly goOn: (client: Client) => Promise<boolean>
  /** Makes messages of people one by one. */
  readonly makeOneByOne: (client: Client, msisdns: readonly number[]) => Promise<readonly number[]>
}

/** People may have come since a slice was counted. */
const spare = 1000

/** Nobody's messages of this slice were made: the broadcast is cancelled, or somebody else is ahead. */
class StopSelection extends Error {}

/**
 * Makes the messages of one slice in one transaction: rows at once, and, when its turn has come, chunks, tallies and the cursor.
 * Answers whose bells to ring; `stop` where selection has to stop, `taken` where somebody else made a message of somebody in it.
 */
export async function makeSlice(
  work: SliceWork,
  slice: SourceSlice,
  cursor: unknown,
  step: Step,
): Promise<readonly number[] | 'stop' | 'taken'> {
  const { db, broadcastId, plan, book, choice } = work
  const room = Math.ceil(slice.people * 1.2) + spare
  const firstSeq = await reserveSeqs(db.pool, broadcastId, room)
  try {
    return await transaction(
      db.pool,
      async (client) => {
        await holdBroadcast(client, broadcastId)
        step.begun()
        const { taken } = slice
        const looked = taken.kind === 'placed' ? await peopleToLookAt(client, choice, taken.ranges, book.grouping) : []
        const lookedAt = looked.flatMap((one) => {
          const standing = standingAt(plan, { ...one, at: null }, one.country)
          return standing === 'inside' || standing === 'ring' ? [{ msisdn: one.msisdn, group: book.indexOf(one) }] : []
        })
        const groups = book.groups.slice()
        const { grouping } = book
        const made = await insertSlice(client, {
          broadcastId,
          choice,
          taken,
          lookedAt,
          groups,
          grouping,
          firstSeq,
          room,
          othersToo: work.othersToo,
        })
        await client.query('SET LOCAL lock_timeout = 0')
        await step.turn()
        if (!(await work.goOn(client))) throw new StopSelection()
        const bells = await record(client, work, groups, made, firstSeq)
        const more = made.rest.length > 0 ? await work.makeOneByOne(client, made.rest) : []
        await saveCursor(client, broadcastId, cursor)
        return [...new Set([...bells, ...more])]
      },
      `${audienceSettings}; SET LOCAL lock_timeout = ${patienceMs}`,
    )
  } catch (error) {
    if (error instanceof StopSelection) return 'stop'
    if (isTaken(error)) return 'taken'
    throw error
  }
}

/**
 * Somebody has a message (SQLSTATE 23505, unique_violation): he has come late and was told, another process is at the same selection, or
 * he has moved from one slice into another. That other process may have made the rows that this one waits for, and wait for the
 * broadcast that this one holds (40P01, deadlock_detected).
 */
const isTaken = (error: unknown): boolean => ['23505', '40P01', '55P03'].includes((error as { code: string }).code)

/**
 * A slice may wait for the row of the next one (somebody has moved over), which waits for its turn: PostgreSQL sees only half of that
 * deadlock (SQLSTATE 55P03, lock_not_available, ends it).
 */
const patienceMs = 3000

/** Chunks and tallies of what was made. */
async function record(
  client: Client,
  { broadcastId, lane }: SliceWork,
  groups: readonly GroupMessage[],
  { made }: MadeSlice,
  firstSeq: number,
): Promise<number[]> {
  if (made.length === 0) return []
  const runs: Run[] = []
  const carriers = new Map<number, number>()
  const reasons = new Map<string, number>()
  const add = <K>(to: Map<K, number>, key: K, n: number) => to.set(key, (to.get(key) ?? 0) + n)
  let seq = firstSeq
  for (const { group, n } of made) {
    const { route, reason, country } = groups[group] as GroupMessage
    add(carriers, route[0] ?? noCarrier, n)
    add(reasons, reasonKey({ reason, country: country ?? '' }), n)
    const last = runs.at(-1)
    if (last && last.route.join() === route.join()) runs[runs.length - 1] = { ...last, to: last.to + n }
    else runs.push({ route, from: seq, to: seq + n - 1 })
    seq += n
  }
  await insertTallies(client, broadcastId, { carriers: [...carriers], reasons: [...reasons] })
  return insertChunks(client, broadcastId, lane, runs)
}
