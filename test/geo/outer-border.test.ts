import { describe, expect, it } from 'vitest'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { geodesicM } from '../../src/geo/ellipsoid.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'

const countries = loadCountries()
const zoneOf = (...shapes: Shape[]) => compileShapes(shapes, countries)

type Corner = readonly [number, number]
const polygon = (...corners: Corner[]): Shape => ({
  kind: 'polygon',
  rings: [[...corners, corners[0] as Corner].map((c) => [...c])],
})
const box = (west: number, south: number, east: number, north: number) =>
  polygon([west, south], [east, south], [east, north], [west, north])

describe('the border of several polygons together', () => {
  const west = box(126, 37, 127, 38)
  const east = box(127, 37, 128, 38)

  it('is not the edge that two have in common', () => {
    const zone = zoneOf(west, east)
    expect(zone.borderDistanceM(127, 37.5, 50_000)).toBeUndefined()
    expect(zone.borderDistanceM(127, 37.1, 50_000)).toBeCloseTo(geodesicM(127, 37.1, 127, 37), 0)
    expect(zone.borderDistanceM(126.01, 37.5, 50_000)).toBeCloseTo(geodesicM(126.01, 37.5, 126, 37.5), 0)
  })

  it('is not what lies within another', () => {
    const zone = zoneOf(box(126, 37, 127.25, 38), box(126.75, 37, 128, 38), box(126.25, 37.25, 126.5, 37.5))
    for (const lon of [126.75, 127, 127.25]) expect(zone.borderDistanceM(lon, 37.5, 40_000)).toBeUndefined()
    expect(zone.borderDistanceM(126.25, 37.375, 15_000)).toBeUndefined()
  })

  it('is no point where three meet, in the midst of an edge or at a corner', () => {
    const halves = [box(127, 37, 128, 37.5), box(127, 37.5, 128, 38)]
    expect(zoneOf(west, ...halves).borderDistanceM(127, 37.5, 50_000)).toBeUndefined()
    const quarters = [box(126, 37, 127, 37.5), box(126, 37.5, 127, 38)]
    expect(zoneOf(...quarters, ...halves).borderDistanceM(127, 37.5, 50_000)).toBeUndefined()
  })

  it('is there where only a hair lies between, and where a polygon stands twice', () => {
    expect(zoneOf(west, box(127 + 1e-9, 37, 128, 38)).borderDistanceM(127.001, 37.5, 500)).toBeLessThan(100)
    const slanted = polygon([126, 37], [127.1, 37.3], [126.7, 38.1])
    const place: Corner = [126.6, 37.2]
    const once = zoneOf(slanted).borderDistanceM(...place, 50_000)
    expect(once).toBeLessThan(5000)
    expect(zoneOf(slanted, slanted).borderDistanceM(...place, 50_000)).toBe(once)
    // The same again with a corner more on an edge, but for rounding: to one side of it or the other.
    const random = prng(1)
    for (let i = 0; i < 100; i++) {
      const t = random.next()
      const split = polygon([126, 37], [126 + 1.1 * t, 37 + 0.3 * t], [127.1, 37.3], [126.7, 38.1])
      expect(zoneOf(slanted, split).borderDistanceM(...place, 50_000), `${t}`).toBeCloseTo(once as number, 1)
    }
  })

  it('is no edge of a hole that another fills', () => {
    const ring = (w: number, s: number, e: number, n: number) => [[w, s], [e, s], [e, n], [w, n], [w, s]] // biome-ignore format: one ring
    const holed: Shape = { kind: 'polygon', rings: [ring(126, 37, 128, 39), ring(126.5, 37.5, 127.5, 38.5)] }
    expect(zoneOf(holed).borderDistanceM(127, 38.4, 30_000)).toBeLessThan(12_000)
    expect(zoneOf(holed, box(126.5, 37.5, 127.5, 38.5)).borderDistanceM(127, 38.4, 30_000)).toBeUndefined()
  })

  it('is not the antimeridian where a polygon was cut there', () => {
    const zone = zoneOf({ kind: 'union', of: [box(179, -18, 180, -16), box(-180, -18, -179, -16)] })
    for (const lon of [180, -180, 179.9, -179.9]) expect(zone.borderDistanceM(lon, -17, 50_000)).toBeUndefined()
  })

  it('is none of a circle that lies in a polygon, and of a polygon none of what lies in a circle', () => {
    const circle: Shape = { kind: 'circle', lon: 126.5, lat: 37.5, radiusKm: 20 }
    expect(zoneOf(west, circle).borderDistanceM(126.5, 37.5 + 20 / 111, 10_000)).toBeUndefined()
    const small = box(126.45, 37.45, 126.55, 37.55)
    expect(zoneOf(small, circle).borderDistanceM(126.45, 37.5, 10_000)).toBeUndefined()
  })
})

it('is where in changes into out, and nowhere else: 150 random piles of slanted boxes', () => {
  const random = prng(20261122)
  const size = 6
  let near = 0
  for (let round = 0; round < 150; round++) {
    const [lon0, lat0] = [random.pick([10, -0.5, 179.5]), random.pick([-40, 10, 60])]
    // Exact in binary, so that what lies side by side has its edges in common; turned into -180..180 where it goes beyond.
    const corner = (i: number, j: number): Corner => [lon0 + i / 8 + j / 16, lat0 + j / 8]
    const wrapped = ([lon, lat]: Corner): Corner => [lon > 180 ? lon - 360 : lon, lat]
    const cells = new Set<string>()
    const shapes = Array.from({ length: 1 + random.int(5) }, () => {
      const [w, s] = [random.int(size - 1), random.int(size - 1)]
      const [e, n] = [w + 1 + random.int(size - w - 1), s + 1 + random.int(size - s - 1)]
      for (let i = w; i < e; i++) for (let j = s; j < n; j++) cells.add(`${i} ${j}`)
      const corners = [corner(w, s), corner(e, s), corner(e, n), corner(w, n)].map(wrapped)
      return polygon(...(random.next() < 0.5 ? corners : corners.toReversed()))
    })
    const borders: [Corner, Corner][] = []
    for (let i = 0; i <= size; i++) {
      for (let j = 0; j <= size; j++) {
        const holds = (a: number, b: number) => cells.has(`${a} ${b}`)
        if (holds(i, j) !== holds(i - 1, j)) borders.push([corner(i, j), corner(i, j + 1)])
        if (holds(i, j) !== holds(i, j - 1)) borders.push([corner(i, j), corner(i + 1, j)])
      }
    }
    const zone = zoneOf(...shapes)
    for (let k = 0; k < 12; k++) {
      const place = corner(random.next() * size, random.next() * size)
      const found = zone.borderDistanceM(...wrapped(place), 50_000) ?? 50_000
      const least = Math.min(50_000, ...borders.map((border) => distanceM(place, border)))
      if (least < 50_000) near++
      // Through the earth and over the ground: 0.13 m at 50 km, and 2 mm.
      expect(Math.abs(found - least), `${round}: ${place} of ${JSON.stringify(shapes)}`).toBeLessThan(0.15)
    }
  }
  expect(near).toBeGreaterThan(1000)
})

/** By ever smaller thirds: along an edge the distance falls, and then rises. */
function distanceM(place: Corner, [a, b]: [Corner, Corner]): number {
  const at = (t: number) => geodesicM(...place, a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]))
  let [low, high] = [0, 1]
  for (let round = 0; round < 30; round++) {
    const third = (high - low) / 3
    if (at(low + third) < at(high - third)) high -= third
    else low += third
  }
  return Math.min(at(low), at(high))
}
