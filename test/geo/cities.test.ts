import { expect, test } from 'vitest'
import { citiesLike, findCity } from '../../src/geo/cities.ts'

test('a city is found by its name in any marks and case, or another name, the largest of them', () => {
  expect(findCity('osaka', 'JP')).toMatchObject({ name: 'Osaka', iso2: 'JP', lon: 135.50218, lat: 34.69374 })
  expect(findCity('Sao Paulo', 'BR')?.name).toBe('São Paulo')
  expect(findCity('São Paulo', 'BR')?.population).toBeGreaterThan(5_000_000)
  expect(findCity('Springfield', 'US')?.population).toBeGreaterThan(150_000)
  expect(findCity('Osaka', 'KR')).toBeUndefined()
})

test('its circle grows with its people, from 3 to 40 km', () => {
  const radius = (name: string, iso2: string) => findCity(name, iso2)?.radiusKm
  expect(radius('Wajima', 'JP')).toBe(3)
  expect(radius('Osaka', 'JP')).toBe(17)
  expect(radius('Shanghai', 'CN')).toBe(40)
})

test('a beginning gives the largest first', () => {
  const found = citiesLike('san', 5)
  expect(found).toHaveLength(5)
  expect(found.map(({ population }) => population)).toEqual(
    found.map(({ population }) => population).sort((a, b) => b - a),
  )
  expect(citiesLike('qqqq', 5)).toEqual([])
})
