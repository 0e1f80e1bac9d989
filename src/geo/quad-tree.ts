import type { CellRange } from './cells.ts'
import type { Box } from './region.ts'
import { Slab } from './slab.ts'

/** Quarterings down to a cell (src/geo/cells.ts), two bits of its number each; 13 of them in each half of the number. */
const depth = 26
const perHalf = 13
const half = 2 ** 26

/** Fields of a node: its four children, the first of its items, its parent. */
const nodeSize = 6
const first = 4
const parent = 5
/** Fields of an item: twice the number, and one more where the quad lies inside; uses; the next of its node; its node; the next of its number. */
const itemSize = 5
const uses = 1
const next = 2
const owner = 3
const sibling = 4

/** How a quad, by its first and last cell, lies to what a number stands for. */
export type SideOf = (from: number, to: number) => 'inside' | 'outside' | 'border'

/**
 * Numbers by the quads of a quadtree that they cover. A place is asked for by walking down from the root as long as there is
 * anything below: some ten steps. All in two flat arrays, 24 octets a quad and 20 an item: nothing to allocate or to collect.
 */
export class QuadTree {
  /** The root is 0, so 0 is nobody's child. */
  readonly #nodes = new Slab(nodeSize)
  /** 0 is none: the first is never used. */
  readonly #items = new Slab(itemSize)
  /** The first item of each number. */
  readonly #firstOf: number[] = []

  constructor() {
    this.#nodes.take()
    this.#items.take()
  }

  get bytes(): number {
    return this.#nodes.data.byteLength + this.#items.data.byteLength
  }

  /** Ranges of one number, which do not overlap. Add each number once. */
  add(no: number, ranges: readonly CellRange[]): void {
    this.#firstOf[no] = 0
    for (const { from, to, inside } of ranges) {
      for (let at = from; at <= to; ) {
        // The largest quad that begins here and ends in the range.
        let size = 1
        let level = depth
        while (level > 0 && at % (size * 4) === 0 && at + size * 4 - 1 <= to) {
          size *= 4
          level--
        }
        this.#put(this.#node(at, level), no, inside)
        at += size
      }
    }
  }

  remove(no: number): void {
    for (let item = this.#firstOf[no] ?? 0; item !== 0; ) {
      const at = item * itemSize
      const node = this.#items.data[at + owner] as number
      const after = this.#items.data[at + sibling] as number
      this.#unlink(item)
      this.#items.give(item)
      this.#prune(node)
      item = after
    }
    this.#firstOf[no] = 0
  }

  /** Writes the items whose quads hold the cell to the beginning of `found`; returns how many they are. */
  find(cell: number, found: number[]): number {
    const nodes = this.#nodes.data
    const items = this.#items.data
    let bits = Math.floor(cell / half)
    let node = 0
    let count = 0
    for (let level = 0; ; level++) {
      for (let item = nodes[node + first] as number; item !== 0; item = items[item * itemSize + next] as number) {
        found[count++] = item
      }
      if (level === depth) return count
      if (level === perHalf) bits = cell % half
      const child = nodes[node + ((bits >>> (2 * (perHalf - 1 - (level % perHalf)))) & 3)] as number
      if (child === 0) return count
      node = child * nodeSize
    }
  }

  /** Appends the numbers of the quads that share ground with the box (inside -180..180) to `found`, some more than once. */
  findIn(box: Box, found: number[]): void {
    this.#findIn(box, found, 0, -180, -90, 360)
  }

