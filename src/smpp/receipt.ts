import type { Delivery } from './codec/delivery.ts'
import { type IdForm, normaliseId } from './message-id.ts'
import { parseReceiptText, type ReceiptState } from './receipt-text.ts'

/** What a receipt reports of one segment. */
export interface Receipt {
  /** Normalised: compare it with `normaliseId(messageId, idInResponse)` of the response. */
  id: string
  state: ReceiptState
  /** The SMSC's own error code as it wrote it, leading zeros kept; else the code of network_error_code. */
  err: string | undefined
  /** By the SMSC's clock, in UTC where the receipt names no zone: for people, not for ordering. */
  readonly submittedAt: Date | undefined
  readonly doneAt: Date | undefined
  /** The receipt's text exactly as it came; a view of the frame, copy it to keep it. */
  raw: Buffer
}

export interface ReceiptProfile {
  idInReceipt: IdForm
}

/** message_state (SMPP 3.4 §5.2.28; 0 and 9 are of 5.0 §4.7.15). */
const messageStates: readonly ReceiptState[] = [
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
  const text = parseReceiptText(withoutUdh(delivery))
  const id = delivery.receiptedMessageId?.trim() || text.id
  const state = stateOf(delivery.messageState) ?? text.state
  if (id === undefined || state === undefined) return undefined
  return {
    id: normaliseId(id, profile.idInReceipt),
    state,
    err: text.err ?? networkError(delivery.networkErrorCode),
    get submittedAt() {
      return text.submittedAt
    },
    get doneAt() {
      return text.doneAt
    },
    raw: delivery.text,
  }
}

function stateOf(messageState: number | undefined): ReceiptState | undefined {
  return messageState === undefined ? undefined : messageStates[messageState]
}

function withoutUdh({ esmClass, text }: Delivery): Buffer {
  return (esmClass & 0x40) !== 0 && text.length > 0 ? text.subarray(1 + (text[0] as number)) : text
}

function networkError(code: Buffer | undefined): string | undefined {
  return code !== undefined && code.length >= 3 ? String(code.readUInt16BE(1)) : undefined
}
