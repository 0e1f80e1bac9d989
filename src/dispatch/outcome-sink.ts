import type { OutcomeRecord, UnplacedReceipt } from '../store/ledger/records.ts'

/** Where an account hands over what the carrier said: the ledger (src/receipts/ledger.ts). */
export interface OutcomeSink {
  /** Handed over and not committed yet: the senders wait when it grows. */
  readonly backlog: number
  outcome(record: OutcomeRecord): void
  receipt(receipt: UnplacedReceipt, acknowledge: () => void): void
  chunkDone(chunk: { id: number; epoch: number }): void
  firstSubmit(broadcastId: number, at: number): void
  settled(): Promise<void>
}
