import type { Shape } from '../geo/zone.ts'
import { countryOf } from './area.ts'
import type { Findings } from './findings.ts'
import type { Area } from './model.ts'

/** The country (ISO 3166-1 alpha-2) of a place, degrees; undefined at sea. */
export type CountryHint = (lon: number, lat: number) => string | undefined

/** Vertices looked at per polygon: enough to meet land on a coast. */
const SAMPLES = 16

const hint = 'CAP writes latitude first, GeoJSON longitude first.'

/**
 * Latitude and longitude in the wrong order are silent wherever both are within 90: Paris lands off Somalia. With a country in the
 * geocodes it is certain (`lat-lon-swapped`, refused); without one it is suspected where the area is all at sea and its mirror
 * all on land (`lat-lon-suspect`, a warning). An area that does not touch its own country is a warning too (`area-outside-country`).
 */
export function suspectSwap(
  area: Area,
  countryAt: CountryHint,
  where: string,
  refused: Findings,
  warnings: Findings,
): void {
  const points = area.shapes.flatMap(samples)
  const mirrored = points.filter(([lon]) => Math.abs(lon) <= 90).map(([lon, lat]) => [lat, lon] as const)
  if (points.length === 0) return
  const declared = area.geocode.flatMap((geocode) => countryOf(geocode)?.iso2 ?? [])
  const country = ([lon, lat]: readonly [number, number]) => countryAt(lon, lat)
  if (declared.length > 0) {
    const within = (point: readonly [number, number]) => declared.includes(country(point) ?? '')
    if (points.some(within)) return
    const message = `The area "${area.areaDesc}" does not touch ${declared.join(', ')}`
    if (mirrored.some(within)) {
      refused.problem('lat-lon-swapped', where, `${message}; with latitude and longitude swapped it does`, hint)
    } else warnings.problem('area-outside-country', where, message)
    return
  }
  const land = (point: readonly [number, number]) => country(point) !== undefined
  if (!points.some(land) && mirrored.length === points.length && mirrored.every(land)) {
    const message = `The area "${area.areaDesc}" lies at sea; with latitude and longitude swapped it lies on land`
    warnings.problem('lat-lon-suspect', where, message, hint)
  }
}

function samples(shape: Shape): (readonly [lon: number, lat: number])[] {
  if (shape.kind === 'country') return []
  if (shape.kind === 'circle') return [[shape.lon, shape.lat]]
  const polygons = shape.kind === 'polygon' ? [shape.rings] : shape.polygons
  return polygons.flatMap(([outer = []]) => {
    const step = Math.max(1, Math.floor(outer.length / SAMPLES))
    return outer.filter((_, i) => i % step === 0).map(([lon, lat]) => [lon as number, lat as number] as const)
  })
}
