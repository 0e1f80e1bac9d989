/** `delivery-ack` and `user-ack`: what a handset says of a text of ours (SMPP 3.4 §5.2.12). */
export type InboxKind = 'text' | 'delivery-ack' | 'user-ack'

/** A text that is nothing but a word to stop or to start again. */
export type InboxWord = 'stop' | 'start'

/** One deliver_sm from a phone, before it is kept. */
export interface IncomingText {
  readonly carrierNo: number
  readonly kind: InboxKind
  /** As the carrier wrote it. */
  readonly source: string
  /** Digits, where the source is a number. */
  readonly msisdn: string | null
  readonly destination: string
  readonly dataCoding: number
  /** The name of the coding; null where it is no text. */
  readonly coding: string | null
  /** The user data as it came, header included. */
  readonly raw: Buffer
  readonly headerOctets: number
  /** Of the parts of one long text; null of a text of one part. */
  readonly reference: number | null
  readonly part: number
  readonly parts: number
  /** Of all that a repetition has in common with it. */
  readonly fingerprint: Buffer
  readonly word: InboxWord | null
}

/** Why a delivery could not be read, or kept. */
export type QuarantineReason = 'receipt-unreadable' | 'kind-unknown' | 'header-damaged' | 'row-refused'

/** A delivery that nobody can read. */
export interface QuarantinedDelivery {
  readonly carrierNo: number
  readonly reason: QuarantineReason
  readonly esmClass: number
  readonly dataCoding: number
  readonly source: string
  readonly destination: string
  readonly raw: Buffer
  readonly fingerprint: Buffer
}
