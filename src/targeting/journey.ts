import type { RoamingNotification } from '../subscribers/notification.ts'
import { isWithin, type Told } from './told.ts'

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
  /** BCP 47, as last reported; null: never. Entry texts are in it; alerts do not ask for it (`Choice`). */
  readonly language: string | null
  readonly place: {
    readonly lon: number
    readonly lat: number
    readonly radiusM: number | null
    readonly at: Date
  } | null
  /**
   * Where he was before that (`countryKey`), and when he was found not to be there any more. Of two countries that he left within minutes it
   * is the one whose texts he would get again if he came back (`leftBehind`).
   */
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
  /** By the policy of where he is. */
  readonly stayRulesOf: (where: Pick<Whereabouts, 'countries' | 'place'>) => StayRules
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
 * @param told which texts the subscriber last got of a place, or will when they are due, if that is not too long ago to be remembered.
 */
export function step(
  before: Whereabouts | undefined,
  event: RoamingNotification,
  told: (countries: readonly string[]) => Told | undefined,
  rules: JourneyRules,
): Step {
  if (before && event.at < before.seenAt) return { outcome: 'out-of-order', now: undefined }
  const hplmn = event.hplmn ?? before?.hplmn ?? null
  const language = event.language ?? before?.language ?? null
  const base = { hplmn, vplmn: event.vplmn ?? null, language, seenAt: event.at }
  const was = before?.countries ?? []
  if (event.event === 'leave') {
    // He left where he is not: the entry elsewhere was believed already.
    const elsewhere = before && event.countries.length > 0 && !event.countries.some((country) => was.includes(country))
    if (elsewhere) return { outcome: 'left', now: undefined }
    const left = leftBehind(before, event, told, rules)
    return { outcome: 'left', now: { ...base, countries: [], enteredAt: null, place: null, left } }
  }
  // A network that serves several countries says less than what is known, or now more than before: he is where he was.
  const here = isWithin(was, event.countries)
  const surer = !here && isWithin(event.countries, was) && wasTold(before, event, told, rules)
  const stays = here || surer
  const place =
    event.lon === undefined || event.lat === undefined
      ? null
      : { lon: event.lon, lat: event.lat, radiusM: event.radiusM ?? null, at: event.at }
  const now: Whereabouts = {
    ...base,
    countries: here ? was : event.countries,
    enteredAt: stays ? (before?.enteredAt ?? event.at) : event.countries.length > 0 ? event.at : null,
    // Within one country a place stays known until a newer one comes; across a border it says nothing any more.
    place: place ?? (here ? (before?.place ?? null) : null),
    left: stays ? (before?.left ?? null) : leftBehind(before, event, told, rules),
  }
  if (event.countries.length === 0) return { outcome: 'no-country', now }
  if (rules.homesOf(hplmn).some((home) => event.countries.includes(home))) {
    return { outcome: 'home', now: { ...now, countries: [], enteredAt: null, place: null } }
  }
  if (stays) return { outcome: 'already-here', now }
  const { coolDownMs, returnMs } = rules.stayRulesOf(now)
  const back = backIn(before, event, returnMs)
  const toldThere = back && told(back)
  // He is there since he was told of it: a ship's network in between, or the neighbour's, ends no stay.
  if (toldThere) return { outcome: 'returned', now: { ...now, countries: back, enteredAt: toldThere.at } }
  const last = told(event.countries)
  if (last && event.at.getTime() - last.at.getTime() < coolDownMs) return { outcome: 'cool-down', now }
  return { outcome: 'entered', now }
}

/** Whether he was told where he is in this stay, or so shortly before it that nothing was to be told. */
function wasTold(
  before: Whereabouts | undefined,
  { countries }: RoamingNotification,
  told: (countries: readonly string[]) => Told | undefined,
  { stayRulesOf }: JourneyRules,
): boolean {
  const last = told(countries)
  if (!last || !before?.enteredAt) return false
  return before.enteredAt.getTime() - last.at.getTime() < stayRulesOf(before).coolDownMs
}

/** The country that he left less than that ago, if it may be where he is: its network, or another, may say more of it now, or less. */
function backIn(
  before: Whereabouts | undefined,
  { countries, at }: RoamingNotification,
  returnMs: number,
): readonly string[] | undefined {
  const left = before?.left
  if (!left || at.getTime() - left.at.getTime() >= returnMs) return undefined
  const were = left.country.split('/')
  if (isWithin(countries, were)) return countries
  return isWithin(were, countries) ? were : undefined
}

/**
 * What is remembered of where he was, when he is not there any more. There is room for one country: where he was for a moment on a trip from
 * elsewhere, and whose cool-down would keep its texts from him anyhow, does not make it forgotten that he may be back there at once.
 */
function leftBehind(
  before: Whereabouts | undefined,
  { at, countries }: RoamingNotification,
  told: (countries: readonly string[]) => Told | undefined,
  { stayRulesOf }: JourneyRules,
): Whereabouts['left'] {
  const older = before?.left ?? null
  const wasIn = countryKey(before?.countries ?? [])
  if (!before || wasIn === null) return older
  const newer = { country: wasIn, at }
  if (older === null || older.country === wasIn) return newer
  const olderCountries = older.country.split('/')
  // Who is back there needs it no more.
  if (isWithin(countries, olderCountries)) return newer
  const { coolDownMs, returnMs } = stayRulesOf(before)
  const last = told(before.countries)
  const needed = last && (last.waits || last.at.getTime() + coolDownMs < at.getTime() + returnMs)
  if (needed || !told(olderCountries)) return newer
  const ago = at.getTime() - older.at.getTime()
  return ago < stayRulesOf({ countries: olderCountries, place: null }).returnMs ? older : newer
}

export function sameCountries(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((country) => b.includes(country))
}
