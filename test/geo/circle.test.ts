import { describe, expect, test } from 'vitest'
import { Circle } from '../../src/geo/circle.ts'
import { circlePolygon } from '../../src/geo/circle-polygon.ts'
import { geodesicTo } from '../../src/geo/ellipsoid.ts'
import { prepare } from '../../src/geo/prepared.ts'
import { outsideOf } from '../../src/geo/region.ts'
import { prng } from '../../src/lib/prng.ts'

const circles = [
  { name: 'Seoul', lon: 126.98, lat: 37.57, radiusKm: 30 },
  { name: 'a block', lon: 2.35, lat: 48.86, radiusKm: 0.2 },
  { name: 'Fiji, over the antimeridian', lon: 179.5, lat: -17, radiusKm: 300 },
  { name: 'just west of the antimeridian', lon: -179.99, lat: 52, radiusKm: 100 },
  { name: 'near the north pole', lon: 30, lat: 86, radiusKm: 400 },
  { name: 'over the north pole', lon: 30, lat: 88, radiusKm: 600 },
  { name: 'touching the north pole', lon: 30, lat: 85, radiusKm: 555.9754 },
  { name: 'the south pole', lon: 0, lat: -90, radiusKm: 1000 },
  { name: 'half a continent', lon: 100, lat: 60, radiusKm: 4000 },
]

describe.each(circles)('circle: $name', (circle) => {
  const { lon, lat, radiusKm } = circle
  const region = new Circle(circle)

  test('contains what is nearer than the radius and nothing beyond, inside its boxes', () => {
    for (let bearing = 0; bearing < 360; bearing += 7) {
      const near = geodesicTo(lon, lat, bearing, radiusKm * 999.999)
      expect(region.contains(...near)).toBe(true)
      expect(region.bboxes.some((box) => !outsideOf(box, ...near))).toBe(true)
      expect(region.contains(...geodesicTo(lon, lat, bearing, radiusKm * 1000.001))).toBe(false)
    }
  })

  test('is held by its polygon, which is hardly larger', () => {
    const polygon = circlePolygon(circle)
    const around = prepare(polygon)
    for (const rings of polygon.coordinates) {
      for (const [x] of rings[0] as [number, number][]) expect(Math.abs(x)).toBeLessThanOrEqual(180)
    }
    for (let bearing = 0; bearing < 360; bearing += 0.37) {
      for (const share of [0.1, 0.7, 0.99, 1]) {
        const place = geodesicTo(lon, lat, bearing, radiusKm * 1000 * share)
        expect(around.contains(...place), `${bearing} ${share}`).toBe(true)
      }
      expect(around.contains(...geodesicTo(lon, lat, bearing, radiusKm * 1012))).toBe(false)
    }
    expect(around.areaKm2 / region.areaKm2).toBeGreaterThan(1)
    expect(around.areaKm2 / region.areaKm2).toBeLessThan(1.02)
  })

  test('never calls a box plain that is not', () => {
    const random = prng(radiusKm)
    const seen = { inside: 0, outside: 0, border: 0 }
    for (let i = 0; i < 1500; i++) {
      const [x, y] = geodesicTo(lon, lat, random.next() * 360, radiusKm * 1500 * random.next())
      const size = (radiusKm / 111) * 10 ** (-2 + 2 * random.next())
      const west = Math.max(-180, x - size)
      const east = Math.min(180, x + size)
      const south = Math.max(-90, y - size)
      const north = Math.min(90, y + size)
      const side = region.classify(west, south, east, north)
      seen[side]++
      if (side === 'border') continue
      for (let k = 0; k < 10; k++) {
        const place = [west + random.next() * (east - west), south + random.next() * (north - south)] as const
        expect(region.contains(...place)).toBe(side === 'inside')
      }
    }
    expect(Math.min(seen.inside, seen.outside, seen.border)).toBeGreaterThan(20)
  })
})
