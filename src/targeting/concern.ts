import { UNKNOWN_LANGUAGE } from '../alerts/rules.ts'
import { Complement } from '../geo/complement.ts'
import type { Region } from '../geo/region.ts'
import { Union } from '../geo/union.ts'
import type { MessageReason } from '../store/states.ts'
import type { ZonePlan } from './audience-plan.ts'

/** Somebody whom an alert may concern: what is known of him now. */
export interface Person {
  readonly population: 'residents' | 'roamers'
  /** ISO 3166-1 alpha-2; several where his network serves several, none at sea. */
  readonly countries: readonly string[]
  readonly language: string | null
  /** Of a roamer: his home network. */
  readonly hplmn: string | null
  /** Of a resident: where he is registered. */
  readonly mission: string | null
  readonly place: Place | null
  /** Of a roamer: when he was last heard of. */
  readonly seenAt: Date | null
}

export interface Place {
  readonly lon: number
  readonly lat: number
  /** Uncertainty in metres; null: exact. */
  readonly radiusM: number | null
  /** When he was there; null: he lives there. */
  readonly at: Date | null
}

/** A place that is less exact says no more than the country: the people are unplaced. */
export const maxUncertaintyM = 50_000

/** Where somebody is to the zone: in a country that is meant as a whole, surely inside, inside or not, or known by country only. */
export type Standing = 'country' | 'inside' | 'ring' | 'unplaced'

/** Why somebody is not told; said to whoever asks (`explain`), and counted in the preview where it is a rule's doing. */
export type Because =
  | 'population'
  | 'language'
  | 'mission'
  | 'home-network'
  | 'not-seen-lately'
  | 'elsewhere'
  | 'uncertain-place'
  | 'unplaced'

export type Concern =
  | {
      readonly told: true
      readonly standing: Standing
      readonly reason: MessageReason
      /** That he is told for; null: several come into question. */
      readonly country: string | null
    }
  | { readonly told: false; readonly because: Because }

const not = (because: Because): Concern => ({ told: false, because })

/**
 * Whether an alert concerns somebody, and why. Where no number of people is to be gone through this is what decides: for late
 * entrants, for those who are looked at one by one, and for `explain`; selection in the database gives the same answers.
 */
export function concernOf(plan: ZonePlan, person: Person): Concern {
  const left = leftOut(plan, person)
  if (left) return not(left)
  const { countries, population } = person
  const one = population === 'residents' ? 'resident' : 'roamer'
  const told = (standing: Standing, country: string | null): Concern => ({
    told: true,
    standing,
    reason: placeOf(plan, person) === null ? `${one}-unplaced` : one,
    country,
  })
  const certain = countries.length === 1 ? (countries[0] as string) : null
  const whole = countries.find((country) => plan.countries.includes(country))
  if (whole !== undefined) return told('country', whole)
  const place = placeOf(plan, person)
  if (place === null) {
    const unplaced = countries.find((country) => plan.touched.includes(country))
    if (unplaced === undefined) return not('elsewhere')
    return plan.rules.unplaced === 'include' ? told('unplaced', unplaced) : not('unplaced')
  }
  const standing = standingAt(plan, place, certain)
  if (standing === 'inside' || standing === 'ring') return told(standing, certain)
  return not(standing)
}

/** The place that counts: not too old by the rule, and exact enough to say more than the country. */
export function placeOf({ rules, at }: ZonePlan, { place }: Person): Place | null {
  if (place === null || (place.radiusM ?? 0) > maxUncertaintyM) return null
  const { placeMaxAgeHours } = rules
  if (placeMaxAgeHours === undefined || place.at === null) return place
  return place.at.getTime() < at.getTime() - placeMaxAgeHours * 3_600_000 ? null : place
}

/** The rules that look at no place. */
function leftOut({ rules, at }: ZonePlan, person: Person): Because | undefined {
  const { population, language, mission, hplmn, seenAt } = person
  if (rules.populations && !rules.populations.includes(population)) return 'population'
  if (rules.languages && !rules.languages.includes(primary(language))) return 'language'
  if (population === 'residents') return rules.missions?.includes(mission ?? '') === false ? 'mission' : undefined
  if (rules.homeNetworks?.includes(hplmn ?? '') === false) return 'home-network'
  if (rules.seenMaxAgeHours === undefined || seenAt === null) return undefined
  return seenAt.getTime() < at.getTime() - rules.seenMaxAgeHours * 3_600_000 ? 'not-seen-lately' : undefined
}

/** As the database has it: `split_part(lower(language), '-', 1)`. */
export const primary = (language: string | null): string =>
  language === null ? UNKNOWN_LANGUAGE : (language.toLowerCase().split('-')[0] as string)

/** How a place that counts stands to the drawn part of the zone, and to the parts of the country that is reported. */
export function standingAt(
  plan: ZonePlan,
  place: Place,
  country: string | null,
): 'inside' | 'ring' | 'elsewhere' | 'uncertain-place' {
  const { lon, lat } = place
  const radiusM = place.radiusM ?? 0
  const region = regionFor(plan, country)
  const centre = region.contains(lon, lat)
  if (radiusM === 0) return centre ? 'inside' : 'elsewhere'
  const nearBorder = region.borderDistanceM(lon, lat, radiusM, radiusM) !== undefined
  if (!nearBorder) return centre ? 'inside' : 'elsewhere'
  const { uncertain } = plan.rules
  if (uncertain === 'include' || (centre && uncertain !== 'exclude')) return 'ring'
  return 'uncertain-place'
}

const regions = new WeakMap<ZonePlan, Map<string | null, Region>>()

/**
 * What is meant of a country: the drawn part of the zone and its own parts, as one. A border that two of them have in common is
 * none: who is near it is in one or the other.
 */
function regionFor(plan: ZonePlan, country: string | null): Region {
  let known = regions.get(plan)
  if (!known) {
    known = new Map()
    regions.set(plan, known)
  }
  let region = known.get(country)
  if (!region) {
    const parts = plan.parts.filter(({ iso2 }) => iso2 === country)
    const drawn: Region[] = plan.zone ? [plan.zone] : []
    if (parts.length === 0 && country !== null) region = regionFor(plan, null)
    else region = new Union([...drawn, ...parts.map((one) => (one.cut ? new Complement(one.region) : one.region))])
    known.set(country, region)
  }
  return region
}
