import { type Language, languageOf, type Values, valuesOf } from './fields.ts'
import type { LevelThere } from './levels.ts'
import type { EntrySources } from './model.ts'

/** What an area may be, and how it is called. */
export interface Areas {
  /** ISO 3166-1 alpha-2 of all countries. */
  readonly countries: readonly string[]
  readonly isRegion: (area: string) => boolean
  readonly nameOf: (country: string, language: Language) => string
}

/** What texts are checked against. */
export interface Ground extends Areas {
  readonly sources: EntrySources
  /** Countries that come into question together, because networks serve them all. */
  readonly together: readonly (readonly string[])[]
  /** The most segments in which a carrier writes the text. @throws Problem where one cannot */
  readonly segmentsOf: (text: string) => number
}

/** Where a text may be used: one country, or several in one of which somebody is. */
export type Place = readonly string[]

/** Where a template of the area may be used. */
export function placesOf(area: string, { sources, countries, together }: Ground): Place[] {
  const withMission = new Set(sources.missions.map(({ country }) => country))
  if (area === '*') return countries.filter((country) => withMission.has(country)).map((country) => [country])
  // It also stands in where a text of the country, or of all with a mission, has a gap or is not there.
  if (area === '**') return [...everywhere(countries), ...together]
  return [[area.slice(0, 2)]]
}

/** Where a campaign may be told. */
export function placesOfAll(areas: readonly string[], { countries, together }: Ground): Place[] {
  if (areas.includes('*')) return [...everywhere(countries), ...together]
  const own = new Set(areas.map((area) => area.slice(0, 2)))
  const meant = (place: Place) => place.every((country) => areas.includes(country))
  return [...everywhere([...own]), ...together.filter(meant)]
}

const everywhere = (countries: readonly string[]): Place[] => countries.map((country) => [country])

/** What fields stand for there at their longest: with a sentence about parts. */
export function valuesAt(place: Place, language: string, here: Omit<LevelThere, 'ids'>, ground: Ground): Values {
  const { sources, nameOf } = ground
  const single = place.length === 1
  const about = {
    country: place.map((country) => nameOf(country, languageOf(language))).join('/'),
    mission: single ? sources.missions.find(({ country }) => country === place[0]) : undefined,
    emergency: single ? sources.emergency.find(({ country }) => country === place[0]) : undefined,
    // Of several countries a level is told only where it is that of all, and of no parts.
    here: single ? here : { ...here, regional: false },
    parts: { level: single ? 4 : null, special: false },
  } as const
  return valuesOf(about, languageOf(language))
}
