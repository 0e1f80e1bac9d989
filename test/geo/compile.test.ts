import { describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import type { Shape } from '../../src/geo/zone.ts'

const countries = loadCountries()
const box = (w: number, s: number, e: number, n: number): Shape => ({
  kind: 'polygon',
  rings: [
    [
      [w, s],
      [e, s],
      [e, n],
      [w, n],
      [w, s],
    ],
  ],
})

describe('a zone', () => {
  const shapes: Shape[] = [
    box(136, 36, 138, 38),
    { kind: 'circle', lon: 179.9, lat: -17, radiusKm: 50 },
    { kind: 'country', iso2: 'SG' },
  ]
  const zone = compileShapes(shapes, countries)

  test('is the union of its shapes', () => {
    expect(zone.contains(137, 37)).toBe(true)
    expect(zone.contains(-179.9, -17)).toBe(true)
    expect(zone.contains(103.82, 1.35)).toBe(true)
    expect(zone.contains(139.7, 35.7)).toBe(false)
    expect(zone.classify(136.5, 36.5, 137, 37)).toBe('inside')
    expect(zone.classify(135.5, 36.5, 137, 37)).toBe('border')
    expect(zone.classify(0, 0, 10, 10)).toBe('outside')
  })

  test('covers each of them', () => {
    const ranges = zone.cover(1000)
    for (const [lon, lat] of [
      [137, 37],
      [-179.9, -17],
      [103.82, 1.35],
    ] as const) {
      const cell = cellOf(lon, lat)
      expect(ranges.some((range) => range.from <= cell && cell <= range.to)).toBe(true)
    }
  })

  test('names the countries it reaches into', () => {
    expect(zone.countriesTouched()).toEqual(['FJ', 'JP', 'SG'])
  })
})

describe('shapes put together', () => {
  const seoul: Shape = { kind: 'circle', lon: 127, lat: 37.5, radiusKm: 50 }
  const korea: Shape = { kind: 'country', iso2: 'KR' }
  const without = compileShapes([{ kind: 'difference', of: korea, minus: [seoul] }], countries)
  const within = compileShapes([{ kind: 'intersection', of: [korea, seoul] }], countries)

  test('part a country in two, with the border in both', () => {
    expect(without.contains(129, 35.2)).toBe(true)
    expect(without.contains(127, 37.5)).toBe(false)
    expect(within.contains(127, 37.5)).toBe(true)
    expect(within.contains(126.97, 37.97)).toBe(false)
    const whole = countries.regionOf('KR').areaKm2
    expect((without.areaKm2 + within.areaKm2) / whole).toBeCloseTo(1, 2)
    const corner: [number, number] = [136, 36]
    const cut = compileShapes(
      [{ kind: 'difference', of: box(135, 35, 137, 37), minus: [box(136, 36, 138, 38)] }],
      countries,
    )
    expect(cut.contains(...corner)).toBe(true)
    expect(cut.interior(...corner)).toBe(false)
    expect(cut.contains(136 + 1e-12, 36 + 1e-12)).toBe(false)
  })

  test('touch the countries whose ground is left', () => {
    expect(without.countriesTouched()).toEqual(['KR'])
    const north: Shape = { kind: 'difference', of: seoul, minus: [korea] }
    expect(compileShapes([north], countries).countriesTouched()).toEqual(['KP'])
  })

  test('lie within the boxes that they have in common', () => {
    const left = box(178, 0, -178, 4)
    const right = box(179, 2, -170, 6)
    const both = compileShapes([{ kind: 'intersection', of: [left, right] }], countries)
    expect(both.bboxes).toContainEqual({ west: 179, south: 2, east: 180, north: 4 })
    expect(both.bboxes).toContainEqual({ west: -180, south: 2, east: -178, north: 4 })
  })

  test('tell how far it is to the next border, and nothing where none is near', () => {
    const distance = within.borderDistanceM(127, 37.5, 60_000)
    expect(distance).toBeGreaterThan(20_000)
    expect(distance).toBeLessThan(50_000)
    expect(without.borderDistanceM(128.5, 36.5, 5000)).toBeUndefined()
  })
})

describe('countriesTouched', () => {
  const touched = (...shapes: Shape[]) => compileShapes(shapes, countries).countriesTouched()

  test('knows both sides of a border and an enclave in the middle', () => {
    expect(touched({ kind: 'circle', lon: 7.59, lat: 47.56, radiusKm: 10 })).toEqual(['CH', 'DE', 'FR'])
    expect(touched({ kind: 'circle', lon: 28.2, lat: -29.5, radiusKm: 20 })).toEqual(['LS'])
  })

  test('does not add the neighbours of a country', () => {
    expect(touched({ kind: 'country', iso2: 'DE' })).toEqual(['DE'])
    const { coordinates } = countries.geometryOf('CH')
    expect(touched({ kind: 'multipolygon', polygons: coordinates })).toEqual(['CH'])
  })

  test('finds an island within a large zone', () => {
    expect(touched(box(-26, 36, -24, 38))).toEqual(['PT'])
  })

  test('names none for a zone that holds nothing', () => {
    const seoul: Shape = { kind: 'circle', lon: 127, lat: 37.5, radiusKm: 5 }
    expect(touched({ kind: 'difference', of: seoul, minus: [seoul] })).toEqual([])
  })

  test('names the nearest coast for a zone at sea, and none far out', () => {
    expect(touched({ kind: 'circle', lon: 129.25, lat: 35.09, radiusKm: 0.5 })).toEqual(['KR'])
    expect(touched({ kind: 'circle', lon: -150, lat: 10, radiusKm: 5 })).toEqual([])
  })
})

describe('areaKm2', () => {
  const area = (...shapes: Shape[]) => compileShapes(shapes, countries).areaKm2

  test('adds what lies apart and counts an overlap once', () => {
    const one = area(box(0, 0, 2, 2))
    expect(one).toBeCloseTo(49_440, -2)
    expect(area(box(0, 0, 2, 2), box(10, 0, 12, 2)) / one).toBeCloseTo(2, 6)
    expect(area(box(0, 0, 2, 2), box(1, 0, 3, 2)) / one).toBeCloseTo(1.5, 2)
    expect(area(box(179, 0, -179, 2), box(-180, 0, -178, 2)) / one).toBeCloseTo(1.5, 2)
  })

  test('of a circle is that of the cap', () => {
    expect(area({ kind: 'circle', lon: 0, lat: 0, radiusKm: 10 })).toBeCloseTo(314.16, 1)
  })
})
