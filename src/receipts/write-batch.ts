import { metrics } from '../lib/metrics.ts'
import type { Client } from '../store/database.ts'
import { aggregateParts, applyPartReceipts } from '../store/ledger/apply-parts.ts'
import { applyStates } from '../store/ledger/apply-states.ts'
import { closeChunks, noteFirstSubmits } from '../store/ledger/close-chunks.ts'
import { type BatchMark, CommitUnknown, commit, noteBatch } from '../store/ledger/commit.ts'
import { findSegments } from '../store/ledger/find-segments.ts'
import { insertSegments, type SegmentRow } from '../store/ledger/insert-segments.ts'
import { insertJournal } from '../store/ledger/journal.ts'
import { judgeDeleted } from '../store/ledger/judge-deleted.ts'
import { dropParked, dueParked, type ParkedReceipt, parkReceipts, tryParkedSoon } from '../store/ledger/parked.ts'
import type { OutcomeRecord, ReceiptRecord, UnplacedReceipt } from '../store/ledger/records.ts'
import { sendAgain } from '../store/ledger/send-again.ts'
import { forgetUnanswered, noteNameless, noteUnanswered, takeUnanswered } from '../store/ledger/unanswered.ts'
import type { LedgerBatch } from './batch.ts'
import { mergedParts, StateChanges } from './merge.ts'
import { placedAt } from './placed.ts'

export interface CarrierReceiptRules {
  readonly multipart: 'all' | 'first' | 'last'
  /** When a response can no longer be under way, a receipt without one is matched by its number. */
  readonly responseMs: number
}

/**
 * Writes one batch in one transaction. The order matters: ids before the receipts that name them, states last. Statements are sent
 * without waiting, except where the next one needs what they answer; only COMMIT waits for all.
 * @throws CommitUnknown where it may have been written all the same.
 */
export async function writeBatch(
  db: Client,
  batch: LedgerBatch,
  mark: BatchMark,
  rulesOf: (carrierNo: number) => CarrierReceiptRules,
  now: number,
): Promise<void> {
  const sent: Promise<unknown>[] = []
  const send = <T>(answer: Promise<T>): Promise<T> => {
    answer.catch(() => undefined)
    sent.push(answer)
    return answer
  }
  try {
    send(db.query('BEGIN'))
    const changes = new StateChanges()
    for (const outcome of batch.outcomes) addOutcome(changes, outcome)
    send(insertSegments(db, segmentsOf(batch.outcomes)))
    // Before the sweep, which must not take them for a receipt.
    const late = partsOf(batch.outcomes, ({ lateParts }) => lateParts)
    send(forgetUnanswered(db, late))
    const placed = [...batch.placed]
    const homeless = await send(place(db, batch.unplaced, rulesOf, placed))
    if (batch.sweepParked) await send(sweepParked(db, rulesOf, now, placed))
    await send(applyReceipts(db, changes, await send(judgeDeleted(db, placed))))
    send(applyStates(db, changes.list()))
    send(sendAgain(db, batch.outcomes))
    send(
      noteUnanswered(
        db,
        partsOf(batch.outcomes, ({ unanswered }) => unanswered),
      ),
    )
    // What was noted in this very batch, too, before its response came.
    send(forgetUnanswered(db, late))
    send(noteNameless(db, namelessOf(batch.outcomes)))
    send(parkReceipts(db, homeless))
    if (batch.journal) send(insertJournal(db, batch.journal))
    send(closeChunks(db, batch.chunks))
    send(noteFirstSubmits(db, batch.firstSubmits))
    await Promise.all(sent)
    await noteBatch(db, mark)
    await commit(db)
    if (homeless.length > 0) metrics.receiptsParked.inc(homeless.length)
  } catch (error) {
    if (error instanceof CommitUnknown) throw error
    await db.query('ROLLBACK').catch(() => undefined)
    throw (await firstFailure(sent)) ?? error
  }
}

/** in_failed_sql_transaction: a consequence of what failed before, never the reason. */
const inFailedTransaction = '25P02'

/**
 * What failed first is the reason; all that comes after it in the transaction fails because of it. That may stand before it in the
 * list: sendAgain sends its later statements when others have been sent that were added after it.
 */
async function firstFailure(sent: readonly Promise<unknown>[]): Promise<unknown> {
  for (const answer of await Promise.allSettled(sent))
    if (answer.status === 'rejected' && (answer.reason as { code?: unknown }).code !== inFailedTransaction)
      return answer.reason
  return undefined
}

function addOutcome(changes: StateChanges, { ref, verdict, error }: OutcomeRecord): void {
  if (verdict === 'again' || verdict === 'unchanged') return
  changes.add({
    broadcastId: ref.broadcastId,
    seq: ref.seq,
    attempt: ref.attempt,
    state: verdict,
    error: error ?? null,
    submittedAt: ref.at,
    finalAt: verdict === 'failed' ? ref.at : null,
    parts: ref.parts,
  })
}

