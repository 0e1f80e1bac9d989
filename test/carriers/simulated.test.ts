import { beforeAll, describe, expect, it } from 'vitest'
import { loadProfiles } from '../../src/carriers/load.ts'
import { notesOn } from '../../src/carriers/notes.ts'
import { type Destination, Routes } from '../../src/carriers/routes.ts'
import type { CarrierProfile } from '../../src/carriers/schema.ts'

const folder = new URL('../../carriers/simulated', import.meta.url).pathname
let profiles: CarrierProfile[]

beforeAll(async () => {
  profiles = await loadProfiles(folder, { SIMULATED_SMPP_PASSWORD: 'secret' })
})

const everybody: Destination[] = [
  ...['45005', '45006', '45008', '45002', undefined].map(
    (hplmn) => ({ population: 'roamers', msisdn: '821012345678', hplmn, country: 'JP' }) as const,
  ),
  ...['JP', 'US', undefined].flatMap((country) =>
    ['818012345678', '819012345678'].map((msisdn) => ({ population: 'residents', msisdn, country }) as const),
  ),
]

describe('the profiles of carriers/simulated', () => {
  it('go the same way in earnest as without those of exercises', () => {
    const all = new Routes(profiles)
    const live = new Routes(profiles.filter((one) => one.live))
    const ids = (found: readonly CarrierProfile[]) => found.map(({ id }) => id)
    const ways = everybody.map((to) => ids(all.find(to, 'live')))
    expect(ways).toEqual(everybody.map((to) => ids(live.find(to, 'live'))))
    expect(new Set(ways.flat())).toEqual(new Set(['sim-kr-1', 'sim-kr-2', 'sim-kr-3', 'sim-jp-1', 'sim-jp-2']))
  })

  it('reach in a rehearsal and in an exercise exactly whom they reach in earnest, by no live one', () => {
    const routes = new Routes(profiles)
    for (const to of everybody) {
      const reached = routes.find(to, 'live').length > 0
      for (const use of ['exercise', 'rehearsal'] as const) {
        const found = routes.find(to, use)
        expect(found.map(({ live, simulated }) => [live, simulated])).toEqual(reached ? [[false, true]] : [])
      }
    }
  })

  it('rehearse at the rate of the live ones together', () => {
    const rate = (some: readonly CarrierProfile[]) => some.reduce((sum, { throughput }) => sum + throughput, 0)
    expect(rate(profiles.filter(({ live }) => !live))).toBe(rate(profiles.filter(({ live }) => live)))
  })

  it('lead to a port each, and surprise nobody', () => {
    const ports = profiles.flatMap(({ links }) => links.map(({ port }) => port))
    expect(new Set(ports).size).toBe(profiles.length)
    for (const one of profiles.filter(({ live }) => !live)) expect(notesOn(one, profiles)).toEqual([])
  })
})
