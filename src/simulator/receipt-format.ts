import type { Prng } from '../lib/prng.ts'

/**
 * How SMSCs write receipts. All but `standard`, `no-class` and `tlvs` come without TLVs, so that their text has to be read.
 * - `standard`: as SMPP 3.4 appendix B has it, with the TLVs.
 * - `text`: the same text, without the TLVs.
 * - `short`: without sub and dlvrd.
 * - `lower-case`: `stat:delivrd`.
 * - `spaced`: `stat: DELIVRD err: 000`.
 * - `four-digits`: `err:0000`.
 * - `seconds`: dates of twelve digits.
 * - `ucs2`: the text in UTF-16BE, data_coding 8.
 * - `labelled`: the text in ASCII, and data_coding 8 all the same.
 * - `no-class`: standard, but esm_class says that it is a text from a phone.
 * - `tlvs`: the TLVs and no text.
 */
export const receiptFormats = [
  'standard',
  'text',
  'short',
  'lower-case',
  'spaced',
  'four-digits',
  'seconds',
  'ucs2',
  'labelled',
  'no-class',
  'tlvs',
] as const

export type ReceiptFormat = (typeof receiptFormats)[number]

/** What is odd about one message's receipt. */
export interface ReceiptManner {
  readonly format: ReceiptFormat
  /** Its number's id in the other case and with zeros in front. */
  readonly idVaried: boolean
  /** Reports a state before the final one. */
  readonly intermediate: boolean
}

const plain: ReceiptManner = { format: 'standard', idVaried: false, intermediate: false }

/** Decides for each message how its receipt is written. */
export class ReceiptManners {
  readonly #random: Prng
  readonly #format: ReceiptFormat | 'mixed'
  readonly #variedIds: number
  readonly #always: ReceiptManner | undefined

  /** @param variedIds share of receipts whose id is written in another way. */
  constructor(format: ReceiptFormat | 'mixed', variedIds: number, random: Prng) {
    this.#random = random
    this.#format = format
    this.#variedIds = variedIds
    if (format !== 'mixed' && variedIds === 0) this.#always = format === 'standard' ? plain : { ...plain, format }
  }

  draw(): ReceiptManner {
    if (this.#always !== undefined) return this.#always
    const format = this.#format === 'mixed' ? this.#random.pick(receiptFormats) : this.#format
    return { format, idVaried: this.#random.next() < this.#variedIds, intermediate: false }
  }
}
