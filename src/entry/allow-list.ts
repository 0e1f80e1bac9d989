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
  const plain = text.normalize('NFKC').replace(urls, (url) => {
    if (!hosts.some((host) => isBelow(hostOf(url), host))) found.push(url)
    return ' '
  })
  for (const [run] of plain.replace(amounts, ' ').matchAll(runs)) found.push(...dialled(run.split(' '), numbers))
  return found
}

/** Pieces that are neither part of an allowed number, which may be written with spaces, nor harmless. */
function dialled(pieces: readonly string[], numbers: ReadonlySet<string>): string[] {
  const found: string[] = []
  for (let i = 0; i < pieces.length; ) {
    let end = pieces.length
    while (end > i && !numbers.has(digits(pieces.slice(i, end).join('')))) end--
    if (end > i) i = end
    else {
      const piece = pieces[i++] as string
      if (!harmless.test(piece)) found.push(piece)
    }
  }
  return found
}

/** With a scheme, or a bare name of letters that a telephone makes a link of. */
const urls =
  /\b[a-z][a-z0-9+.-]*:\/\/\S+|\bwww\.\S+|(?:[\p{L}\p{N}-]+\.)+(?:[a-z]{2,}|한국)(?![a-z])(?::\d+)?(?:\/\S*)?/giu
/** 5,000, and figures with a unit. */
const amounts = /\d{1,3}(?:,\d{3})+|\d+(?=\s?(?:%|km\b|m\b|명|건|원|미터|달러))/g
/** Digits with what stands between those of one number. */
const runs = /\+?\p{Nd}(?:[ ()./·~\p{Pd}]{0,2}\p{Nd})*/gu
/** Days, hours, years and dates; of one or two digits nothing is taken for a number to dial. */
const harmless = /^(?:[0-9]{1,2}(?:[-./~–][0-9]{1,2})?|(?:19|20)[0-9]{2}(?:[-./][0-9]{1,2}){0,2})[().\-/]*$/

const digits = (number: string) => number.replace(/\D/g, '')

function hostOf(url: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `https://${url}`
  return URL.canParse(absolute) ? new URL(absolute).hostname : ''
}

const isBelow = (host: string, allowed: string) => host === allowed || host.endsWith(`.${allowed}`)
