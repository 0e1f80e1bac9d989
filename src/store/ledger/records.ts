import type { MessageState } from '../states.ts'

/** One submission of one message. */
export interface AttemptRef {
  readonly broadcastId: number
  readonly seq: number
  readonly attempt: number
  readonly carrierNo: number
  /** Digits. */
  readonly msisdn: string
  /** Segments of the submission. */
  readonly parts: number
  /** When the first segment was written to the socket: our clock, ms since the epoch. */
  readonly at: number
}

/**
 * What the carrier's answers, or their absence, say about one attempt.
 * `again`: to be sent once more as the next attempt, not before `notBefore`; `unchanged`: nothing new of the message, only of
 * its segments.
 */
export interface OutcomeRecord {
  readonly ref: AttemptRef
  readonly verdict: 'submitted' | 'failed' | 'uncertain' | 'again' | 'unchanged'
  /** command_status of a refusal. */
  readonly error?: number | undefined
  /** Parts that the SMSC took, with its normalised ids. */
  readonly accepted: readonly { readonly part: number; readonly smscId: string }[]
  /** Parts whose response did not come. */
  readonly unanswered: readonly number[]
  /** Parts counted as unanswered before, whose response came after all. */
  readonly lateParts?: readonly number[]
  readonly again?: {
    readonly lane: number
    readonly notBefore: number
    readonly carrierNo: number
    readonly fallbacks: readonly number[]
    /** How often it was refused for now, and how often left unanswered, this attempt included. */
    readonly refused: number
    readonly unanswered: number
  }
}

/** A receipt whose message is known. */
export interface ReceiptRecord {
  readonly broadcastId: number
  readonly seq: number
  readonly attempt: number
  readonly carrierNo: number
  readonly part: number
  readonly parts: number
  /** `at` of the segment, ms. */
  readonly at: number
  readonly smscId: string
  readonly state: MessageState
  readonly error: number | undefined
  /** ms since the epoch. */
  readonly finalAt: number
  /** Which parts get receipts at this carrier. */
  readonly multipart: 'all' | 'first' | 'last'
}

/** A receipt as it came: its message is still to be found. */
export interface UnplacedReceipt {
  readonly carrierNo: number
  readonly smscId: string
  /** Digits of the number that the receipt is about, where they can be read. */
  readonly msisdn: string | undefined
  readonly state: MessageState
  readonly error: number | undefined
  readonly finalAt: number
  readonly raw: Buffer
}
