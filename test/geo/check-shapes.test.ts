import { describe, expect, test } from 'vitest'
import { checkShapes } from '../../src/geo/check-shapes.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import { Problem } from '../../src/lib/problem.ts'
import { star } from './support.ts'

const polygon = (...rings: number[][][]): Shape => ({ kind: 'polygon', rings })
const square = (w: number, s: number, e: number, n: number) => [
  [w, s],
  [e, s],
  [e, n],
  [w, n],
  [w, s],
]

function refusal(...shapes: Shape[]): Problem {
  try {
    checkShapes(shapes)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('refuses', () => {
  test('a bow-tie, naming shape and vertices', () => {
    const problem = refusal(
      polygon(square(0, 0, 1, 1)),
      polygon([
        [0, 0],
        [2, 2],
        [2, 0],
        [0, 2],
        [0, 0],
      ]),
    )
    expect(problem.code).toBe('ring-crossing')
    expect(problem.where).toBe('shapes[1].rings[0][0]')
    expect(problem.message).toMatch(/vertex 0 \(lon 0, lat 0\).*vertex 2 \(lon 2, lat 0\)/)
  })

  test('a bow-tie whose crossing is a vertex of one edge or of both', () => {
    const through = [
      [0, 0],
      [2, 2],
      [2, 0],
      [1, 1],
      [0, 2],
      [0, 0],
    ]
    const meeting = [
      [0, 0],
      [1, 1],
      [2, 2],
      [2, 0],
      [1, 1],
      [0, 2],
      [0, 0],
    ]
    expect(refusal(polygon(through)).code).toBe('ring-crossing')
    const [start, ...others] = through
    for (const turn of [2, 3, 4]) {
      const turned = [start as number[], ...others.slice(0, -1)]
      turned.push(...turned.splice(0, turn))
      expect(refusal(polygon(turned)).code, `from vertex ${turn}`).toBe('ring-crossing')
    }
    expect(refusal(polygon(meeting)).code).toBe('ring-crossing')
  })

  test('one wrong pair among 10,000 vertices, near where it is', () => {
    const ring = star(prng(4), 10, 50, 2, 10_000)
    const at = 6000
    ;[ring[at], ring[at + 7]] = [ring[at + 7] as number[], ring[at] as number[]]
    const problem = refusal(polygon(ring))
    expect(problem.code).toBe('ring-crossing')
    const vertex = Number(/\[(\d+)\]$/.exec(problem.where ?? '')?.[1])
    expect(Math.abs(vertex - at)).toBeLessThanOrEqual(8)
  })

  test('a hopeless tangle of 3,000 vertices', () => {
    const random = prng(8)
    const tangle = Array.from({ length: 3000 }, () => [random.next() * 10, random.next() * 10])
    expect(refusal(polygon(tangle)).code).toBe('ring-crossing')
  })

  test('a hole that crosses its ring, lies outside it or in another hole', () => {
    expect(refusal(polygon(square(0, 0, 4, 4), square(3, 3, 5, 5))).code).toBe('ring-crossing')
    expect(refusal(polygon(square(0, 0, 4, 4), square(6, 6, 7, 7))).code).toBe('hole-outside')
    expect(refusal(polygon(square(0, 0, 9, 9), square(1, 1, 8, 8), square(2, 2, 3, 3))).code).toBe('hole-in-hole')
  })

  test('a place off the globe, and says when lat and lon look swapped', () => {
    const problem = refusal(
      polygon([
        [35, 139],
        [36, 139],
        [36, 140],
        [35, 139],
      ]),
    )
    expect(problem.code).toBe('off-the-globe')
    expect(problem.where).toBe('shapes[0].rings[0][0]')
    expect(problem.hint).toMatch(/swapped/)
    const beyond = refusal(polygon(square(170, 0, 190, 5)))
    expect(beyond.hint).toMatch(/-170 for 190/)
  })

  test('what encloses nothing', () => {
    expect(refusal().code).toBe('zone-empty')
    expect(refusal(polygon()).code).toBe('shape-empty')
    expect(refusal(polygon([])).code).toBe('shape-empty')
    expect(refusal({ kind: 'multipolygon', polygons: [] }).code).toBe('shape-empty')
    expect(
      refusal(
        polygon([
          [1, 1],
          [2, 2],
          [1, 1],
        ]),
      ).code,
    ).toBe('ring-too-short')
    expect(
      refusal(
        polygon([
          [1, 1],
          [2, 2],
          [3, 3],
          [1, 1],
        ]),
      ).code,
    ).toBe('ring-flat')
    expect(refusal(polygon(square(-180, -90, 180, 90))).code).toBe('ring-flat')
  })

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 10_001])('a radius of %d km', (radiusKm) => {
    const problem = refusal({ kind: 'circle', lon: 0, lat: 0, radiusKm })
    expect(problem.code).toBe('circle-radius')
    expect(problem.where).toBe('shapes[0].radiusKm')
  })

  test('a country that is none, and coordinates that are no numbers', () => {
    expect(refusal({ kind: 'country', iso2: 'jp' }).code).toBe('unknown-country')
    expect(refusal({ kind: 'circle', lon: Number.NaN, lat: 0, radiusKm: 1 }).code).toBe('bad-position')
  })

  test('every bad shape at once', () => {
    const problem = refusal({ kind: 'country', iso2: 'ZZ' }, polygon([]), polygon(square(0, 0, 1, 1)))
    expect(problem.details.map((d) => d.where)).toEqual(['shapes[0].iso2', 'shapes[1].rings[0]'])
  })
})

