import { metrics } from '../lib/metrics.ts'
import type { Client } from '../store/database.ts'
import { aggregateParts, applyPartReceipts } from '../store/ledger/apply-parts.ts'
import { applyStates } from '../store/ledger/apply-states.ts'
import { closeChunks, noteFirstSubmits } from '../store/ledger/close-chunks.ts'
import { type BatchMark, CommitUnknown, commit } from '../store/ledger/commit.ts'
import { findSegments } from '../store/ledger/find-segments.ts'
import { insertSegments, type SegmentRow } from '../store/ledger/insert-segments.ts'
import { dropParked, dueParked, type ParkedReceipt, parkReceipts } from '../store/ledger/parked.ts'
import type { OutcomeRecord, ReceiptRecord, UnplacedReceipt } from '../store/ledger/records.ts'
import { sendAgain } from '../store/ledger/send-again.ts'
import { forgetUnanswered, noteUnanswered, takeUnanswered } from '../store/ledger/unanswered.ts'
import type { LedgerBatch } from './batch.ts'
import { mergedParts, StateChanges } from './merge.ts'
import { placedAt } from './placed.ts'

export interface CarrierReceiptRules {
  readonly multipart: 'all' | 'first' | 'last'
  /** When a response can no longer be under way, a receipt without one is matched by its number. */
  readonly responseMs: number
}

/**
 * Writes one batch in one transaction. The order matters: ids before the receipts that name them, states last.
 * @throws CommitUnknown where it may have been written all the same.
 */
export async function writeBatch(
  db: Client,
  batch: LedgerBatch,
  mark: BatchMark,
  rulesOf: (carrierNo: number) => CarrierReceiptRules,
  now: number,
): Promise<void> {
  await db.query('BEGIN')
  try {
    const changes = new StateChanges()
    for (const outcome of batch.outcomes) addOutcome(changes, outcome)
    await insertSegments(db, batch.outcomes.flatMap(segmentsOf))
    await forgetUnanswered(
      db,
      batch.outcomes.flatMap(({ ref, lateParts }) => (lateParts ?? []).map((part) => ({ ref, part }))),
    )
    const placed = [...batch.placed]
    const homeless = await place(db, batch.unplaced, rulesOf, placed)
    if (batch.sweepParked) await sweepParked(db, rulesOf, now, placed)
    await applyReceipts(db, changes, placed)
    await applyStates(db, changes.list())
    await sendAgain(db, batch.outcomes)
    await noteUnanswered(
      db,
      batch.outcomes.flatMap(({ ref, unanswered }) => unanswered.map((part) => ({ ref, part }))),
    )
    await parkReceipts(db, homeless)
    await closeChunks(db, batch.chunks)
    await noteFirstSubmits(db, batch.firstSubmits)
    await commit(db, mark)
    if (homeless.length > 0) metrics.receiptsParked.inc(homeless.length)
  } catch (error) {
    if (!(error instanceof CommitUnknown)) await db.query('ROLLBACK').catch(() => undefined)
    throw error
  }
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

const segmentsOf = ({ ref, accepted }: OutcomeRecord): SegmentRow[] =>
  accepted.map(({ part, smscId }) => ({
    at: ref.at,
    broadcastId: ref.broadcastId,
    seq: ref.seq,
    carrierNo: ref.carrierNo,
    attempt: ref.attempt,
    part,
    parts: ref.parts,
    smscId,
  }))

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
  for (const receipt of still) {
    const rules = rulesOf(receipt.carrierNo)
    if (receipt.msisdn === undefined || receipt.msisdn === null || now - receipt.receivedAt < rules.responseMs) continue
    const lost = await takeUnanswered(db, receipt.carrierNo, receipt.msisdn, receipt.receivedAt)
    if (!lost) continue
    await insertSegments(db, [{ ...lost, smscId: receipt.smscId }])
    placed.push(placedAt(lost, receipt, rules.multipart))
    still.delete(receipt)
  }
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
