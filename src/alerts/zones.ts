import type { Zone } from '../geo/zone.ts'
import { didYouMean } from '../lib/nearest.ts'
import { countryOf, ZONE_GEOCODE } from './area.ts'
import { Findings } from './findings.ts'
import type { Alert, Area } from './model.ts'

/** Marks where the shapes of an area came from: `noto-2024@3`. Never read back: what was approved are the shapes. */
export const ZONE_VERSION_GEOCODE = 'bongsu:zone-version'

/** The ids of the zones that an alert names and that are not resolved yet. */
export function zoneIds(alert: Alert): string[] {
  return [...new Set(alert.infos.flatMap((info) => info.areas.flatMap(zoneIdsOf)))]
}

/**
 * The alert with each named zone replaced by its shapes of now, so that a later change of the zone changes no alert.
 * @param idsNear ids that may have been meant by one that `find` does not know
 * @throws Problem `unknown-zone` with one detail per id that `find` does not know
 */
export function resolveZones(
  alert: Alert,
  find: (id: string) => Zone | undefined,
  idsNear: (id: string) => readonly string[] = () => [],
): Alert {
  const findings = new Findings()
  const infos = alert.infos.map((info, i) => ({
    ...info,
    areas: info.areas.map((area, k) => {
      const ids = zoneIdsOf(area)
      if (ids.length === 0) return area
      const resolved: Area = { ...area, geocode: area.geocode.filter(({ valueName }) => valueName !== ZONE_GEOCODE) }
      for (const id of ids) {
        const zone = find(id)
        if (zone === undefined) {
          const hint = didYouMean(idsNear(id)) ?? 'GET /v1/zones and `bongsu zones list` list the ids, by kind.'
          findings.problem('unknown-zone', `/infos/${i}/areas/${k}`, `There is no zone "${id}"`, hint)
          continue
        }
        resolved.shapes = [...resolved.shapes, ...zone.shapes]
        resolved.geocode = [...resolved.geocode, { valueName: ZONE_VERSION_GEOCODE, value: `${id}@${zone.version}` }]
        if (area.areaDesc === id) resolved.areaDesc = zone.name
      }
      return resolved
    }),
  }))
  findings.throwIfAny('unknown-zone', 'The alert names zones that do not exist')
  return { ...alert, infos }
}

/**
 * The zones that an area names by id; and where it has neither those nor shapes, its countries and regions by ISO 3166, if there is
 * a region among them and each of its geocodes is one: one that is not known to us could narrow it.
 */
export function zoneIdsOf(area: Area): string[] {
  const named = area.geocode.filter(({ valueName }) => valueName === ZONE_GEOCODE).map(({ value }) => value)
  if (named.length > 0 || area.shapes.length > 0) return named
  const ids: string[] = []
  let regions = 0
  for (const geocode of area.geocode) {
    const country = countryOf(geocode)
    if (country === undefined) return []
    if (!country.whole) regions += 1
    ids.push(country.whole ? country.iso2 : geocode.value.trim().toUpperCase())
  }
  return regions > 0 ? ids : []
}
