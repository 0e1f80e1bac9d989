import type { CarrierProfile } from '../carriers/schema.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { parseReceipt } from '../smpp/receipt.ts'
import type { ReceiptState } from '../smpp/receipt-text.ts'
import type { UnplacedReceipt } from '../store/ledger/records.ts'
import type { MessageState } from '../store/states.ts'

/** ENROUTE and ACCEPTD stay submitted; DELETED is cancelled if we asked for it, which the ledger judges (judge-deleted.ts). */
export const stateOf: Readonly<Record<ReceiptState, MessageState>> = {
  DELIVRD: 'delivered',
  EXPIRED: 'expired',
  DELETED: 'cancelled',
  UNDELIV: 'failed',
  REJECTD: 'failed',
  UNKNOWN: 'unconfirmed',
  SKIPPED: 'failed',
  ENROUTE: 'submitted',
  ACCEPTD: 'submitted',
}

/** What a delivery says of a message; undefined where it is no receipt that can be read. */
export function readReceipt(
  delivery: Delivery,
  profile: CarrierProfile,
  carrierNo: number,
  now: number,
): UnplacedReceipt | undefined {
  const receipt = parseReceipt(delivery, profile.receipts)
  const state = receipt && stateOf[receipt.state]
  if (!receipt || !state) return undefined
  return {
    carrierNo,
    smscId: receipt.id,
    // A receipt's source address is the number that the message went to.
    msisdn: numberOf(delivery.sourceAddr),
    state,
    error: state === 'delivered' ? undefined : errorOf(receipt.err),
    // Our clock: the SMSC's has no zone and is often wrong.
    finalAt: now,
    raw: delivery.pdu,
  }
}

function numberOf(address: string): string | undefined {
  const digits = address.startsWith('+') ? address.slice(1) : address
  return /^[1-9]\d{6,14}$/.test(digits) ? digits : undefined
}

/** The database keeps it as an integer of 32 bits. */
function errorOf(err: string | undefined): number | undefined {
  const error = err === undefined ? Number.NaN : Number.parseInt(err, 10)
  return error <= 0x7fffffff ? error : undefined
}
