import { expect, test } from 'vitest'
import { loadCountries } from '../../src/geo/countries.ts'
import { outlineOf, verticesOf } from '../../src/geo/outline.ts'
import { prepare } from '../../src/geo/prepared.ts'
import type { Shape } from '../../src/geo/zone.ts'

const square = (west: number, size: number): Shape => ({
  kind: 'polygon',
  rings: [
    [
      [west, 0],
      [west + size, 0],
      [west + size, size],
      [west, size],
      [west, 0],
    ],
  ],
})
const circle: Shape = { kind: 'circle', lon: 10, lat: 50, radiusKm: 20 }

test('an outline leaves out nothing of a circle, a country or shapes side by side', () => {
  const { geometry, exact } = outlineOf([circle, square(0, 1), { kind: 'country', iso2: 'LU' }], loadCountries())
  const drawn = prepare(geometry)
  expect(exact).toBe(true)
  for (const [lon, lat] of [[10, 50.1795], [0.5, 0.5], [6.13, 49.61]] as const) expect(drawn.contains(lon, lat)).toBe(true) // biome-ignore format: one line
  expect(drawn.contains(3, 0.5)).toBe(false)
})

test('of shapes put together it says that it is not exact, and shows the ground that they leave', () => {
  const whole = square(0, 3)
  const put: Shape[] = [
    { kind: 'difference', of: whole, minus: [square(1, 1)] },
    { kind: 'buffer', of: whole, metres: 100 },
    { kind: 'intersection', of: [square(0, 9), whole] },
  ]
  for (const shape of put) {
    const { geometry, exact } = outlineOf([shape], loadCountries())
    expect(exact).toBe(false)
    const drawn = prepare(geometry)
    expect([drawn.contains(2.5, 2.5), drawn.contains(0.5, 0.5), drawn.contains(5, 5)]).toEqual([true, true, false])
  }
  expect(outlineOf([{ kind: 'union', of: [whole, circle] }], loadCountries()).exact).toBe(true)
})

test('vertices are those that somebody drew', () => {
  expect(verticesOf([square(0, 1), circle, { kind: 'country', iso2: 'JP' }])).toBe(5)
  expect(verticesOf([{ kind: 'difference', of: square(0, 1), minus: [square(0, 1), circle] }])).toBe(10)
  expect(verticesOf([{ kind: 'multipolygon', polygons: [[[[0, 0], [1, 0], [0, 1], [0, 0]]]] }])).toBe(4) // biome-ignore format: one ring
})
