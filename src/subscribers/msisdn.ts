import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min'
import { maskMsisdn } from '../lib/mask.ts'
import { Problem } from '../lib/problem.ts'

export interface ParsedMsisdn {
  /** E.164 digits without `+`, 7 to 15. */
  msisdn: string
  /** ISO 3166-1 alpha-2 of the numbering plan, where one country alone has it (+1 and +44 are shared). */
  country?: string
}

/**
 * Reads a telephone number as people write it: `+`, `00`, or bare international digits; spaces, dashes, dots and brackets are
 * dropped; full-width digits are read. With `defaultCountry` a national number (`090-1234-5678`) is taken too. Refuses what
 * that country's numbering plan does not know, and bare digits that are valid both ways with different meanings.
 */
export function parseMsisdn(raw: string, defaultCountry?: string): ParsedMsisdn {
  const text = raw.normalize('NFKC').replace(/[\s\u00ad\u200b-\u200f\u2060\ufeff().\-\u2010-\u2015/]/g, '')
  if (!/^\+?\d+$/.test(text)) {
    throw new Problem(
      'bad-msisdn',
      raw.trim() === '' ? 'The number is empty' : 'The number has more than digits in it',
      {
        hint: 'Write it in full, for example +81 90 1234 5678.',
      },
    )
  }
  const prefixed = text.startsWith('+') || text.startsWith('00')
  const international = read(`+${text.replace(/^\+|^00/, '')}`)
  const national = prefixed || defaultCountry === undefined ? undefined : read(text, defaultCountry as CountryCode)
  if (international && national && international.msisdn !== national.msisdn) {
    throw new Problem(
      'ambiguous-msisdn',
      `${maskMsisdn(text)} is a number of ${defaultCountry} and, with +, one abroad`,
      {
        hint: 'Write it with + and the country code.',
      },
    )
  }
  const found = international ?? national
  if (found) return found
  throw new Problem('bad-msisdn', `${maskMsisdn(text)} is not a number of any country's plan`, {
    hint:
      defaultCountry === undefined && !prefixed
        ? 'Write it with the country code, for example +81 90 1234 5678.'
        : 'A digit may be missing or too many.',
  })
}

function read(number: string, country?: CountryCode): ParsedMsisdn | undefined {
  const parsed = parsePhoneNumberFromString(number, country)
  if (!parsed?.isValid()) return undefined
  const msisdn = parsed.number.slice(1)
  return parsed.country === undefined ? { msisdn } : { msisdn, country: parsed.country }
}

/**
 * Reads a number that a carrier reports of its own subscriber: any E.164 number is believed, because numbering plans open
 * ranges faster than tables learn of them, and a refused number is a person not told.
 */
export function parseReportedMsisdn(raw: string, where: string): string {
  const digits = /^\+?([1-9]\d{6,14})$/.exec(raw)?.[1]
  if (digits === undefined) {
    throw new Problem('bad-msisdn', 'Not an E.164 number', {
      where,
      hint: 'Country code and number, 7 to 15 digits, with or without +.',
    })
  }
  return digits
}
