import countries from 'i18n-iso-countries/index.js'
import { alpha2OfNumeric, isCountry } from '../geo/iso3166.ts'
import type { Shape } from '../geo/zone.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Alert, Area, NamedValue } from './model.ts'

/** valueName of the geocode that names a zone of the zone library: its value is the zone's id. */
export const ZONE_GEOCODE = 'bongsu:zone'

/** valueName that we write for a whole country: alpha-2. */
export const COUNTRY_GEOCODE = 'ISO 3166-1'

const countryNames = new Set(
  ['', 'alpha2', 'alpha3', 'numeric']
    .flatMap((form) => [`iso3166${form}`, `iso31661${form}`])
    .concat('country', 'countrycode'),
)

/** True for the names under which ISO 3166 codes are found in the wild: `ISO 3166-1`, `ISO3166-1-alpha-2`, `country`, ISO's page. */
function saysIso3166(valueName: string): boolean {
  const plain = valueName.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return countryNames.has(plain) || plain === 'iso31662' || plain.endsWith('isoorgisocountrycodeshtml')
}

/** The country (ISO 3166-1 alpha-2) that a geocode lies in, and whether it means all of it: `AU-NSW` is in AU, but not all of AU. */
export function countryOf({ valueName, value }: NamedValue): { iso2: string; whole: boolean } | undefined {
  if (!saysIso3166(valueName)) return undefined
  const code = value.trim().toUpperCase()
  const [country = '', ...part] = code.split('-')
  const iso2 = /^\d{3}$/.test(country)
    ? alpha2OfNumeric(country)
    : country.length === 3
      ? countries.alpha3ToAlpha2(country)
      : country
  return iso2 !== undefined && isCountry(iso2) ? { iso2, whole: part.length === 0 } : undefined
}

/**
 * What an area covers. Shapes count where there are any. Geocodes alone count only where each of them is a whole country: one that
 * is not known to us could narrow it, and then the country would be more than was meant. Otherwise nothing.
 */
export function areaShapes(area: Area): Shape[] {
  if (area.shapes.length > 0) return area.shapes
  const found = area.geocode.map(countryOf)
  return found.every((country) => country?.whole)
    ? found.map((country) => ({ kind: 'country', iso2: (country as { iso2: string }).iso2 }))
    : []
}

/** The zone of an alert: every different shape of every info, once. */
export function zoneShapes(alert: Alert): Shape[] {
  return distinct(alert.infos.flatMap((info) => info.areas.flatMap(areaShapes)))
}

/** Shapes without repetitions, in order of first appearance. */
export function distinct(shapes: readonly Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [canonicalJson(shape), shape])).values()]
}
