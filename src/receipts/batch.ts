import type { OutcomeRecord, ReceiptRecord, UnplacedReceipt } from '../store/ledger/records.ts'
import type { Journal } from './journal.ts'

/** What one ledger transaction writes. */
export interface LedgerBatch {
  readonly outcomes: readonly OutcomeRecord[]
  /** Receipts whose message is known. */
  readonly placed: readonly ReceiptRecord[]
  readonly unplaced: readonly UnplacedReceipt[]
  readonly chunks: readonly { readonly id: number; readonly epoch: number }[]
  readonly firstSubmits: ReadonlyMap<number, number>
  /** The receipts of this batch as they came. */
  readonly journal: Journal | undefined
  /** Also try parked receipts whose turn has come. */
  readonly sweepParked: boolean
}

/** Rows that the database may refuse. */
export const rowsOf = ({ outcomes, placed, unplaced }: LedgerBatch): number =>
  outcomes.length + placed.length + unplaced.length

/** The same, a row each; the chunks last, because they close when their outcomes are in. */
export function* singles(batch: LedgerBatch): Generator<LedgerBatch> {
  const none: LedgerBatch = {
    outcomes: [],
    placed: [],
    unplaced: [],
    chunks: [],
    firstSubmits: new Map(),
    journal: undefined,
    sweepParked: false,
  }
  for (const outcome of batch.outcomes) yield { ...none, outcomes: [outcome] }
  for (const receipt of batch.placed) yield { ...none, placed: [receipt] }
  for (const receipt of batch.unplaced) yield { ...none, unplaced: [receipt] }
  if (batch.journal) yield { ...none, journal: batch.journal }
  yield { ...none, chunks: batch.chunks, firstSubmits: batch.firstSubmits }
}
