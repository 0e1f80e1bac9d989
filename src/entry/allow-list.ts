import { callCentre } from './call-centre.ts'
import type { EntrySources } from './model.ts'

/** What a text may name by itself, besides its fields. */
export interface Allowed {
  /** Digits only. */
  readonly numbers: ReadonlySet<string>
  readonly hosts: readonly string[]
}

/**
 * The call centre's number, and those of missions and emergency services that are right in every one of the countries: the number
 * of one embassy is wrong in a text for two countries.
 *
 * @param countries undefined: everywhere
 */
export function allowedIn(countries: readonly string[] | undefined, sources: EntrySources): Allowed {
  const { missions, emergency, hosts } = sources
  const numbersOf = (country: string) => {
    const own = emergency.find((one) => one.country === country)
    return [
      ...missions.filter((mission) => mission.country === country).map(({ phone }) => digits(phone)),
      ...(own ? [own.police, own.ambulance, own.fire] : []),
    ]
  }
  const [first, ...more] = (countries ?? []).map((country) => new Set(numbersOf(country)))
  const common = [...(first ?? [])].filter((number) => more.every((others) => others.has(number)))
  return { numbers: new Set([digits(callCentre), ...common]), hosts }
}

/** Numbers that somebody could dial and addresses that somebody could open, but that are not allowed; as they stand in the text. */
export function notAllowed(text: string, { numbers, hosts }: Allowed): string[] {
  const found: string[] = []
  // Full-width digits and dots are read as what they look like.
  let plain = text.normalize('NFKC').replace(urls, (url) => {
    if (!hosts.some((host) => isBelow(hostOf(url), host))) found.push(url)
    return gap
  })
  for (const figures of [times, dates, amounts]) plain = plain.replace(figures, gap)
  for (const [run] of plain.matchAll(runs)) found.push(...dialled(run.split(/ +/), numbers))
  return found
}

/** Pieces that are neither part of an allowed number, which may be written with spaces, nor harmless, alone and together. */
function dialled(pieces: readonly string[], numbers: ReadonlySet<string>): string[] {
  const found: string[] = []
  let short: string[] = []
  // "99 88 77 66": a number in pairs, of which each by itself is harmless.
  const endStretch = () => {
    if (short.length > 2 || digits(short.join('')).length > 4) found.push(short.join(' '))
    short = []
  }
  for (let i = 0; i < pieces.length; ) {
    let end = pieces.length
    while (end > i && !numbers.has(digits(pieces.slice(i, end).join('')))) end--
    if (end > i) {
      i = end
      endStretch()
      continue
    }
    const piece = (pieces[i++] as string).replace(/^[^\p{Nd}+]+/u, '')
    if (harmless.test(piece)) short.push(piece)
    else {
      endStretch()
      found.push(piece)
    }
  }
  endStretch()
  return found
}

/** Stands where something was taken out; it joins no figures. */
const gap = ' | '
/** With a scheme, or a bare name of letters that a telephone makes a link of. */
const urls =
  /\b[a-z][a-z0-9+.-]*:\/\/\S+|\bwww\.\S+|(?:[\p{L}\p{N}-]+\.)+(?:[a-z]{2,}|한국)(?![a-z])(?::\d+)?(?:\/\S*)?/giu
/** 22:00; of 01:47:53:01:01 nothing. */
const times = /(?<![\d:])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])/g
const day = String.raw`(?:0?[1-9]|1[0-2])[./-] ?(?:0?[1-9]|[12]\d|3[01])(?!\d)\.?`
const year = String.raw`(?:19|20)\d\d[./-] ?`
/** 2026-11-22 and "2026. 11. 22.", up to another day; 11/22~12/1. */
const dates = new RegExp(
  String.raw`(?<!\d|\d[ ./-])(?:${year}${day}(?: ?[~–-] ?(?:${year})?${day})?|${day} ?[~–] ?${day})(?!\d|[./-]\d)`,
  'g',
)
/** 5,000, and figures with a unit; of "010 1234 5678원" and "0100000999원" nothing, and "0404 원하시면" is no money. */
const amounts =
  /\d{1,3}(?:,\d{3})+|(?<![\d+]|\d[ .-])(?!0\d)\d{1,8}(?:\.\d+)?(?=\s?(?:%|km\b|m\b|명|건|원(?![하활칙래])|미터|달러))|(?<!\d)\d{1,2}(?=\s?(?:월|일|시|분|개|회|단계))/g
/** Digits with what stands between those of one number. */
const runs = /\+?\p{Nd}(?:[ ()./:·~\p{Pd}]{0,2}\p{Nd})*/gu
/** Days, hours, years and dates; of one or two digits nothing is taken for a number to dial. */
const harmless = /^(?:[0-9]{1,2}(?:[-./:~–][0-9]{1,2})?|(?:19|20)[0-9]{2}(?:[-./][0-9]{1,2}){0,2})[().\-/]*$/

const digits = (number: string) => number.replace(/\D/g, '')

function hostOf(url: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`
  return URL.canParse(absolute) ? new URL(absolute).hostname : ''
}

const isBelow = (host: string, allowed: string) => host === allowed || host.endsWith(`.${allowed}`)
