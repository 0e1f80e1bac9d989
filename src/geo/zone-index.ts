import { boxOfQuad, cellOf, cover } from './cells.ts'
import { grown } from './ellipsoid.ts'
import { Prepared } from './prepared.ts'
import { QuadTree, type SideOf } from './quad-tree.ts'
import { type Region, wrapBox } from './region.ts'

/** A zone in the index: its parts are asked one by one, so that a place on Jeju need not ask every islet of Korea. */
interface Entry<T> {
  readonly zone: T
  /** Numbers in the tree. */
  readonly parts: number[]
  /** The question that last found it: a place in two parts that overlap is in the zone once. */
  foundBy: number
}

/** About so many quads cover a part at first; many parts (an archipelago) share the quads of the zone, down to the least. */
const quadsPerPart = 256
const leastPerPart = 12
const quadsPerZone = 2000
/** A quad on a border that was asked about so often is split: that costs as much as ten looks at an outline that is in no cache. */
const splitAfter = 12
/** Of a tree of this size no quad is split any more; zones are added all the same. */
const mostBytes = 128 * 1024 * 1024

/**
 * Many zones, asked which of them hold a place: the quads of their covers (`cells.ts`) in one tree. Where a quad lies wholly
 * inside, the zone is found without a look at its outline; on the border the region is asked. So the answer is exactly that of
 * asking every region. Quads on borders that are asked about again and again are split: where people are, the cover becomes fine, and
 * hardly any outline is looked at. Zones come and go one by one, in some tenths of a millisecond.
 */
export class ZoneIndex<T> {
  readonly #tree = new QuadTree()
  readonly #entries = new Map<T, Entry<T>>()
  /** By number in the tree. */
  readonly #regions: (Region | undefined)[] = []
  readonly #owners: (Entry<T> | undefined)[] = []
  readonly #free: number[] = []
  readonly #items: number[] = []
  #question = 0

  /** Octets of the tree, without the regions. */
  get bytes(): number {
    return this.#tree.bytes
  }

  /** Adds a zone, in the place of the one that was known by this key. */
  add(zone: T, region: Region): void {
    this.remove(zone)
    const entry: Entry<T> = { zone, parts: [], foundBy: 0 }
    this.#entries.set(zone, entry)
    const parts = partsOf(region)
    const quads = Math.max(leastPerPart, Math.min(quadsPerPart, Math.floor(quadsPerZone / parts.length)))
    for (const part of parts) {
      const no = this.#free.pop() ?? this.#regions.length
      this.#regions[no] = part
      this.#owners[no] = entry
      entry.parts.push(no)
      this.#tree.add(no, cover(part, quads))
    }
  }

  /** False where there is no such zone. */
  remove(zone: T): boolean {
    const entry = this.#entries.get(zone)
    if (!entry) return false
    this.#entries.delete(zone)
    for (const no of entry.parts) {
      this.#tree.remove(no)
      this.#regions[no] = undefined
      this.#owners[no] = undefined
      this.#free.push(no)
    }
    return true
  }

  /** The zones that hold the place, each once, in no order; lon -180..180, lat -90..90. */
  at(lon: number, lat: number): T[] {
    const found: T[] = []
    const question = ++this.#question
    const tree = this.#tree
    const items = this.#items
    const cell = cellOf(lon, lat)
    const count = tree.find(cell, items)
    for (let i = 0; i < count; i++) {
      const item = items[i] as number
      const no = tree.numberOf(item)
      const entry = this.#owners[no] as Entry<T>
      if (entry.foundBy === question) continue
      if (!tree.liesInside(item)) {
        const region = this.#regions[no] as Region
        const holds = region.contains(lon, lat)
        if (tree.use(item) === splitAfter && tree.bytes < mostBytes) tree.split(item, cell, sideOf(region))
        if (!holds) continue
      }
      entry.foundBy = question
      found.push(entry.zone)
    }
    return found
  }

  /** The zones that may reach within so many metres of the place, each once: all that do, and some that lie a little farther. */
  around(lon: number, lat: number, metres: number): T[] {
    const found: number[] = []
    for (const box of wrapBox(grown({ west: lon, south: lat, east: lon, north: lat }, metres))) {
      this.#tree.findIn(box, found)
    }
    return [...new Set(found.map((no) => (this.#owners[no] as Entry<T>).zone))]
  }
}

function sideOf(region: Region): SideOf {
  return (from, to) => {
    const { west, south, east, north } = boxOfQuad(from, to)
    return region.classify(west, south, east, north)
  }
}

function partsOf(region: Region): readonly Region[] {
  if (!(region instanceof Prepared) || region.members.length < 2) return [region]
  return region.members.map((member) => new Prepared([member]))
}
