import type { Position } from 'geojson'
import { describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { bulgeM, geodesicM, geodesicTo } from '../../src/geo/ellipsoid.ts'
import { outsideOf } from '../../src/geo/region.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import { judge } from './judge.ts'
import { star } from './support.ts'

const countries = loadCountries()
const polygon = (...rings: Position[][]): Shape => ({ kind: 'polygon', rings })
const compile = (shape: Shape) => compileShapes([shape], countries)
const ringAt = (lats: readonly number[]): Position[] =>
  [0, 60, 120, 180, -120, -60, 0].map((lon, i) => [lon, lats[i % 6] as number])
const box = (w: number, s: number, e: number, n: number): Shape =>
  polygon([
    [w, s],
    [e, s],
    [e, n],
    [w, n],
    [w, s],
  ])

/** Distance in metres to the nearest of many points of the edges, by geodesics: at most half a step too large. */
function nearest(rings: readonly Position[][], lon: number, lat: number, steps: number): number {
  let best = Infinity
  for (const ring of rings) {
    for (let i = 1; i < ring.length; i++) {
      const [x1, y1] = ring[i - 1] as [number, number]
      const [x2, y2] = ring[i] as [number, number]
      const dx = x2 - x1 > 180 ? x2 - x1 - 360 : x2 - x1 < -180 ? x2 - x1 + 360 : x2 - x1
      for (let k = 0; k <= steps; k++) {
        best = Math.min(best, geodesicM(lon, lat, x1 + (dx * k) / steps, y1 + ((y2 - y1) * k) / steps))
      }
    }
  }
  return best
}

const zones: { name: string; rings: Position[][]; metres: number; steps: number }[] = [
  { name: 'a star', rings: [star(prng(1), 20, 45, 0.2, 20)], metres: 3000, steps: 40 },
  { name: 'a star, a few metres', rings: [star(prng(2), -70, -33, 0.001, 9)], metres: 5, steps: 200 },
  { name: 'a star on the antimeridian', rings: [star(prng(3), 179.9, 62, 0.5, 12)], metres: 40_000, steps: 200 },
  {
    name: 'long edges far north',
    rings: [box(-40, 70, 40, 75)].flatMap((b) => (b.kind === 'polygon' ? b.rings : [])),
    metres: 150_000,
    steps: 700,
  },
  { name: 'a ring round the pole', rings: [ringAt([84, 86, 83, 85, 82, 86])], metres: 90_000, steps: 700 },
  { name: 'close to the pole', rings: [star(prng(4), 60, 89, 0.5, 8)], metres: 120_000, steps: 100 },
  { name: 'a hole', rings: [star(prng(5), 10, 0, 2, 8), star(prng(6), 10, 0, 0.5, 8)], metres: 20_000, steps: 300 },
]

describe.each(zones)('a buffer around $name', ({ rings, metres, steps }) => {
  const of = polygon(...rings)
  const zone = compile({ kind: 'buffer', of, metres })
  const random = prng(metres)

  test('is no smaller than asked, and larger by the bulge of the earth at most', () => {
    const seen = { near: 0, far: 0 }
    const longest = Math.max(
      ...rings.flatMap((ring) =>
        ring.slice(1).map(([x, y], i) => geodesicM(x as number, y as number, ...(ring[i] as [number, number]))),
      ),
    )
    const slack = ((longest / steps) ** 2 / 8 / metres) * 2 + bulgeM(metres) + 0.01
    const corners = rings.flat() as [number, number][]
    for (let i = 0; i < 300; i++) {
      const from = random.pick(corners)
      const share = random.next() < 0.5 ? 0.999 + 0.002 * random.next() : 2 * random.next()
      const place = geodesicTo(...from, random.next() * 360, metres * share)
      if (judge(of, ...place) !== 'outside') {
        expect(zone.contains(...place)).toBe(true)
        continue
      }
      const distance = nearest(rings, ...place, steps)
      const told = zone.contains(...place)
      if (distance <= metres) {
        seen.near++
        expect(told, `${place}: ${distance} m`).toBe(true)
        expect(zone.bboxes.some((one) => !outsideOf(one, ...place))).toBe(true)
      } else if (distance > metres + slack) {
        seen.far++
        expect(told, `${place}: ${distance} m`).toBe(false)
      }
    }
    expect(Math.min(seen.near, seen.far)).toBeGreaterThan(10)
  })

  test('has a cover that misses nobody and takes nobody untested, with honest margins', () => {
    const ranges = zone.cover({ maxCells: 200, marginUpToM: metres })
    let within = 0
    for (let i = 0; i < 1000; i++) {
      const from = random.pick(rings.flat() as [number, number][])
      const place = geodesicTo(...from, random.next() * 360, metres * 1.3 * random.next())
      const cell = cellOf(...place)
      const range = ranges.find(({ from, to }) => from <= cell && cell <= to)
      if (zone.contains(...place)) expect(range).toBeDefined()
      else expect(range?.inside ?? false).toBe(false)
      if (range?.inside) {
        within++
        expect(zone.interior(...place)).toBe(true)
        // Half the margin away in any direction is still within.
        if (range.marginM > 0)
          expect(zone.contains(...geodesicTo(...place, random.next() * 360, range.marginM * 0.99))).toBe(true)
      }
    }
    expect(within).toBeGreaterThan(30)
  })

  test('tells no distance to its border that is too large', () => {
    for (let i = 0; i < 200; i++) {
      const from = random.pick(rings.flat() as [number, number][])
      const place = geodesicTo(...from, random.next() * 360, metres * 1.5 * random.next())
      const distance = zone.borderDistanceM(...place, metres)
      const told = zone.contains(...place)
      const safe = (distance ?? metres) * 0.999
      for (let bearing = 0; bearing < 360; bearing += 45) {
        expect(zone.contains(...geodesicTo(...place, bearing, safe)), `${place} ${distance} ${bearing}`).toBe(told)
      }
    }
  })
})

describe('a buffer', () => {
  const circle: Shape = { kind: 'circle', lon: 5, lat: 50, radiusKm: 10 }

  test('of a circle is a larger circle, of a buffer one of both widths', () => {
    const zone = compile({ kind: 'buffer', of: { kind: 'buffer', of: circle, metres: 500 }, metres: 1500 })
    expect(zone.contains(...geodesicTo(5, 50, 77, 11_999.999))).toBe(true)
    expect(zone.contains(...geodesicTo(5, 50, 77, 12_000.001))).toBe(false)
  })

  test('of a country takes in the sea before it', () => {
    const zone = compile({ kind: 'buffer', of: { kind: 'country', iso2: 'MT' }, metres: 12_000 })
    expect(zone.contains(14.68, 35.85)).toBe(true)
    expect(zone.contains(15, 35.85)).toBe(false)
  })

  test('of what is left goes around what is left, not around what was taken away', () => {
    const left: Shape = { kind: 'difference', of: box(0, 0, 2, 1), minus: [box(1, -1, 3, 2)] }
    const zone = compile({ kind: 'buffer', of: left, metres: 10_000 })
    expect(zone.contains(1.05, 0.5)).toBe(true)
    expect(zone.contains(1 + 0.0898, 0.5)).toBe(true)
    expect(zone.contains(1 + 0.09, 0.5)).toBe(false)
    expect(zone.contains(2.05, 0.5)).toBe(false)
    expect(zone.contains(-0.05, 0.5)).toBe(true)
    expect(zone.contains(-0.1, 0.5)).toBe(false)
  })

  test('of what is left looks past the borders that were cut away', () => {
    const left: Shape = { kind: 'difference', of: box(0, 0, 2, 1), minus: [box(0.93, -1, 3, 2)] }
    const zone = compile({ kind: 'buffer', of: left, metres: 10_000 })
    // Beside the northern edge, of which only the part west of 0.93 is left.
    expect(zone.contains(...geodesicTo(0.93, 0.95, 90, 9_999.9))).toBe(true)
    expect(zone.contains(...geodesicTo(0.93, 0.95, 90, 10_000.3))).toBe(false)
    expect(zone.contains(...geodesicTo(0.93, 0.95, 90, 10_300))).toBe(false)
  })

  test('of a corner that is left reaches into the gap as far as asked and no farther', () => {
    const corner: Shape = { kind: 'difference', of: box(0, 0, 2, 2), minus: [box(0.2, 0.2, 3, 3)] }
    const zone = compile({ kind: 'buffer', of: corner, metres: 30_000 })
    expect(zone.contains(...geodesicTo(0.2, 1, 90, 29_999.9))).toBe(true)
    expect(zone.contains(...geodesicTo(0.2, 1, 90, 30_000.3))).toBe(false)
    expect(zone.contains(0.5, 0.5)).toBe(false)
    expect(zone.contains(0.4, 0.4)).toBe(true)
  })

  test('of what two have in common agrees with its cover', () => {
    const common: Shape = { kind: 'intersection', of: [box(178, 0, -179, 2), circleAt(179.5, 1.5)] }
    const zone = compile({ kind: 'buffer', of: common, metres: 20_000 })
    const ranges = zone.cover(300)
    const random = prng(3)
    const seen = new Set<string>()
    for (let i = 0; i < 1500; i++) {
      const place = geodesicTo(179.5, 1.5, random.next() * 360, 150_000 * random.next())
      const cell = cellOf(...place)
      const range = ranges.find(({ from, to }) => from <= cell && cell <= to)
      const told = zone.contains(...place)
      seen.add(`${told} ${range?.inside}`)
      if (range?.inside) expect(told).toBe(true)
      if (told) expect(range).toBeDefined()
    }
    expect([...seen].sort()).toEqual(['false false', 'false undefined', 'true false', 'true true'])
  })
})

function circleAt(lon: number, lat: number): Shape {
  return { kind: 'circle', lon, lat, radiusKm: 60 }
}
