import { describe, expect, it } from 'vitest'
import { acceptAlert } from '../../src/alerts/accept.ts'
import { ZONE_GEOCODE, zoneShapes } from '../../src/alerts/area.ts'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { resolveZones, zoneIds } from '../../src/alerts/zones.ts'
import type { Zone } from '../../src/geo/zone.ts'
import { detailsOf, SENT, sample, sampleInfo } from './sample.ts'

const zone: Zone = {
  id: 'noto-2024',
  version: 3,
  name: '노토반도',
  shapes: [{ kind: 'country', iso2: 'JP' }],
}
const find = (id: string) => (id === zone.id ? zone : undefined)
const named = (...ids: string[]) =>
  sample(
    {},
    { areas: ids.map((id) => ({ areaDesc: id, shapes: [], geocode: [{ valueName: ZONE_GEOCODE, value: id }] })) },
  )

describe('zones by id', () => {
  it('become the shapes of now, with the version they came from', () => {
    const resolved = resolveZones(named('noto-2024'), find)
    expect(resolved.infos[0]?.areas).toEqual([
      {
        areaDesc: '노토반도',
        shapes: zone.shapes,
        geocode: [{ valueName: 'bongsu:zone-version', value: 'noto-2024@3' }],
      },
    ])
    expect(zoneIds(resolved)).toEqual([])
    expect(acceptAlert(resolved, { now: SENT })).toEqual([])
  })

  it('leave an alert without them as it is', () => {
    expect(resolveZones(sample(), find)).toEqual(sample())
  })

  it('are refused where there is no such zone, all at once', () => {
    expect(detailsOf(() => resolveZones(named('a', 'noto-2024', 'b'), find))).toEqual([
      ['unknown-zone', '/infos/0/areas/0'],
      ['unknown-zone', '/infos/0/areas/2'],
    ])
  })

  it('pass through CAP, before and after they are resolved', () => {
    const again = parseCapXml(writeCapXml(named('noto-2024'))).alert
    expect(zoneIds(again)).toEqual(['noto-2024'])
    const resolved = resolveZones(again, find)
    expect(zoneShapes(parseCapXml(writeCapXml(resolved)).alert)).toEqual(zone.shapes)
  })
})

describe('the zone of an alert', () => {
  it('holds a shape once, in how many languages it may be', () => {
    const areas = sampleInfo().areas
    const alert = sample({ infos: [sampleInfo(), sampleInfo({ language: 'en' })] })
    expect(zoneShapes(alert)).toEqual(areas[0]?.shapes)
  })

  it('is empty where nothing says where', () => {
    expect(zoneShapes(sample({}, { areas: [{ areaDesc: 'a', shapes: [], geocode: [] }] }))).toEqual([])
  })
})
