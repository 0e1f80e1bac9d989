import type { IdForm } from '../smpp/message-id.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import type { ReceiptManner } from './receipt-format.ts'

/** A message that the SMSC has accepted. */
export interface Message {
  /** Counts up; message ids are made of it. */
  readonly number: number
  /** As it is written in submit_sm_resp. */
  readonly id: string
  readonly source: string
  readonly destination: string
  /** source ton, source npi, dest ton, dest npi: an octet each. */
  readonly addressing: number
  /** Milliseconds of the epoch. */
  readonly submittedAt: number
  /** When it becomes final, on the clock of `performance.now()`. */
  readonly dueAt: number
  /** What it becomes. */
  state: ReceiptState
  /** How its receipt is written. */
  readonly manner: ReceiptManner
  /** Whether a receipt is to be sent when it becomes final. */
  readonly wantsReceipt: boolean
  /** Its receipt has been queued, or must not be queued any more. */
  released: boolean
  /** deliver_sm's written for it. */
  receipts: number
}

/** The message id as it is written in one form; `string` is base 36 with a letter in front, as no number is. */
export function writeId(number: number, form: IdForm): string {
  if (form === 'decimal') return String(number)
  return form === 'hex' ? number.toString(16).toUpperCase() : `M${number.toString(36)}`
}

/** The number of a message id; NaN for what is none in this form. */
export function readId(id: string, form: IdForm): number {
  if (form === 'decimal') return /^\d+$/.test(id) ? Number(id) : Number.NaN
  if (form === 'hex') return /^[\da-f]+$/i.test(id) ? Number.parseInt(id, 16) : Number.NaN
  return /^M[\da-z]+$/.test(id) ? Number.parseInt(id.slice(1), 36) : Number.NaN
}

/** message_state of each state (SMPP 3.4 §5.2.28). */
export const messageStateOf: Readonly<Record<ReceiptState, number>> = {
  ENROUTE: 1,
  DELIVRD: 2,
  EXPIRED: 3,
  DELETED: 4,
  UNDELIV: 5,
  ACCEPTD: 6,
  UNKNOWN: 7,
  REJECTD: 8,
  SKIPPED: 9,
}

/** Remembers the latest messages for query_sm and cancel_sm, and no more than `capacity` of them. */
export class RecentMessages {
  readonly #ring: (Message | undefined)[] = []
  readonly #capacity: number

  constructor(capacity = 262_144) {
    this.#capacity = capacity
  }

  add(message: Message): void {
    this.#ring[message.number % this.#capacity] = message
  }

  find(number: number): Message | undefined {
    const message = this.#ring[number % this.#capacity]
    return message?.number === number ? message : undefined
  }
}
