import type { CarrierProfile } from '../carriers/schema.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { parseReceipt } from '../smpp/receipt.ts'
import type { UnplacedReceipt } from '../store/ledger/records.ts'
import type { MessageState } from '../store/states.ts'

/** ENROUTE and ACCEPTD stay submitted; DELETED counts as failed unless we asked for it. */
const states: Readonly<Record<string, MessageState>> = {
  DELIVRD: 'delivered',
  EXPIRED: 'expired',
  DELETED: 'failed',
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
  const state = receipt && states[receipt.state]
  if (!receipt || !state) return undefined
  const digits = delivery.sourceAddr.replace(/^\+/, '')
  const error = receipt.err === undefined ? Number.NaN : Number.parseInt(receipt.err, 10)
  // The database keeps it as an integer of 32 bits.
  const fits = error <= 0x7fffffff
  return {
    carrierNo,
    smscId: receipt.id,
    // A receipt's source address is the number that the message went to.
    msisdn: /^[1-9]\d{6,14}$/.test(digits) ? digits : undefined,
    state,
    error: state !== 'delivered' && fits ? error : undefined,
    // Our clock: the SMSC's has no zone and is often wrong.
    finalAt: now,
    raw: receipt.raw,
  }
}