describe('accepts', () => {
  test('an outline of 10,000 vertices', () => {
    const ring = star(prng(4), 10, 50, 2, 10_000)
    expect(checkShapes([polygon(ring)])).toEqual({ shapes: [polygon(ring)], notes: [] })
  })

  test('a ring that touches itself in a vertex', () => {
    const touching = [
      [0, 0],
      [2, 0],
      [1, 1],
      [2, 2],
      [0, 2],
      [1, 1],
      [0, 0],
    ]
    expect(checkShapes([polygon(touching)]).shapes).toHaveLength(1)
  })

  test('a loop of some metres in a published outline, and says so', () => {
    const coast = [
      [0, 0],
      [0.001, -0.0001],
      [0.0009, 0.0001],
      [0.0009, -0.0002],
      [1, 0],
      [1, 1],
      [0, 1],
      [0, 0],
    ]
    const { shapes, notes } = checkShapes([polygon(coast)])
    expect(shapes).toEqual([polygon(coast)])
    expect(notes).toEqual([expect.stringMatching(/crosses itself 1 times in loops too small/)])
  })

  test('an outline across the antimeridian', () => {
    expect(checkShapes([polygon(square(170, -20, -170, -10))]).notes).toEqual([])
  })
})

describe('repairs and says so', () => {
  test('an open ring, repeated points, heights and the winding', () => {
    const ring = [
      [0, 0, 5],
      [0, 1],
      [0, 1],
      [1, 1],
      [1, 0],
    ]
    const { shapes, notes } = checkShapes([polygon(ring)])
    expect(shapes).toEqual([
      polygon([
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ]),
    ])
    expect(notes).toHaveLength(4)
    expect(notes.join(' ')).toMatch(/closed.*repeated.*heights.*winding/)
    expect(notes.every((note) => note.startsWith('shapes[0].rings[0]'))).toBe(true)
  })

  test('nothing twice: what came out is accepted without notes', () => {
    const first = checkShapes([polygon(square(0, 0, 4, 4).toReversed(), square(1, 1, 2, 2))])
    expect(first.notes).toHaveLength(2)
    expect(checkShapes(first.shapes)).toEqual({ shapes: first.shapes, notes: [] })
  })
})
