import { booleanPointInPolygon, kinks, polygon } from '@turf/turf'
import { describe, expect, test } from 'vitest'
import { makeWorld } from '../../bench/people.ts'
import { benchZones, borderPlaces, diagonal, sizedStar } from '../../bench/zones.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { prng } from '../../src/lib/prng.ts'

const world = makeWorld(30_000, 1)
const placed = Array.from(world.lon, (lon, i): [number, number] => [lon, world.lat[i] as number]).filter(
  ([lon]) => !Number.isNaN(lon),
)

describe('the zones of a benchmark', () => {
  test.each([
    [100, 50],
    [2_000, 50],
    [100, 2_500],
    [1_000, 2_500],
  ])('a star of %i corners is as large as it has to be to hold %i people', (vertices, people) => {
    const ring = sizedStar(world, [121.47, 31.23], vertices, people, prng(vertices).next)
    expect(ring).toHaveLength(vertices + 1)
    expect(ring.at(-1)).toEqual(ring[0])
    const inside = placed.filter((place) => booleanPointInPolygon(place, polygon([ring]))).length
    // The corners are rounded: who stands at the very border may fall out.
    expect(Math.abs(inside - people)).toBeLessThanOrEqual(2)
  })

  test('a star and the diagonal do not cross themselves', () => {
    const ring = sizedStar(world, [126.98, 37.56], 1_000, 100, prng(1).next)
    expect(kinks(polygon([ring])).features).toEqual([])
    expect(kinks(polygon([diagonal([-0.5, 51.5], [106.8, -6.2], 0.75, 100)])).features).toEqual([])
  })

  test('the diagonal is thin and reaches from one place to the other', () => {
    const strip = polygon([diagonal([-0.5, 51.5], [106.8, -6.2], 0.75, 100)])
    for (const share of [0.01, 0.3, 0.5, 0.99]) {
      const [x, y] = [-0.5 + share * 107.3, 51.5 - share * 57.7]
      expect(booleanPointInPolygon([x, y], strip)).toBe(true)
      expect(booleanPointInPolygon([x + 1, y + 1], strip)).toBe(false)
    }
  })

  test('are no larger than an eighth of the people, and each size comes once', () => {
    const names = (people: number) =>
      benchZones(makeWorld(people, 1), loadCountries()).map(({ name, vertices }) => `${name} ${vertices}`)
    expect(names(4_000).filter((name) => name.startsWith('star'))).toHaveLength(3)
    const many = names(20_000)
    expect(many.filter((name) => name.startsWith('star'))).toHaveLength(6)
    expect(many.filter((name) => !name.startsWith('star'))).toHaveLength(2)
    expect(new Set(many).size).toBe(many.length)
  })

  test.each([4_000, 20_000, 500_000])('lie on the map where the world has %i people', (people) => {
    for (const { geometry } of benchZones(makeWorld(people, 1), loadCountries())) {
      for (const [lon, lat] of geometry.coordinates.flat(2)) {
        expect(Math.abs(lon as number)).toBeLessThanOrEqual(180)
        expect(Math.abs(lat as number)).toBeLessThanOrEqual(85)
      }
    }
  })

  test('give corners for people to stand on', () => {
    const zones = benchZones(world, loadCountries())
    const places = borderPlaces(zones, 10)
    expect(places.length).toBeGreaterThanOrEqual(10 * zones.length)
    const corners = new Set(
      zones.flatMap(({ geometry }) => geometry.coordinates.flat(2).map((corner) => corner.join())),
    )
    for (const place of places) expect(corners.has(place.join())).toBe(true)
  })
})
