import { describe, expect, test } from 'vitest'
import { orient } from '../../src/geo/orient.ts'
import { prepare } from '../../src/geo/prepared.ts'
import { prng } from '../../src/lib/prng.ts'
import { naiveContains, star } from './support.ts'

const square = (w: number, s: number, e: number, n: number) => [
  [w, s],
  [e, s],
  [e, n],
  [w, n],
  [w, s],
]

describe('orient', () => {
  test('tells the side where doubles cannot', () => {
    const tiny = 2 ** -50
    expect(Math.sign(orient(0, 0, 1 + tiny, 1, 0.5 + tiny / 2, 0.5))).toBe(0)
    expect(Math.sign(orient(12, 12, 24, 24, 0.5, 0.5))).toBe(0)
    expect(Math.sign(orient(12, 12, 24, 24, 0.5, 0.5 + 2 ** -52))).toBe(1)
    expect(Math.sign(orient(12, 12, 24, 24, 0.5 + 2 ** -52, 0.5))).toBe(-1)
  })

  test('tells the side of what is too small to be multiplied', () => {
    const least = 2 ** -1074
    expect(Math.sign(orient(0, 0, least, least, 0, least))).toBe(1)
    expect(Math.sign(orient(0, 0, 2 ** -600, 2 ** -600, 2 ** -601, 2 ** -601))).toBe(0)
    expect(Math.sign(orient(0, 0, 2 ** -600, 2 ** -600, 2 ** -601, 2 ** -602))).toBe(-1)
    expect(Math.sign(orient(0, 0, 4, 0, 2, 0))).toBe(0)
  })
})

describe('contains', () => {
  test.each([8, 100, 1000, 10_000])('agrees with a plain crossing count on a star of %i vertices', (n) => {
    const random = prng(n)
    const ring = star(random, 139, 35, 2, n)
    const region = prepare({ type: 'Polygon', coordinates: [ring] })
    let inside = 0
    for (let i = 0; i < 3000; i++) {
      const lon = 136.5 + random.next() * 5
      const lat = 32.5 + random.next() * 5
      const expected = naiveContains(ring, lon, lat)
      if (expected) inside++
      expect(region.contains(lon, lat), `${lon} ${lat}`).toBe(expected)
    }
    expect(inside).toBeGreaterThan(100)
  })

  test('counts every vertex and the middle of upright and level edges as inside', () => {
    const region = prepare({ type: 'Polygon', coordinates: [square(10, 20, 11, 21)] })
    for (const [lon, lat] of [
      [10, 20],
      [11, 21],
      [10.5, 20],
      [10.5, 21],
      [10, 20.5],
      [11, 20.5],
    ] as const) {
      expect(region.contains(lon, lat), `${lon} ${lat}`).toBe(true)
    }
    expect(region.contains(11 + 1e-12, 20.5)).toBe(false)
    expect(region.contains(10.5, 21 + 1e-12)).toBe(false)
  })

  test('counts every vertex of a jagged outline as inside', () => {
    const ring = star(prng(5), 20, 20, 3, 500)
    const region = prepare({ type: 'Polygon', coordinates: [ring] })
    for (const [lon, lat] of ring as [number, number][]) expect(region.contains(lon, lat)).toBe(true)
  })

  test('leaves holes out, their border in', () => {
    const region = prepare({ type: 'Polygon', coordinates: [square(0, 0, 10, 10), square(4, 4, 6, 6)] })
    expect(region.contains(5, 5)).toBe(false)
    expect(region.contains(4, 5)).toBe(true)
    expect(region.contains(3, 5)).toBe(true)
  })

  test('keeps the overlap of two members inside', () => {
    const region = prepare({ type: 'MultiPolygon', coordinates: [[square(0, 0, 6, 6)], [square(4, 4, 10, 10)]] })
    expect(region.contains(5, 5)).toBe(true)
    expect(region.contains(7, 2)).toBe(false)
  })

  test('takes the short way over the antimeridian', () => {
    const region = prepare({ type: 'Polygon', coordinates: [square(170, -20, -170, -10)] })
    expect(region.contains(175, -15)).toBe(true)
    expect(region.contains(-175, -15)).toBe(true)
    expect(region.contains(180, -15)).toBe(true)
    expect(region.contains(-180, -15)).toBe(true)
    expect(region.contains(0, -15)).toBe(false)
    expect(region.contains(165, -15)).toBe(false)
    expect(region.bboxes).toEqual([
      { west: 170, south: -20, east: 180, north: -10 },
      { west: -180, south: -20, east: -170, north: -10 },
    ])
  })

  test('keeps a hole that lies on the other side of the antimeridian', () => {
    const region = prepare({
      type: 'Polygon',
      coordinates: [square(170, -20, -170, -10), square(-178, -16, -176, -14)],
    })
    expect(region.contains(-177, -15)).toBe(false)
    expect(region.contains(177, -15)).toBe(true)
  })

  test('closes a ring that goes round a pole', () => {
    const ring = [0, 60, 120, 180, -120, -60, 0].map((lon) => [lon, 80])
    const region = prepare({ type: 'Polygon', coordinates: [ring] })
    expect(region.contains(33, 89)).toBe(true)
    expect(region.contains(-170, 85)).toBe(true)
    expect(region.contains(33, 79)).toBe(false)
  })
})

describe('classify', () => {
  test('never calls a box plain that is not', () => {
    const random = prng(77)
    const ring = star(random, 179, 10, 3, 400)
    const region = prepare({ type: 'Polygon', coordinates: [ring] })
    const seen = { inside: 0, outside: 0, border: 0 }
    for (let i = 0; i < 2000; i++) {
      const size = 10 ** (-2 + random.next() * 3)
      const west = Math.max(-180, Math.min(180 - size, (random.next() < 0.5 ? 176 : -180) + random.next() * 4))
      const south = 7 + random.next() * 6
      const side = region.classify(west, south, west + size, south + size)
      seen[side]++
      if (side === 'border') continue
      for (let k = 0; k < 20; k++) {
        const lon = west + random.next() * size
        const lat = south + random.next() * size
        expect(region.contains(lon, lat)).toBe(side === 'inside')
      }
    }
    expect(Math.min(seen.inside, seen.outside, seen.border)).toBeGreaterThan(50)
  })
})
