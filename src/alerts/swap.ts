import { isComposition, type Shape } from '../geo/zone.ts'
import { countryOf } from './area.ts'
import type { Findings } from './findings.ts'
import type { Area } from './model.ts'
import { namedCountries } from './named-countries.ts'

/** The country (ISO 3166-1 alpha-2) of a place, degrees; undefined at sea. */
export type CountryHint = (lon: number, lat: number) => string | undefined

/** Vertices looked at per polygon: enough to meet land on a coast. */
const SAMPLES = 16

const hint = 'CAP writes latitude first, GeoJSON longitude first.'

/**
 * Latitude and longitude in the wrong order are silent wherever both are within 90: Paris lands off Somalia. With a country in the
 * geocodes it is certain (`lat-lon-swapped`, refused). Else it is asked about, never guessed: where the area is all at sea and its
 * mirror all on land (`lat-lon-suspect`); where it does not touch the country that it names by code or in words, while its mirror
 * does or it lies in another one (`lat-lon-suspect`, `area-outside-country`).
 */
export function suspectSwap(
  area: Area,
  countryAt: CountryHint,
  where: string,
  refused: Findings,
  questions: Findings,
): void {
  const points = area.shapes.flatMap(samples)
  if (points.length === 0) return
  const found = points.map((point) => countryAt(...point))
  const mirrored = points.filter(([lon]) => Math.abs(lon) <= 90).map(([lon, lat]) => countryAt(lat, lon))
  const declared = area.geocode.flatMap((geocode) => countryOf(geocode)?.iso2 ?? [])
  const named = declared.length > 0 ? declared : namedCountries(area)
  const within = (country: string | undefined) => country !== undefined && named.includes(country)
  if (found.some(within)) return
  if (named.length > 0) {
    const message = `The area "${area.areaDesc}" does not touch ${named.join(', ')}`
    const swapped = `${message}; with latitude and longitude swapped it does`
    if (mirrored.some(within)) {
      if (declared.length > 0) refused.problem('lat-lon-swapped', where, swapped, hint)
      else questions.problem('lat-lon-suspect', where, swapped, hint)
      return
    }
    if (declared.length > 0 || found.some((country) => country !== undefined)) {
      questions.problem('area-outside-country', where, message)
      return
    }
  }
  const atSea = found.every((country) => country === undefined)
  if (atSea && mirrored.length === points.length && mirrored.every((country) => country !== undefined)) {
    const message = `The area "${area.areaDesc}" lies at sea; with latitude and longitude swapped it lies on land`
    questions.problem('lat-lon-suspect', where, message, hint)
  }
}

/** Places of a shape. Of what is put together, of what it is made from: what is taken away says nothing of where it is. */
function samples(shape: Shape): (readonly [lon: number, lat: number])[] {
  if (shape.kind === 'country') return []
  if (shape.kind === 'circle') return [[shape.lon, shape.lat]]
  if (isComposition(shape)) return [shape.of].flat().flatMap(samples)
  const polygons = shape.kind === 'polygon' ? [shape.rings] : shape.polygons
  return polygons.flatMap(([outer = []]) => {
    const step = Math.max(1, Math.floor(outer.length / SAMPLES))
    return outer.filter((_, i) => i % step === 0).map(([lon, lat]) => [lon as number, lat as number] as const)
  })
}
