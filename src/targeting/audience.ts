import type { Region } from '../geo/region.ts'
import { Union } from '../geo/union.ts'
import type { Choice, Population } from '../store/audience/choice.ts'
import type { Reach } from '../store/audience/linked.ts'
import type { PeopleRange } from '../store/audience/people-ranges.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { residentRanges, roamerRanges } from './zone-ranges.ts'

/**
 * A way to find people. What one finds no other does, but for `holders`, and for numbers that are in both populations: the unique key
 * of messages decides there, and counting takes them off.
 */
export type Source =
  /** Who may have the text of a broadcast that is corrected. */
  | { readonly kind: 'holders'; readonly broadcastId: number }
  /** Who may be in one of these countries, by a network that serves several. */
  | { readonly kind: 'perhaps'; readonly countries: readonly string[] }
  /** Who is in a country from which a region is cut off. */
  | { readonly kind: 'part'; readonly population: Population; readonly country: string }
  /** Who is in a country that is meant as a whole, or its unplaced. */
  | {
      readonly kind: 'country'
      readonly population: Population
      readonly country: string
      readonly which: 'all' | 'unplaced'
    }
  /** Who is in the drawn part of the zone; `country`: who is reported there, and in a part of it. */
  | {
      readonly kind: 'placed'
      readonly population: Population
      readonly ranges: readonly PeopleRange[]
      readonly country?: string
    }
  /** The numbers that are looked at one by one, person by person. */
  | { readonly kind: 'linked'; readonly reach: Reach }

export interface AudienceOptions {
  /** About how many cells may cover a region: some thousand. */
  readonly cellsFor?: (region: Region) => number
  /** Who is surely inside is told apart from who may not be, also where the rule has both. */
  readonly toldApart?: boolean
}

const populations: readonly Population[] = ['residents', 'roamers']

/** Whom the rules have at all. */
export const populationsOf = ({ rules }: Pick<AudiencePlan, 'rules'>): readonly Population[] =>
  populations.filter((population) => rules.populations?.includes(population) ?? true)

/** The sources of an audience, always in the same order: a walk that was cut off goes on by their numbers. */
export function sourcesOf(plan: AudiencePlan, options: AudienceOptions = {}): Source[] {
  const { corrected, countries, touched, rules } = plan
  const both = populationsOf(plan)
  const each = <T>(list: readonly T[], of: (population: Population, one: T) => Source) =>
    list.flatMap((one) => both.map((population) => of(population, one)))
  const partly = cutCountries(plan)
  const unplacedOf = touched.filter((country) => !partly.includes(country))
  const perhaps = [...countries, ...touched]
  return [
    ...corrected.map((broadcastId): Source => ({ kind: 'holders', broadcastId })),
    ...each(countries, (population, country) => ({ kind: 'country', population, country, which: 'all' })),
    ...each(partly, (population, country) => ({ kind: 'part', population, country })),
    ...placedSources(plan, both, options),
    ...(rules.unplaced === 'include'
      ? each(unplacedOf, (population, country) => ({ kind: 'country', population, country, which: 'unplaced' }))
      : []),
    ...(perhaps.length > 0 && both.includes('roamers') ? [{ kind: 'perhaps' as const, countries: perhaps }] : []),
    ...(isByPerson(plan) ? [{ kind: 'linked' as const, reach: reachOf(plan) }] : []),
  ]
}

function placedSources(
  plan: AudiencePlan,
  both: readonly Population[],
  { cellsFor = () => 1000, toldApart = false }: AudienceOptions,
): Source[] {
  const uncertain = plan.rules.uncertain ?? 'centre'
  return placedRegions(plan).flatMap(({ region, country }) => {
    const maxCells = cellsFor(region)
    return both.map((population): Source => {
      const ranges =
        population === 'residents'
          ? residentRanges(region, maxCells)
          : roamerRanges(region, maxCells, uncertain, toldApart)
      return { kind: 'placed', population, ranges, ...(country === undefined ? {} : { country }) }
    })
  })
}

/** The drawn part of the zone; and for each country of which regions are meant these, and the drawn part with them. */
export function placedRegions({ zone, parts }: AudiencePlan): { region: Region; country?: string }[] {
  const cut = cutCountries({ parts })
  const within = new Set(parts.flatMap((part) => (cut.includes(part.iso2) ? [] : [part.iso2])))
  const drawn = zone ? [zone] : []
  return [
    ...drawn.map((region) => ({ region })),
    ...[...within].map((country) => {
      const regions = parts.filter(({ iso2 }) => iso2 === country).map(({ region }) => region)
      return { region: new Union([...drawn, ...regions]), country }
    }),
  ]
}

/** Countries from which regions are cut off: their people are looked at one by one. */
export const cutCountries = ({ parts }: Pick<AudiencePlan, 'parts'>): string[] => [
  ...new Set(parts.filter(({ cut }) => cut).map(({ iso2 }) => iso2)),
]

/** Whether a person of several numbers is told on one of them. */
export const isByPerson = ({ rules }: Pick<AudiencePlan, 'rules'>): boolean => rules.numbers === 'last-seen'

/** What of a population a source may choose. */
export function choiceOf(
  plan: AudiencePlan,
  population: Population,
  source: { readonly kind: Source['kind']; readonly country?: string },
): Choice {
  const { rules, at, countries, parts } = plan
  const since = (hours: number | undefined) =>
    hours === undefined ? undefined : new Date(at.getTime() - hours * 3_600_000)
  const anywhere = source.kind === 'placed' && source.country === undefined
  return {
    population,
    languages: rules.languages,
    missions: rules.missions,
    homeNetworks: rules.homeNetworks,
    seenSince: since(rules.seenMaxAgeHours),
    placedSince: since(rules.placeMaxAgeHours),
    withoutLinked: isByPerson(plan),
    onlyIn: source.kind === 'placed' ? source.country : undefined,
    notIn: anywhere ? [...countries, ...parts.map((part) => part.iso2)] : [],
    notPerhapsIn: anywhere ? countries : [],
  }
}

/** Beyond all that is indexed nobody is concerned. */
export function reachOf(plan: AudiencePlan): Reach {
  const { countries, parts, touched, zone, rules } = plan
  const ranges = zone ? roamerRanges(zone, 200, rules.uncertain ?? 'centre', false) : []
  return {
    countries: [...new Set([...countries, ...parts.map((part) => part.iso2), ...touched])],
    cells: { from: ranges[0]?.from ?? 0, to: ranges.at(-1)?.to ?? -1 },
  }
}
