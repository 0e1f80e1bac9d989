import { describe, expect, it } from 'vitest'
import { zoneShapes } from '../../src/alerts/area.ts'
import { compileShapes } from '../../src/geo/compile.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { demoCap } from './sample.ts'

const peninsula = {
  Wajima: [136.9, 37.39],
  Monzen: [136.767, 37.285],
  Suzu: [137.26, 37.436],
  CapeRokugo: [137.326, 37.528],
  Shika: [136.778, 37.006],
  Nanao: [136.967, 37.043],
  Anamizu: [136.91, 37.23],
  Noto: [137.15, 37.306],
  Nakanoto: [136.9, 36.99],
} as const
const coasts = {
  Hakui: [136.779, 36.894],
  Himi: [136.986, 36.857],
  Kanazawa: [136.656, 36.561],
  Kaga: [136.315, 36.303],
  Toyama: [137.211, 36.696],
  Kurobe: [137.449, 36.871],
  Itoigawa: [137.862, 37.039],
  Joetsu: [138.236, 37.148],
  Kashiwazaki: [138.559, 37.372],
  Niigata: [139.036, 37.916],
} as const
const inland = { Takayama: [137.252, 36.146], Fukui: [136.22, 36.064], Nagano: [138.18, 36.65] } as const

function inside(name: string, places: Record<string, readonly [number, number]>): string[] {
  const zone = compileShapes(zoneShapes(demoCap(name)), loadCountries())
  return Object.keys(places).filter((place) => zone.contains(...(places[place] as [number, number])))
}

describe('the zones of the Noto alerts', () => {
  it('the alert reaches the municipalities of the peninsula and no other', () => {
    expect(inside('noto-alert', peninsula)).toEqual(Object.keys(peninsula))
    expect(inside('noto-alert', { ...coasts, ...inland })).toEqual([])
  })

  it('the update reaches these and the coasts beside them, not the towns inland', () => {
    expect(inside('noto-update', { ...peninsula, ...coasts })).toEqual(Object.keys({ ...peninsula, ...coasts }))
    expect(inside('noto-update', inland)).toEqual([])
  })

  it('the all-clear has none', () => {
    expect(zoneShapes(demoCap('noto-all-clear'))).toEqual([])
  })
})
