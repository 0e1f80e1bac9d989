import type { Delivery } from '../smpp/codec/delivery.ts'
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

/** Where an account hands over what the carrier delivers besides receipts: the inbox (src/receipts/inbox.ts). */
export interface DeliverySink {
  /** `answer` gets the command_status once the delivery is committed, or cannot be taken now. */
  take(
    incoming: {
      readonly carrier: string
      readonly carrierNo: number
      /** What data_coding 0 means there. */
      readonly alphabet: 'gsm7' | 'ascii' | 'latin1'
      readonly delivery: Delivery
    },
    answer: (status: number) => void,
  ): void
}
