import { createHash } from 'node:crypto'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { isReceipt } from '../smpp/receipt.ts'
import { codingOf, decodeText } from '../smpp/text/decode.ts'
import { readUserData } from '../smpp/text/user-data.ts'
import type { InboxKind, IncomingText, QuarantinedDelivery, QuarantineReason } from '../store/inbox/records.ts'
import { wordOf } from './stop-words.ts'

/** A delivery that is no receipt of a message of ours, with what its carrier's profile says. */
export interface IncomingDelivery {
  /** The carrier's id. */
  readonly carrier: string
  readonly carrierNo: number
  /** What data_coding 0 means there. */
  readonly alphabet: 'gsm7' | 'ascii' | 'latin1'
  readonly delivery: Delivery
}

/** `text` where it can be shown to people. `raw` is what is kept of it where `text` is undefined, or refused by the database. */
export interface Incoming {
  readonly carrier: string
  readonly text: IncomingText | undefined
  readonly raw: QuarantinedDelivery
}

/** esm_class bits 5 to 2 (SMPP 3.4 §5.2.12). */
const kinds: Readonly<Record<number, InboxKind>> = { 0: 'text', 8: 'delivery-ack', 16: 'user-ack' }

/**
 * Tells texts from phones and acknowledgements of handsets from what cannot be read: a receipt without an id or a state that is
 * known, a kind of message that nobody sends to us, a user data header that does not fit. Copies what it keeps: a delivery is a
 * view of what the socket brought.
 */
export function readIncoming({ carrier, carrierNo, alphabet, delivery }: IncomingDelivery): Incoming {
  const { esmClass, dataCoding, sourceAddr: source, destinationAddr: destination } = delivery
  const raw = Buffer.from(delivery.text)
  const common = { carrierNo, source, destination, dataCoding, raw, fingerprint: fingerprintOf(carrierNo, delivery) }
  // All of it: what is wrong may lie in its TLVs.
  const quarantined = (reason: QuarantineReason) => ({ ...common, raw: Buffer.from(delivery.pdu), reason, esmClass })
  const unreadable = (reason: QuarantineReason) => ({ carrier, text: undefined, raw: quarantined(reason) })
  if (isReceipt(delivery)) return unreadable('receipt-unreadable')
  const kind = kinds[esmClass & 0x3c]
  if (kind === undefined) return unreadable('kind-unknown')
  const userData = readUserData(esmClass, raw)
  if (userData === undefined) return unreadable('header-damaged')
  const { headerOctets } = userData
  const concatenation = userData.concatenation ?? delivery.sar
  const msisdn = /^\+?([1-9]\d{6,14})$/.exec(source)?.[1] ?? null
  const coding = codingOf(dataCoding, alphabet)
  const whole = kind === 'text' && msisdn !== null && concatenation === undefined
  const words = whole && coding !== undefined ? decodeText(raw.subarray(headerOctets), coding) : undefined
  const text: IncomingText = {
    ...common,
    kind,
    msisdn,
    coding: coding ?? null,
    headerOctets,
    reference: concatenation?.reference ?? null,
    part: concatenation?.part ?? 1,
    parts: concatenation?.parts ?? 1,
    word: words === undefined ? null : wordOf(words),
  }
  return { carrier, text, raw: quarantined('row-refused') }
}

/** The same for a delivery that an SMSC repeats: everything but its sequence number. */
function fingerprintOf(carrierNo: number, delivery: Delivery): Buffer {
  const { esmClass, dataCoding, sourceAddr, destinationAddr, receiptedMessageId, messageState, sar } = delivery
  const head = [carrierNo, esmClass, dataCoding, sourceAddr, destinationAddr, receiptedMessageId, messageState, sar]
  return createHash('sha256').update(JSON.stringify(head)).update(delivery.text).digest().subarray(0, 16)
}