// Loops, not flatMap: an array a message is a good part of what the ledger leaves to the garbage collector.

function segmentsOf(outcomes: readonly OutcomeRecord[]): SegmentRow[] {
  const rows: SegmentRow[] = []
  for (const { ref, accepted } of outcomes) {
    const { at, broadcastId, seq, carrierNo, attempt, parts } = ref
    for (const { part, smscId } of accepted)
      rows.push({ at, broadcastId, seq, carrierNo, attempt, part, parts, smscId, state: 'submitted' })
  }
  return rows
}

/** Parts that the SMSC took without giving an id. */
function namelessOf(outcomes: readonly OutcomeRecord[]): { ref: OutcomeRecord['ref']; part: number }[] {
  const found: { ref: OutcomeRecord['ref']; part: number }[] = []
  for (const { ref, accepted } of outcomes)
    for (const { part, smscId } of accepted) if (smscId === '') found.push({ ref, part })
  return found
}

function partsOf(
  outcomes: readonly OutcomeRecord[],
  of: (outcome: OutcomeRecord) => readonly number[] | undefined,
): { ref: OutcomeRecord['ref']; part: number }[] {
  const found: { ref: OutcomeRecord['ref']; part: number }[] = []
  for (const outcome of outcomes) for (const part of of(outcome) ?? []) found.push({ ref: outcome.ref, part })
  return found
}

/** Looks up receipts by id; the found ones join `placed`, the rest is returned. */
async function place<R extends UnplacedReceipt | ParkedReceipt>(
  db: Client,
  receipts: readonly R[],
  rulesOf: (carrierNo: number) => CarrierReceiptRules,
  placed: ReceiptRecord[],
): Promise<R[]> {
  const found = new Map((await findSegments(db, receipts)).map((segment) => [segment.index, segment]))
  return receipts.filter((receipt, i) => {
    const segment = found.get(i)
    if (segment) placed.push(placedAt(segment, receipt, rulesOf(receipt.carrierNo).multipart))
    return !segment
  })
}

async function sweepParked(
  db: Client,
  rulesOf: (carrierNo: number) => CarrierReceiptRules,
  now: number,
  placed: ReceiptRecord[],
): Promise<void> {
  const due = await dueParked(db, 500)
  if (due.length === 0) return
  const still = new Set(await place(db, due, rulesOf, placed))
  // Several receipts of one segment may be due at once: when the first has found it, the others find it by its id, in the next turn.
  const named = new Set<string>()
  const soon: number[] = []
  for (const receipt of still) {
    const { carrierNo, smscId, msisdn, receivedAt, state } = receipt
    const rules = rulesOf(carrierNo)
    if (msisdn === undefined || msisdn === null || now - receivedAt < rules.responseMs) continue
    const key = `${carrierNo}:${smscId}`
    if (named.has(key)) {
      soon.push(receipt.id)
      continue
    }
    const isGood = state === 'submitted' || state === 'delivered'
    const nameless = await takeUnanswered(db, carrierNo, msisdn, receivedAt, isGood)
    if (!nameless) continue
    named.add(key)
    await insertSegments(db, [{ ...nameless, smscId, counted: nameless.accepted }])
    placed.push(placedAt(nameless, receipt, rules.multipart))
    still.delete(receipt)
  }
  await tryParkedSoon(db, soon)
  await dropParked(
    db,
    due.filter((receipt) => !still.has(receipt)).map((receipt) => receipt.id),
  )
}

async function applyReceipts(db: Client, changes: StateChanges, placed: readonly ReceiptRecord[]): Promise<void> {
  const received: ReceiptRecord[] = []
  for (const receipt of placed) {
    const { parts, part, multipart } = receipt
    // Intermediate states (ENROUTE, ACCEPTD) leave the message submitted; coming first, they tell at least that.
    if (parts > 1 && multipart === 'all') received.push(receipt)
    else if (parts === 1 || part === (multipart === 'first' ? 1 : parts)) changes.add(changeOf(receipt))
  }
  const ofParts = mergedParts(received)
  await applyPartReceipts(db, ofParts)
  for (const change of await aggregateParts(db, ofParts)) changes.add(change)
}

const changeOf = (receipt: ReceiptRecord) => ({
  broadcastId: receipt.broadcastId,
  seq: receipt.seq,
  attempt: receipt.attempt,
  state: receipt.state,
  error: receipt.error ?? null,
  submittedAt: receipt.at,
  finalAt: receipt.state === 'submitted' ? null : receipt.finalAt,
  parts: receipt.parts,
})
