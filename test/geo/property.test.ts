import type { Position } from 'geojson'
import { describe, expect, test } from 'vitest'
import { type CellRange, cellOf } from '../../src/geo/cells.ts'
import { checkShapes } from '../../src/geo/check-shapes.ts'
import { type CompiledZone, compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { geodesicTo } from '../../src/geo/ellipsoid.ts'
import { outsideOf } from '../../src/geo/region.ts'
import { wrapLon } from '../../src/geo/sphere.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { Problem } from '../../src/lib/problem.ts'
import { judge, type Verdict } from './judge.ts'

const countries = loadCountries()

/** To a grid of 6 mm: the middle of two such numbers is exact, and so is a turn by 360 degrees. */
const snap = (value: number) => Math.round(value * 2 ** 24) / 2 ** 24

/** The least step that is exact for a place that was turned by 360 degrees: 12 nanometres. */
const hair = 2 ** -43

interface Star {
  lon: number
  lat: number
  radius: number
  corners: number
  /** How far the radius goes in and out, 0 to 1. */
  rough: number
}

function ring(random: Prng, { lon, lat, radius, corners, rough }: Star, round = snap): Position[] {
  const points: Position[] = []
  const turn = random.next()
  for (let i = 0; i < corners; i++) {
    const r = radius * (1 - rough * random.next())
    const angle = ((i + turn) / corners) * 2 * Math.PI
    const x = wrapLon(lon + r * Math.cos(angle))
    points.push([round(x), Math.max(-90, Math.min(90, round(lat + r * Math.sin(angle))))])
  }
  return [...points, [...(points[0] as Position)]]
}

/** Around a pole, at latitudes between two. */
function polarRing(random: Prng, corners: number, low: number, high: number): Position[] {
  const points: Position[] = []
  const start = random.next() * 360
  for (let i = 0; i < corners; i++) {
    points.push([
      snap(wrapLon(start + ((i + 1.3 * random.next()) / corners) * 360)),
      snap(low + random.next() * (high - low)),
    ])
  }
  return [...points, [...(points[0] as Position)]]
}

function polygonAt(random: Prng, lon: number, lat: number, radius: number, corners: number): Shape {
  const outer = { lon, lat, radius, corners, rough: 0.5 * random.next() }
  const hole = {
    lon: wrapLon(lon + radius * 0.05),
    lat,
    radius: radius * 0.35,
    corners: 3 + random.int(30),
    rough: 0.6,
  }
  const rings = [ring(random, outer)]
  if (corners >= 8 && random.next() < 0.5) rings.push(ring(random, hole))
  return { kind: 'polygon', rings }
}

const kinds: Record<string, (random: Prng) => Shape> = {
  'stars of 3 to 2,000 corners': (random) =>
    polygonAt(
      random,
      random.next() * 340 - 170,
      random.next() * 150 - 75,
      10 ** (random.next() * 3 - 2),
      Math.floor(3 + 10 ** (random.next() * 3.3)),
    ),
  'stars on the antimeridian': (random) =>
    polygonAt(
      random,
      wrapLon(179 + 2 * random.next()),
      random.next() * 120 - 60,
      2 + random.next(),
      3 + random.int(200),
    ),
  'upright boxes, whose edges are level with each other': (random) => {
    const west = random.pick([20, 178, -180])
    const box = () => {
      const [w, s] = [west + random.int(8) / 4, 30 + random.int(8) / 4]
      const [e, n] = [Math.min(180, w + (1 + random.int(8)) / 4), s + (1 + random.int(8)) / 4]
      return [[[w, s], [e, s], [e, n], [w, n], [w, s]]] // biome-ignore format: one ring
    }
    return { kind: 'multipolygon', polygons: [box(), box(), box()] }
  },
  'members that overlap': (random) => ({
    kind: 'multipolygon',
    polygons: [0, 1, 2].map(() => [
      ring(random, {
        lon: wrapLon(178 + 4 * random.next()),
        lat: 10 + 3 * random.next(),
        radius: 2,
        corners: 3 + random.int(40),
        rough: 0.5,
      }),
    ]),
  }),
  'caps around a pole': (random) => {
    const [low, high] = random.next() < 0.5 ? [60, 80] : [-85, -55]
    const rings = [polarRing(random, 6 + random.int(60), low, high)]
    if (random.next() < 0.4)
      rings.push(ring(random, { lon: 40, lat: Math.sign(low) * 87, radius: 1.5, corners: 12, rough: 0.5 }))
    return { kind: 'polygon', rings }
  },
  'edges of millimetres and less': (random) => {
    const star = {
      lon: random.next() * 300 - 150,
      lat: random.next() * 150 - 75,
      radius: 10 ** (-11.5 + 5.5 * random.next()),
      corners: 3 + random.int(12),
      rough: 0.3,
    }
    return { kind: 'polygon', rings: [ring(random, star, (v) => v)] }
  },
  'edges all but level, where rows of the grid meet': (random) => {
    const level = () => 0.8 + (random.int(9) - 4) * 2 ** -53
    return {
      kind: 'polygon',
      rings: [
        [[0, 0], [4, 0], [4, 2], [3.5, 2], [3.5 - random.next(), level()], [0.5 + random.next(), level()], [0.5, 2], [0, 2], [0, 0]], // biome-ignore format: one ring
      ],
    }
  },
  circles: (random) => circleAt(random, random.next() * 360 - 180, Math.asin(random.next() * 2 - 1) / (Math.PI / 180)),
  'circles at a pole and on the antimeridian': (random) =>
    random.next() < 0.5
      ? circleAt(random, random.next() * 360 - 180, random.pick([-1, 1]) * (88 + 2 * random.next()))
      : circleAt(random, wrapLon(179.5 + random.next()), random.next() * 160 - 80),
  compositions: (random) => {
    const lon = random.pick([139, 179.5, -60])
    const lat = random.next() * 100 - 50
    const some = (): Shape =>
      random.next() < 0.3
        ? {
            kind: 'circle',
            lon: wrapLon(lon + random.next()),
            lat: lat + random.next(),
            radiusKm: 50 + 200 * random.next(),
          }
        : polygonAt(random, wrapLon(lon + 2 * random.next()), lat + random.next(), 2, 4 + random.int(60))
    const deeper = (depth: number): Shape => {
      const pick = depth === 0 ? 0 : random.int(5)
      if (pick <= 1) return some()
      if (pick === 2) return { kind: 'union', of: [deeper(depth - 1), deeper(depth - 1)] }
      if (pick === 3) return { kind: 'intersection', of: [deeper(depth - 1), deeper(depth - 1)] }
      return { kind: 'difference', of: deeper(depth - 1), minus: [deeper(depth - 1), some()] }
    }
    return random.next() < 0.5
      ? { kind: 'difference', of: deeper(1), minus: [deeper(1)] }
      : { kind: 'intersection', of: [deeper(2), deeper(1)] }
  },
}

function circleAt(random: Prng, lon: number, lat: number): Shape {
  return { kind: 'circle', lon, lat, radiusKm: 10 ** (random.next() * 5 - 1.5) }
}

function cornersOf(shape: Shape): Position[] {
  switch (shape.kind) {
    case 'polygon':
      return shape.rings.flat()
    case 'multipolygon':
      return shape.polygons.flat(2)
    case 'circle':
      return [0, 90, 200, 300].map((bearing) => geodesicTo(shape.lon, shape.lat, bearing, shape.radiusKm * 1000))
    case 'difference':
      return [shape.of, ...shape.minus].flatMap(cornersOf)
    case 'union':
    case 'intersection':
      return shape.of.flatMap(cornersOf)
    default:
      return []
  }
}

/** Corners, points on edges, points level with corners, points a hair beside them, on the antimeridian and the poles, and any. */
function places(random: Prng, shape: Shape, zone: CompiledZone, count: number): (readonly [number, number])[] {
  const corners = cornersOf(shape)
  const onGlobe = (x: number, y: number) => [wrapLon(x), Math.max(-90, Math.min(90, y))] as const
  return Array.from({ length: count }, () => {
    const i = random.int(corners.length)
    const [x, y] = corners[i] as [number, number]
    const [nx, ny] = (corners[i + 1] ?? corners[0]) as [number, number]
    const box = random.pick(zone.bboxes)
    const any = () => box.west + random.next() * (box.east - box.west)
    switch (random.int(8)) {
      case 0:
        return onGlobe(x, y)
      case 1:
        return onGlobe(x + wrapLon(nx - x) / 2, (y + ny) / 2)
      case 2:
        return onGlobe(any(), y)
      case 3:
        return onGlobe(x, box.south + random.next() * (box.north - box.south))
      case 4:
        return onGlobe(x + (random.int(3) - 1) * hair, y + (random.int(3) - 1) * hair)
      case 5:
        return random.next() < 0.9
          ? onGlobe(snap(any()), snap(y + 1e-7 * random.int(100)))
          : onGlobe(x, random.pick([-90, 90]))
      case 6:
        return random.next() < 0.7
          ? onGlobe(any(), box.south + random.next() * (box.north - box.south))
          : onGlobe(random.pick([-180, 180]), y)
      default:
        return onGlobe(random.next() * 360 - 180, random.next() * 180 - 90)
    }
  })
}

function rangeAt(ranges: readonly CellRange[], cell: number): CellRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle] as CellRange).to < cell) low = middle + 1
    else high = middle
  }
  const range = ranges[low]
  return range && range.from <= cell ? range : undefined
}

