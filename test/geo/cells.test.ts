import { describe, expect, test } from 'vitest'
import { boxOfCell, type CellRange, cellOf, cover } from '../../src/geo/cells.ts'
import { Circle } from '../../src/geo/circle.ts'
import { prepare } from '../../src/geo/prepared.ts'
import type { Region } from '../../src/geo/region.ts'
import { prng } from '../../src/lib/prng.ts'
import { star } from './support.ts'

/** Morton order bit by bit, with integers of arbitrary length. */
function slowCell(lon: number, lat: number): number {
  const x = BigInt(Math.min(2 ** 26 - 1, Math.floor(((lon + 180) / 360) * 2 ** 26)))
  const y = BigInt(Math.min(2 ** 26 - 1, Math.floor(((lat + 90) / 180) * 2 ** 26)))
  let cell = 0n
  for (let bit = 0n; bit < 26n; bit++) {
    cell |= ((x >> bit) & 1n) << (2n * bit)
    cell |= ((y >> bit) & 1n) << (2n * bit + 1n)
  }
  return Number(cell)
}

describe('cellOf', () => {
  test('interleaves all 26 bits of both axes', () => {
    const random = prng(1)
    for (let i = 0; i < 2000; i++) {
      const lon = random.next() * 360 - 180
      const lat = random.next() * 180 - 90
      expect(cellOf(lon, lat)).toBe(slowCell(lon, lat))
    }
  })

  test('keeps the corners of the world within 52 bits', () => {
    expect(cellOf(-180, -90)).toBe(0)
    expect(cellOf(180, 90)).toBe(2 ** 52 - 1)
    expect(Number.isSafeInteger(cellOf(180, 90))).toBe(true)
  })

  test('gives back the box that it came from', () => {
    const random = prng(2)
    for (let i = 0; i < 500; i++) {
      const lon = random.next() * 360 - 180
      const lat = random.next() * 180 - 90
      const box = boxOfCell(cellOf(lon, lat))
      expect(box.west).toBeLessThanOrEqual(lon + 1e-12)
      expect(box.east).toBeGreaterThanOrEqual(lon - 1e-12)
      expect(box.south).toBeLessThanOrEqual(lat + 1e-12)
      expect(box.north - box.south).toBeCloseTo(180 / 2 ** 26, 12)
    }
  })
})

function find(ranges: readonly CellRange[], cell: number): CellRange | undefined {
  return ranges.find((range) => range.from <= cell && cell <= range.to)
}

const regions: { name: string; region: Region; around: [number, number, number] }[] = [
  {
    name: 'a star over the antimeridian',
    region: prepare({ type: 'Polygon', coordinates: [star(prng(3), 179.5, 12, 4, 1000)] }),
    around: [179.5, 12, 5],
  },
  { name: 'a circle', region: new Circle({ lon: 136.9, lat: 37.4, radiusKm: 40 }), around: [136.9, 37.4, 0.6] },
  { name: 'a cap over the pole', region: new Circle({ lon: 10, lat: 89, radiusKm: 300 }), around: [10, 88, 180] },
]

describe.each(regions)('cover of $name', ({ region, around }) => {
  const ranges = cover(region, 1000)

  test('is ascending, merged and about as long as asked', () => {
    expect(ranges.length).toBeLessThanOrEqual(1000)
    expect(ranges.length).toBeGreaterThan(50)
    ranges.forEach((range, i) => {
      expect(range.to).toBeGreaterThanOrEqual(range.from)
      const before = ranges[i - 1]
      if (before) {
        expect(range.from).toBeGreaterThan(before.to)
        if (before.to + 1 === range.from) expect(before.inside).not.toBe(range.inside)
      }
    })
  })

  test('misses nobody inside and takes nobody outside untested', () => {
    const random = prng(9)
    let inside = 0
    let untested = 0
    for (let i = 0; i < 5000; i++) {
      let lon = around[0] + (random.next() * 2 - 1) * around[2]
      if (lon > 180) lon -= 360
      const lat = Math.min(90, around[1] + (random.next() * 2 - 1) * Math.min(around[2], 5))
      const range = find(ranges, cellOf(lon, lat))
      if (region.contains(lon, lat)) {
        inside++
        expect(range).toBeDefined()
      } else expect(range?.inside ?? false).toBe(false)
      if (range?.inside) untested++
    }
    expect(inside).toBeGreaterThan(500)
    expect(untested / inside).toBeGreaterThan(0.25)
  })
})

test('a finer cover tests less at the border', () => {
  const region = new Circle({ lon: 20, lat: 20, radiusKm: 100 })
  const tested = (maxCells: number) =>
    cover(region, maxCells)
      .filter((range) => !range.inside)
      .reduce((sum, range) => sum + range.to - range.from + 1, 0)
  expect(tested(4000)).toBeLessThan(tested(1000) / 2)
})

describe('margins', () => {
  const region = new Circle({ lon: 20, lat: 20, radiusKm: 100 })

  test('are left out where nobody asks for them', () => {
    expect(cover(region, 500).every((range) => range.marginM === 0)).toBe(true)
  })

  test('leave most of a zone to nobody who stands within two kilometres of its border', () => {
    const ranges = cover(region, { maxCells: 500, marginUpToM: 2000 })
    expect(ranges.every((range) => range.inside || range.marginM === 0)).toBe(true)
    const size = (some: readonly CellRange[]) => some.reduce((sum, range) => sum + range.to - range.from + 1, 0)
    const inside = ranges.filter((range) => range.inside)
    expect(size(inside.filter((range) => range.marginM === 2000)) / size(inside)).toBeGreaterThan(0.7)
    expect(new Set(inside.map((range) => range.marginM)).size).toBeGreaterThan(2)
  })

  test('cost no place of the cover', () => {
    const plain = cover(region, 500).filter((range) => range.inside)
    const asked = cover(region, { maxCells: 500, marginUpToM: 2000 }).filter((range) => range.inside)
    const size = (some: readonly CellRange[]) => some.reduce((sum, range) => sum + range.to - range.from + 1, 0)
    expect(size(asked)).toBe(size(plain))
  })
})
