import { UNKNOWN_LANGUAGE } from '../alerts/rules.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Population } from '../store/audience/choice.ts'
import type { Counted } from './audience-sum.ts'
import { primary } from './concern.ts'
import type { RouteNumbers } from './route-numbers.ts'
import { unitsOf, type Writing } from './writings.ts'

/** Where nobody reaches them, or they refuse. */
export const noRoute = 'none'

export interface CarrierSum {
  messages: number
  segments: number
  /** What its contract counts. */
  units: number
}

/** An audience added up in each way that a preview shows. */
export interface PreviewSums {
  readonly byReason: Record<string, number>
  readonly byCountry: Record<string, number>
  readonly byPopulation: Record<Population, number>
  readonly byLanguage: Record<string, number>
  readonly byStanding: Record<Counted['standing'], number>
  readonly byCarrier: Record<string, CarrierSum>
  /** Messages of each text, by its number less one. */
  readonly ofTexts: readonly number[]
}

/** @param texts how the carriers write each text */
export function sumUp(
  counted: readonly Counted[],
  texts: readonly Readonly<Record<string, Writing>>[],
  routes: RouteNumbers,
): PreviewSums {
  const sums = {
    byReason: {} as Record<string, number>,
    byCountry: {} as Record<string, number>,
    byPopulation: { residents: 0, roamers: 0 },
    byLanguage: {} as Record<string, number>,
    byStanding: { country: 0, inside: 0, ring: 0, unplaced: 0, holder: 0 },
    byCarrier: {} as Record<string, CarrierSum>,
    ofTexts: texts.map(() => 0),
  }
  for (const { group, standing, n } of counted) {
    const { reason, country, population, trait, route, variant } = group
    add(sums.byReason, reason, n)
    add(sums.byCountry, country ?? '', n)
    add(sums.byLanguage, population === 'residents' ? primary(trait) : UNKNOWN_LANGUAGE, n)
    sums.byPopulation[population] += n
    sums.byStanding[standing] += n
    const profile: CarrierProfile | undefined = route[0] === undefined ? undefined : routes.profileOf(route[0])
    const writing = profile && texts[variant - 1]?.[profile.id]
    const id = profile?.id ?? noRoute
    const sum = sums.byCarrier[id] ?? { messages: 0, segments: 0, units: 0 }
    sum.messages += n
    sum.segments += n * (writing?.segments ?? 0)
    sum.units += n * (writing ? unitsOf(profile, writing) : 0)
    sums.byCarrier[id] = sum
    if (profile) sums.ofTexts[variant - 1] = (sums.ofTexts[variant - 1] ?? 0) + n
  }
  // A group from which as many were taken off again as were in it is no group.
  for (const by of [sums.byReason, sums.byCountry, sums.byLanguage]) {
    for (const [key, n] of Object.entries(by)) if (n === 0) delete by[key]
  }
  for (const [id, { messages }] of Object.entries(sums.byCarrier)) if (messages === 0) delete sums.byCarrier[id]
  return sums
}

function add(to: Record<string, number>, key: string, n: number): void {
  to[key] = (to[key] ?? 0) + n
}
