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

  test('a path that cuts through the corner of another, but not one that only touches it', () => {
    const through = [
      [0, 0],
      [1, 1],
      [2, 0],
      [3, 3],
      [1, 3],
      [1, 1],
      [1, -2],
      [0, 0],
    ]
    expect(refusal(polygon(through)).code).toBe('ring-crossing')
    expect(refusal(polygon(through.toReversed())).code).toBe('ring-crossing')
    const touching = [
      [0, 0],
      [1, 1],
      [2, 0],
      [5, 0],
      [3, 2],
      [1, 1],
      [1, 4],
      [0, 0],
    ]
    expect(checkShapes([polygon(touching)]).shapes).toHaveLength(1)
    expect(checkShapes([polygon(touching.toReversed())]).shapes).toHaveLength(1)
  })

  test('a crossing in a ring round a pole, naming its vertices as they were given', () => {
    const problem = refusal(
      polygon([
        [0, 70],
        [60, 70],
        [120, 70],
        [100, 60],
        [110, 80],
        [180, 70],
        [-90, 70],
        [0, 70],
      ]),
    )
    expect(problem.code).toBe('ring-crossing')
    expect(problem.message).toMatch(
      /vertex 1 \(lon 60, lat 70\).*vertex 3 \(lon 100, lat 60\)|vertex 3 \(lon 100, lat 60\).*vertex 1 \(lon 60, lat 70\)/,
    )
  })

  test('a ring round a pole whose end crosses its beginning', () => {
    // It begins at 0 degrees, its northernmost, and comes back below it beyond that meridian.
    const ring = [
      [0, 80],
      [20, 70],
      [90, 60],
      [180, 60],
      [-90, 60],
      [10, 75],
      [15, 60],
      [-5, 65],
      [0, 80],
    ]
    expect(refusal(polygon(ring)).code).toBe('ring-crossing')
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

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 9901])('a radius of %d km', (radiusKm) => {
    const problem = refusal({ kind: 'circle', lon: 0, lat: 0, radiusKm })
    expect(problem.code).toBe('circle-radius')
    expect(problem.where).toBe('shapes[0].radiusKm')
  })

  test('a country that is none, and coordinates that are no numbers', () => {
    expect(refusal({ kind: 'country', iso2: 'jp' }).code).toBe('unknown-country')
    expect(refusal({ kind: 'circle', lon: Number.NaN, lat: 0, radiusKm: 1 }).code).toBe('bad-position')
  })

  test.each([
    [
      'numbers as text',
      [
        ['1', '2'],
        [1, 2],
        [2, 2],
        [1, 3],
      ],
      'bad-position',
      '[0]',
    ],
    ['a position of one number', [[1, 2], [3], [2, 2]], 'bad-position', '[1]'],
    ['null', [[1, 2], null, [2, 2]], 'bad-position', '[1]'],
    [
      'NaN',
      [
        [1, 2],
        [Number.NaN, 2],
        [2, 2],
      ],
      'bad-position',
      '[1]',
    ],
    [
      'a point four times',
      [
        [1, 2],
        [1, 2],
        [1, 2],
        [1, 2],
      ],
      'ring-too-short',
      '',
    ],
    [
      'a line there and back',
      [
        [0, 0],
        [1, 1],
        [2, 1],
        [1, 1],
        [0, 0],
      ],
      'ring-flat',
      '',
    ],
    [
      'an edge that may go either way round',
      [
        [-100, 0],
        [100, 0],
        [100, 20],
        [-100, 20],
        [-100, 0],
      ],
      'edge-too-long',
      '[0]',
    ],
    [
      'a ring round the globe on both sides of the equator',
      [
        [0, 5],
        [90, -5],
        [180, 5],
        [-90, -5],
        [0, 5],
      ],
      'ring-round-globe',
      '',
    ],
    [
      'a ring twice round the pole',
      [0, 90, 180, -90, 10, 100, -170, -80, 0].map((lon, i) => [lon, 60 + i]),
      'ring-round-globe',
      '',
    ],
  ] as unknown as [string, number[][], string, string][])('%s', (_, ring, code, vertex) => {
    const problem = refusal(polygon(ring))
    expect(problem.code).toBe(code)
    expect(problem.where).toBe(`shapes[0].rings[0]${vertex}`)
  })

  test('a hole that crosses another, and one across the seam of a ring round the pole', () => {
    const outer = square(0, 0, 9, 9)
    const crossing = refusal(polygon(outer, square(1, 1, 5, 5), square(4, 4, 8, 8)))
    expect([crossing.code, crossing.where]).toEqual(['ring-crossing', 'shapes[0].rings[1][1]'])
    const cap = [0, 90, 180, -90, 0].map((lon) => [lon, 60])
    const around = [0, 90, 180, -90, 0].map((lon) => [lon, 80])
    const seam = refusal(polygon(cap, around))
    expect([seam.code, seam.where]).toEqual(['hole-at-pole', 'shapes[0].rings[1]'])
    expect(seam.hint).toMatch(/difference/)
    const across = refusal(polygon(cap, square(-5, 70, 5, 75)))
    expect([across.code, across.where]).toEqual(['hole-at-pole', 'shapes[0].rings[1]'])
    expect(checkShapes([polygon(cap, square(5, 70, 15, 75).toReversed())]).notes).toEqual([])
  })

  test('shapes put together wrongly, naming the place within', () => {
    const one = polygon(square(0, 0, 4, 4))
    const far = polygon(square(10, 10, 12, 12))
    const beside = polygon(square(4, 0, 6, 4))
    const empty = (shape: unknown) => {
      const { code, where } = refusal(shape as Shape)
      return [code, where]
    }
    expect(empty({ kind: 'intersection', of: [one, far] })).toEqual(['zone-empty', 'shapes[0]'])
    expect(empty({ kind: 'intersection', of: [one, beside] })).toEqual(['zone-empty', 'shapes[0]'])
    expect(empty({ kind: 'intersection', of: [one] })).toEqual(['shape-operands', 'shapes[0].of'])
    expect(empty({ kind: 'difference', of: one, minus: [one] })).toEqual(['zone-empty', 'shapes[0]'])
    expect(empty({ kind: 'difference', of: one, minus: [] })).toEqual(['shape-operands', 'shapes[0].minus'])
    expect(empty({ kind: 'union', of: [one, { kind: 'difference', of: far, minus: [far] }] })).toEqual([
      'zone-empty',
      'shapes[0].of[1]',
    ])
    expect(empty({ kind: 'union', of: [] })).toEqual(['shape-operands', 'shapes[0].of'])
    expect(empty({ kind: 'union' })).toEqual(['shape-operands', 'shapes[0].of'])
    expect(empty({ kind: 'difference', of: one, minus: [{ kind: 'country', iso2: 'KP' }, polygon([])] })).toEqual([
      'shape-empty',
      'shapes[0].minus[1].rings[0]',
    ])
    for (const metres of [0, -1, Number.NaN, 200_001, '5']) {
      expect(empty({ kind: 'buffer', of: one, metres })).toEqual(['buffer-width', 'shapes[0].metres'])
    }
    const circle = { kind: 'circle', lon: 0, lat: 0, radiusKm: 9800 }
    expect(empty({ kind: 'buffer', of: circle, metres: 150_000 })).toEqual(['circle-radius', 'shapes[0]'])
    expect(empty({ kind: 'union', of: [one, { kind: 'country', iso2: 'UM-1' }] })).toEqual([
      'unknown-country',
      'shapes[0].of[1].iso2',
    ])
  })

  test('shapes put together more than six deep', () => {
    const deep = (depth: number): Shape =>
      depth === 0 ? polygon(square(0, 0, 4, 4)) : { kind: 'union', of: [deep(depth - 1)] }
    expect(checkShapes([deep(6)]).notes).toEqual([])
    const problem = refusal(deep(7))
    expect([problem.code, problem.where]).toEqual(['shape-depth', `shapes[0]${'.of[0]'.repeat(6)}`])
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

  test.each([
    [
      'a spike',
      [
        [0, 0],
        [4, 0],
        [4, 4],
        [2, 4],
        [2, 9],
        [2, 4],
        [0, 4],
        [0, 0],
      ],
    ],
    [
      'a triangle of millimetres',
      [
        [139, 35],
        [139.00000001, 35],
        [139, 35.00000001],
        [139, 35],
      ],
    ],
    [
      'a ring that touches an edge of its own',
      [
        [0, 0],
        [4, 0],
        [4, 4],
        [2, 0],
        [0, 4],
        [0, 0],
      ],
    ],
    [
      'a ring round the pole that wanders back beside its first vertex',
      [
        [0, 70],
        [20, 75],
        [-5, 80],
        [90, 72],
        [180, 70],
        [-90, 71],
        [-20, 68],
        [-2, 66],
        [0, 70],
      ],
    ],
  ])('%s', (_, ring) => {
    const { shapes, notes } = checkShapes([polygon(ring)])
    expect(shapes).toEqual([polygon(ring)])
    expect(notes).toEqual([])
  })

  test('a hole that touches its ring in a vertex or along an edge, and holes that touch', () => {
    const outer = square(0, 0, 9, 9)
    for (const holes of [
      [square(0, 3, 2, 5).toReversed()],
      [
        [
          [0, 4],
          [2, 3],
          [2, 5],
          [0, 4],
        ].toReversed(),
      ],
      [square(1, 1, 3, 3).toReversed(), square(3, 3, 5, 5).toReversed()],
      [square(1, 1, 3, 3).toReversed(), square(3, 1, 5, 3).toReversed()],
    ]) {
      expect(checkShapes([polygon(outer, ...holes)]).notes).toEqual([])
    }
  })

  test('shapes put together, each repaired, and says where', () => {
    const shape: Shape = {
      kind: 'difference',
      of: polygon(square(0, 0, 4, 4)),
      minus: [{ kind: 'buffer', of: polygon(square(1, 1, 2, 2).slice(0, 4)), metres: 100 }],
    }
    const { shapes, notes } = checkShapes([shape])
    expect(notes).toEqual([expect.stringMatching(/^shapes\[0\]\.minus\[0\]\.of\.rings\[0\]: the ring was left open/)])
    expect(checkShapes(shapes)).toEqual({ shapes, notes: [] })
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
