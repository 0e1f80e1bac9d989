import type { Delivery } from './codec/delivery.ts'
import { type IdForm, normaliseId } from './message-id.ts'
import { type ReceiptState, ReceiptText } from './receipt-text.ts'

/** What a receipt reports of one segment. What few ask for is read when they do. */
export class Receipt {
  /** Normalised: compare it with `normaliseId(messageId, idInResponse)` of the response. */
  readonly id: string
  readonly state: ReceiptState
  readonly #delivery: Delivery

  constructor(id: string, state: ReceiptState, delivery: Delivery) {
    this.id = id
    this.state = state
    this.#delivery = delivery
  }

  /** The SMSC's own error code as it wrote it, leading zeros kept; else the code of network_error_code. */
  get err(): string | undefined {
    return textOf(this.#delivery).err ?? networkError(this.#delivery.networkErrorCode)
  }

  /** By the SMSC's clock, in UTC where the receipt names no zone: for people, not for ordering. */
  get submittedAt(): Date | undefined {
    return textOf(this.#delivery).submittedAt
  }

  get doneAt(): Date | undefined {
    return textOf(this.#delivery).doneAt
  }
}

export interface ReceiptProfile {
  idInReceipt: IdForm
}

/** message_state (SMPP 3.4 §5.2.28; 0 and 9 are of 5.0 §4.7.15). */
export const messageStates: readonly ReceiptState[] = [
  'ENROUTE',
  'ENROUTE',
  'DELIVRD',
  'EXPIRED',
  'DELETED',
  'UNDELIV',
  'ACCEPTD',
  'UNKNOWN',
  'REJECTD',
  'SKIPPED',
]

/** esm_class bits 5 to 2 of an SMSC delivery receipt and of an intermediate notification (SMPP 3.4 §5.2.12). */
const receiptKinds = new Set([0x04, 0x20])

/**
 * Whether a delivery is a receipt and not a text from a phone. Some SMSCs forget esm_class, so the TLV receipted_message_id
 * says so too: a phone cannot set it. A mere text that looks like a receipt is none, or anybody could forge one.
 */
export function isReceipt(delivery: Delivery): boolean {
  return receiptKinds.has(delivery.esmClass & 0x3c) || delivery.receiptedMessageId !== undefined
}

/**
 * Reads a receipt; TLVs are preferred to the text. `undefined` for what is none, and for one that names no message or no
 * state that is known: `isReceipt` tells these two apart, and the second belongs in quarantine.
 */
export function parseReceipt(delivery: Delivery, profile: ReceiptProfile): Receipt | undefined {
  if (!isReceipt(delivery)) return undefined
  let id = delivery.receiptedMessageId?.trim()
  let state = stateOf(delivery.messageState)
  if (!id || state === undefined) {
    const text = textOf(delivery)
    id ||= text.id
    state ??= text.state
  }
  return id === undefined || state === undefined
    ? undefined
    : new Receipt(normaliseId(id, profile.idInReceipt), state, delivery)
}

const textOf = (delivery: Delivery) => new ReceiptText(withoutUdh(delivery))

function stateOf(messageState: number | undefined): ReceiptState | undefined {
  return messageState === undefined ? undefined : messageStates[messageState]
}

function withoutUdh({ esmClass, text }: Delivery): Buffer {
  return (esmClass & 0x40) !== 0 && text.length > 0 ? text.subarray(1 + (text[0] as number)) : text
}

function networkError(code: Buffer | undefined): string | undefined {
  return code !== undefined && code.length >= 3 ? String(code.readUInt16BE(1)) : undefined
}