  /** Halves of degrees are exact: the sides of a quad are multiples of 180 / 2^26. */
  #findIn(box: Box, found: number[], node: number, west: number, south: number, width: number): void {
    const nodes = this.#nodes.data
    const items = this.#items.data
    for (
      let item = nodes[node * nodeSize + first] as number;
      item !== 0;
      item = items[item * itemSize + next] as number
    ) {
      found.push((items[item * itemSize] as number) >>> 1)
    }
    const side = width / 2
    for (let i = 0; i < 4; i++) {
      const child = nodes[node * nodeSize + i] as number
      if (child === 0) continue
      const x = west + (i & 1) * side
      const y = south + ((i >> 1) * side) / 2
      if (x > box.east || x + side < box.west || y > box.north || y + side / 2 < box.south) continue
      this.#findIn(box, found, child, x, y, side)
    }
  }

  numberOf(item: number): number {
    return (this.#items.data[item * itemSize] as number) >>> 1
  }

  liesInside(item: number): boolean {
    return ((this.#items.data[item * itemSize] as number) & 1) === 1
  }

  /** Counts a use of an item; returns how many there were since it was made. */
  use(item: number): number {
    const at = item * itemSize + uses
    const count = (this.#items.data[at] as number) + 1
    this.#items.data[at] = count
    return count
  }

  /** Puts an item that holds the cell into those quarters of its quad that are not outside. */
  split(item: number, cell: number, sideOf: SideOf): void {
    const at = item * itemSize
    const node = this.#items.data[at + owner] as number
    const level = this.#levelOf(node)
    if (level === depth) return
    const size = 4 ** (depth - level - 1)
    const from = Math.floor(cell / (size * 4)) * size * 4
    const no = this.numberOf(item)
    let moved = false
    for (let i = 0; i < 4; i++) {
      const side = sideOf(from + i * size, from + (i + 1) * size - 1)
      if (side === 'outside') continue
      const child = this.#node(from + i * size, level + 1)
      if (moved) this.#put(child, no, side === 'inside')
      else {
        moved = true
        this.#unlink(item)
        this.#link(item, child, no, side === 'inside')
      }
    }
  }

  /** The node of the quad of that level which holds the cell; made where it is not there. */
  #node(cell: number, level: number): number {
    let node = 0
    for (let l = 0; l < level; l++) {
      const bits = l < perHalf ? Math.floor(cell / half) : cell % half
      const digit = (bits >>> (2 * (perHalf - 1 - (l % perHalf)))) & 3
      let child = this.#nodes.data[node * nodeSize + digit] as number
      if (child === 0) {
        child = this.#nodes.take()
        this.#nodes.data[node * nodeSize + digit] = child
        this.#nodes.data[child * nodeSize + parent] = node
      }
      node = child
    }
    return node
  }

  #levelOf(node: number): number {
    let level = 0
    for (let at = node; at !== 0; at = this.#nodes.data[at * nodeSize + parent] as number) level++
    return level
  }

  #put(node: number, no: number, inside: boolean): void {
    const item = this.#items.take()
    this.#items.data[item * itemSize + sibling] = this.#firstOf[no] as number
    this.#firstOf[no] = item
    this.#link(item, node, no, inside)
  }

  #link(item: number, node: number, no: number, inside: boolean): void {
    const { data } = this.#items
    const nodes = this.#nodes.data
    const at = item * itemSize
    data[at] = no * 2 + (inside ? 1 : 0)
    data[at + uses] = 0
    data[at + next] = nodes[node * nodeSize + first] as number
    data[at + owner] = node
    nodes[node * nodeSize + first] = item
  }

  #unlink(item: number): void {
    const items = this.#items.data
    const nodes = this.#nodes.data
    const head = (items[item * itemSize + owner] as number) * nodeSize + first
    const after = items[item * itemSize + next] as number
    let before = nodes[head] as number
    if (before === item) {
      nodes[head] = after
      return
    }
    while (items[before * itemSize + next] !== item) before = items[before * itemSize + next] as number
    items[before * itemSize + next] = after
  }

  /** Gives back quads that nothing needs any more, from here upwards: else a year of alerts would fill the memory. */
  #prune(from: number): void {
    const nodes = this.#nodes.data
    for (let node = from; node !== 0; ) {
      const at = node * nodeSize
      for (let i = 0; i <= first; i++) if (nodes[at + i] !== 0) return
      const above = nodes[at + parent] as number
      for (let i = 0; i < 4; i++) if (nodes[above * nodeSize + i] === node) nodes[above * nodeSize + i] = 0
      this.#nodes.give(node)
      node = above
    }
  }
}