/** As the selection does: inside ranges as they are, border ranges place by place. */
function batch(zone: CompiledZone, ranges: readonly CellRange[], lon: number, lat: number): boolean {
  const range = rangeAt(ranges, cellOf(lon, lat))
  return range !== undefined && (range.inside || zone.contains(lon, lat))
}

/** As the stream does: by box, then exactly. */
function stream(zone: CompiledZone, lon: number, lat: number): boolean {
  return zone.bboxes.some((box) => !outsideOf(box, lon, lat)) && zone.contains(lon, lat)
}

/** The shape as it is stored, or none where the random one crosses itself or is empty, which is refused. */
function checked(shape: Shape): Shape | undefined {
  try {
    return checkShapes([shape]).shapes[0]
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

describe('batch, stream and an exact judge agree on', () => {
  test.each(Object.entries(kinds))('%s', (name, make) => {
    const random = prng(name.length * 7919)
    const seen: Record<Verdict, number> = { inside: 0, border: 0, outside: 0 }
    let zones = 0
    for (let tries = 0; zones < 45 && tries < 400; tries++) {
      const shape = checked(make(random))
      if (!shape) continue
      zones++
      const zone = compileShapes([shape], countries)
      const ranges = zone.cover(random.pick([40, 300]))
      const marked = zone.cover({ maxCells: 60, marginUpToM: 20_000 })
      for (const [lon, lat] of places(random, shape, zone, 500)) {
        const verdict = judge(shape, lon, lat)
        seen[verdict]++
        const answers = [
          stream(zone, lon, lat),
          batch(zone, ranges, lon, lat),
          batch(zone, marked, lon, lat),
          zone.interior(lon, lat),
        ]
        const told = verdict !== 'outside'
        const right = [told, told, told, verdict === 'inside']
        if (answers.join() !== right.join()) {
          expect.fail(`${verdict} at ${lon}, ${lat}: ${answers} of ${JSON.stringify(shape).slice(0, 2000)}`)
        }
        const margin = rangeAt(marked, cellOf(lon, lat))?.marginM ?? 0
        if (margin > 0 && zone.borderDistanceM(lon, lat, margin * 0.999) !== undefined) {
          expect.fail(
            `${lon}, ${lat} is nearer to the border than ${margin} m: ${JSON.stringify(shape).slice(0, 2000)}`,
          )
        }
      }
    }
    expect(zones).toBe(45)
    expect(Math.min(seen.inside, seen.outside)).toBeGreaterThan(1000)
    if (!name.startsWith('circle')) expect(seen.border).toBeGreaterThan(300)
  })
})
