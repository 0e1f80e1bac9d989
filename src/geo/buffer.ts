import { bulgeM, grown, reachM, toSpace } from './ellipsoid.ts'
import { measuredKm2, quarters } from './measure.ts'
import { type Box, disjoint, type Region, type Side, wrapBox } from './region.ts'

/** A box no larger than this that may hold a place of the region is taken to hold one, in metres from its middle. */
const grainM = 0.05

/** Boxes looked at for one place; then it counts as near. */
const tries = 20_000

/**
 * A region and all within a distance of it, measured over the ground on WGS 84. Never smaller than asked. Around polygons larger by
 * at most what the ground is longer than the straight line (`bulgeM`: 1 mm at 10 km, 8 m at 200 km) and 2 mm. Around what
 * was cut, by 10 cm more: its border is only parts of borders, so the nearest place of it is looked for in ever smaller boxes.
 */
export class Buffer implements Region {
  readonly bboxes: readonly Box[]
  readonly #of: Region
  readonly #metres: number
  readonly #plain: boolean
  #areaKm2: number | undefined

  /** @param plain the distance to the border of `of` is known, not only that it is no smaller */
  constructor(of: Region, metres: number, plain: boolean) {
    this.#of = of
    this.#metres = metres
    this.#plain = plain
    this.bboxes = of.bboxes.flatMap((box) => wrapBox(grown(box, metres)))
  }

  contains(lon: number, lat: number): boolean {
    return this.#within(lon, lat, this.#metres) !== 'no'
  }

  /** The border is a line that doubles hardly meet: one millimetre counts as it. */
  interior(lon: number, lat: number): boolean {
    return this.#of.interior(lon, lat) || this.#within(lon, lat, this.#metres - 0.001) !== 'no'
  }

  classify(west: number, south: number, east: number, north: number): Side {
    const box = { west, south, east, north }
    const side = this.#of.classify(west, south, east, north)
    if (side === 'inside') return 'inside'
    if (this.bboxes.every((one) => disjoint(one, box))) return 'outside'
    const reach = reachM(box)
    const lon = (west + east) / 2
    const lat = (south + north) / 2
    // One metre, so that what is found from the middle is found from any place of the box, whatever the grain.
    if (reach < this.#metres - 1 && this.#within(lon, lat, this.#metres - reach - 1) === 'yes') return 'inside'
    if (side === 'border') return 'border'
    const beyond = this.#metres + reach + 1
    return this.#of.borderDistanceM(lon, lat, beyond, beyond) === undefined ? 'outside' : 'border'
  }

  borderDistanceM(lon: number, lat: number, withinM: number): number | undefined {
    const own = this.#of.borderDistanceM(lon, lat, this.#metres + withinM + bulgeM(this.#metres + withinM))
    // Where no border of the region is that near, neither is one of the buffer, and from deep within it is farther still.
    if (own === undefined) return undefined
    const inward = this.#plain ? this.#metres - own - bulgeM(own) - 0.002 : 0
    const metres = this.#of.contains(lon, lat) ? own + this.#metres : Math.max(0, own - this.#metres, inward)
    return metres <= withinM ? metres : undefined
  }

  /** Within about 1 %. */
  get areaKm2(): number {
    this.#areaKm2 ??= measuredKm2(this)
    return this.#areaKm2
  }

  #within(lon: number, lat: number, metres: number): 'yes' | 'no' | 'unknown' {
    if (metres < 0) return 'no'
    if (this.#of.contains(lon, lat)) return 'yes'
    if (this.#of.borderDistanceM(lon, lat, metres, metres) === undefined) return 'no'
    return this.#plain ? 'yes' : this.#search(lon, lat, metres)
  }

  /** Whether a place of the region is near, by boxes, the nearest first. */
  #search(lon: number, lat: number, metres: number): 'yes' | 'no' | 'unknown' {
    const place = new Float64Array(3)
    toSpace(lon, lat, place, 0)
    const candidates = (boxes: readonly Box[]) =>
      boxes
        .filter((box) => box.east > box.west && box.north > box.south)
        .map((box) => ({ box, chord: chordToMiddle(box, place), reach: reachM(box) }))
        .filter(({ chord, reach }) => chord - reach <= metres)
        .sort((a, b) => b.chord - a.chord)
    const open = candidates(this.#of.bboxes)
    for (let tried = 0; tried < tries; tried++) {
      const next = open.pop()
      if (!next) return 'no'
      const { box, chord, reach } = next
      const side = this.#of.classify(box.west, box.south, box.east, box.north)
      if (side === 'outside') continue
      if (reach <= grainM) return 'yes'
      if (chord <= metres && (side === 'inside' || this.#of.contains(...middle(box)))) return 'yes'
      open.push(...candidates(quarters(box)))
    }
    return 'unknown'
  }
}

const middle = ({ west, south, east, north }: Box): [lon: number, lat: number] => [
  (west + east) / 2,
  (south + north) / 2,
]

function chordToMiddle(box: Box, place: Float64Array): number {
  const at = new Float64Array(3)
  toSpace(...middle(box), at, 0)
  return Math.hypot(
    (at[0] as number) - (place[0] as number),
    (at[1] as number) - (place[1] as number),
    (at[2] as number) - (place[2] as number),
  )
}
