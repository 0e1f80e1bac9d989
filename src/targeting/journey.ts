import type { RoamingNotification } from '../subscribers/notification.ts'

/** ISO 3166-1 alpha-2; several candidates joined by `/`; null: none. */
export function countryKey(countries: readonly string[]): string | null {
  const [first, ...more] = countries
  if (first === undefined) return null
  return more.length === 0 ? first : countries.toSorted().join('/')
}

/** Where a roamer is, as far as the believed events tell. */
export interface Whereabouts {
  /** ISO 3166-1 alpha-2; several where his network serves several; none at home, at sea or unknown. */
  readonly countries: readonly string[]
  readonly enteredAt: Date | null
  readonly seenAt: Date
  readonly hplmn: string | null
  readonly vplmn: string | null
  readonly place: {
    readonly lon: number
    readonly lat: number
    readonly radiusM: number | null
    readonly at: Date
  } | null
  /** Where he was before that (`countryKey`), and when he was found not to be there any more. */
  readonly left: { readonly country: string; readonly at: Date } | null
}

/** What became of a notification: it made entry texts, or it did not, for one reason. */
export type EventOutcome =
  | 'sent'
  | 'waits' // his texts are not due yet; it will be `sent` or one of the others
  | 'duplicate' // the same event came before
  | 'out-of-order' // a later event had been believed already
  | 'left'
  | 'already-here' // no new entry: he was in this country
  | 'home' // the country of his own network
  | 'no-country' // ships, aircraft, satellites
  | 'returned' // he was away for minutes, from a country that he was told of: networks that alternate at a border
  | 'cool-down' // he got this country's text a short while ago
  | 'transit' // he was gone before his stay was long enough to be one
  | 'left-before' // he was gone before his texts were due
  | 'policy-off' // nobody is told who enters there
  | 'too-late' // the entry was reported when its text was of no use any more
  | 'no-text' // nothing is to be told of this country
  | 'opted-out' // he asked for no more texts
  | 'no-route' // no carrier reaches him

export interface JourneyRules {
  /** Countries of a home network; null: it was not reported. */
  readonly homesOf: (hplmn: string | null) => readonly string[]
  /** By the policy of where he is now. */
  readonly stayRulesOf: (now: Whereabouts) => StayRules
}

export interface StayRules {
  /** Within this time nobody gets the same country's text again: there and back in a day. */
  readonly coolDownMs: number
  /** Who comes back to the country that he left no longer ago has not entered it, however often, and for however many days. */
  readonly returnMs: number
}

/** What is decided of somebody who entered a country; of all others the steps of their journeys tell. */
export type EntryOutcome = Extract<
  EventOutcome,
  'sent' | 'waits' | 'policy-off' | 'too-late' | 'no-text' | 'opted-out' | 'no-route'
>

export interface Step {
  /** `entered`: entry texts are due, if there are texts and a way. */
  readonly outcome:
    | 'entered'
    | Extract<EventOutcome, 'out-of-order' | 'left' | 'already-here' | 'home' | 'no-country' | 'returned' | 'cool-down'>
  /** What is known afterwards; undefined where the event changes nothing. */
  readonly now: Whereabouts | undefined
}

/**
 * What one notification does to what is known of its subscriber. Time is the event's own: an event older than the last believed
 * one changes nothing, however late it comes.
 *
 * @param lastTextAt the entry for which the subscriber last got the texts of these countries, or will when they are due, if that is not
 * too long ago to be remembered.
 */
export function step(
  before: Whereabouts | undefined,
  event: RoamingNotification,
  lastTextAt: Date | undefined,
  rules: JourneyRules,
): Step {
  if (before && event.at < before.seenAt) return { outcome: 'out-of-order', now: undefined }
  const hplmn = event.hplmn ?? before?.hplmn ?? null
  const base = { hplmn, vplmn: event.vplmn ?? null, seenAt: event.at }
  const was = before?.countries ?? []
  const wasIn = countryKey(was)
  const left = wasIn === null ? (before?.left ?? null) : { country: wasIn, at: event.at }
  if (event.event === 'leave') {
    // He left where he is not: the entry elsewhere was believed already.
    const elsewhere = before && event.countries.length > 0 && !event.countries.some((country) => was.includes(country))
    return {
      outcome: 'left',
      now: elsewhere ? undefined : { ...base, countries: [], enteredAt: null, place: null, left },
    }
  }
  const here = was.length > 0 && (sameCountries(was, event.countries) || saysLess(was, event.countries))
  const place =
    event.lon === undefined || event.lat === undefined
      ? null
      : { lon: event.lon, lat: event.lat, radiusM: event.radiusM ?? null, at: event.at }
  const now: Whereabouts = {
    ...base,
    countries: here ? was : event.countries,
    enteredAt: here ? (before?.enteredAt ?? event.at) : event.countries.length > 0 ? event.at : null,
    // Within one country a place stays known until a newer one comes; across a border it says nothing any more.
    place: place ?? (here ? (before?.place ?? null) : null),
    left: here ? (before?.left ?? null) : left,
  }
  if (event.countries.length === 0) return { outcome: 'no-country', now }
  if (rules.homesOf(hplmn).some((home) => event.countries.includes(home))) {
    return { outcome: 'home', now: { ...now, countries: [], enteredAt: null, place: null, left } }
  }
  if (here) return { outcome: 'already-here', now }
  if (!lastTextAt) return { outcome: 'entered', now }
  const { coolDownMs, returnMs } = rules.stayRulesOf(now)
  // He is there since he was told of it: a ship's network in between, or the neighbour's, ends no stay.
  if (cameBack(before, event, returnMs)) return { outcome: 'returned', now: { ...now, enteredAt: lastTextAt } }
  if (event.at.getTime() - lastTextAt.getTime() < coolDownMs) return { outcome: 'cool-down', now }
  return { outcome: 'entered', now }
}

function cameBack(before: Whereabouts | undefined, { countries, at }: RoamingNotification, returnMs: number): boolean {
  const left = before?.left
  return !!left && left.country === countryKey(countries) && at.getTime() - left.at.getTime() < returnMs
}

export function sameCountries(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((country) => b.includes(country))
}

/** A network that serves several countries, one of which he is known to be in. */
function saysLess(was: readonly string[], reported: readonly string[]): boolean {
  return reported.length > was.length && was.every((country) => reported.includes(country))
}
