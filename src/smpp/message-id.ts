import { createHash } from 'node:crypto'

/** How an SMSC writes its message ids. */
export type IdForm = 'string' | 'hex' | 'decimal'

/** message_id has at most 64 characters (SMPP 3.4 §5.2.23). */
const longest = 64

/**
 * Brings an id to the form in which the response's and the receipt's can be compared: SMSCs give hexadecimal in one and
 * decimal in the other, drop leading zeros, change the case and go beyond 2^53. `hex` and `decimal` give the number in
 * decimal; what is no such number, and `string`, is taken as it is, without the white space around it. An id longer than SMPP
 * allows becomes its SHA-256 in hexadecimal: still the same in both, and never too long for an index of the database.
 */
export function normaliseId(id: string, form: IdForm): string {
  const text = id.trim()
  if (text.length > longest) return createHash('sha256').update(text).digest('hex')
  if (form === 'string') return text
  if (form === 'decimal') return /^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, '') : text
  const match = /^(?:0x)?([\da-f]+)$/i.exec(text)
  const digits = match?.[1]
  if (digits === undefined) return text.toLowerCase()
  return digits.length <= 13 ? String(Number.parseInt(digits, 16)) : BigInt(`0x${digits}`).toString()
}

/**
 * An id as the SMSC wrote it in its response, as far as the normalised one still tells: hexadecimal in capitals and without
 * leading zeros. For requests that name a message (query_sm, cancel_sm).
 */
export function writtenId(normalised: string, form: IdForm): string {
  return form === 'hex' && /^\d+$/.test(normalised) ? BigInt(normalised).toString(16).toUpperCase() : normalised
}
