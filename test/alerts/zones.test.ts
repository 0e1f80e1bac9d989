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

describe('regions by their ISO 3166-2 code', () => {
  const coded = (...codes: [valueName: string, value: string][]) =>
    sample(
      {},
      {
        areas: [
          {
            areaDesc: 'coded',
            shapes: [],
            geocode: codes.map(([valueName, value]) => ({ valueName, value })),
          },
        ],
      },
    )
  const region: Zone = { id: 'JP-17', version: 1, name: 'Ishikawa', shapes: [{ kind: 'circle', lon: 136.8, lat: 37, radiusKm: 9 }] } // biome-ignore format: one line
  const book = (id: string) => [region, { ...zone, id: 'KR', shapes: [{ kind: 'country' as const, iso2: 'KR' }] }].find((one) => one.id === id) // biome-ignore format: one line

  it('become the whole region, beside whole countries', () => {
    const alert = coded(['ISO 3166-2', ' jp-17'], ['ISO 3166-1', 'KR'])
    expect(zoneIds(alert)).toEqual(['JP-17', 'KR'])
    const [area] = resolveZones(alert, book).infos[0]?.areas ?? []
    expect(area?.shapes).toEqual([...region.shapes, { kind: 'country', iso2: 'KR' }])
    expect(area?.geocode.map(({ value }) => value)).toEqual([' jp-17', 'KR', 'JP-17@1', 'KR@3'])
    expect(area?.areaDesc).toBe('coded')
  })

  it('are left alone beside a geocode that could narrow them, beside shapes, and where all are countries', () => {
    expect(zoneIds(coded(['ISO 3166-2', 'JP-17'], ['JMA', '1720400']))).toEqual([])
    expect(zoneIds(coded(['ISO 3166-1', 'KR']))).toEqual([])
    const drawn = coded(['ISO 3166-2', 'JP-17'])
    drawn.infos[0]?.areas[0]?.shapes.push(...region.shapes)
    expect(zoneIds(drawn)).toEqual([])
  })

  it('that are not known are refused, never taken for their country', () => {
    expect(detailsOf(() => resolveZones(coded(['ISO 3166-2', 'JP-99']), book))).toEqual([
      ['unknown-zone', '/infos/0/areas/0'],
    ])
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
