import { afterEach, expect, test } from 'vitest'
import { ROLES } from '../../src/alerts/lifecycle.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { alertBody, openDesk } from './desk.ts'
import { type FuzzResult, fuzzApi, type Tally } from './fuzz/run.ts'
import { fuzzDeps, fuzzWorld } from './fuzz/world.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi

afterEach(() => api.close())

/** A new world, asked so much. */
async function fuzz(seed: number, requests: number): Promise<FuzzResult> {
  api = await startApi(fuzzDeps)
  const world = await fuzzWorld(api)
  return fuzzApi({ app: api.app, check: api.check, seed, requests, ...world })
}

test('whatever is asked, by whomever, is answered as documented, and tells nobody what is not for him', async () => {
  const { findings, tallies } = await fuzz(22, 3_000)
  expect(findings.join('\n\n')).toBe('')
  const line = (name: string, { asked, taken, refused }: Tally) => `${name}: ${asked}, 2xx ${taken}, 4xx ${refused}`
  // Every one was done at least once, or the fuzz stays at the door.
  const never = [...tallies].filter(([, { taken }]) => taken === 0).map(([name, tally]) => line(name, tally))
  expect(never).toEqual([])
  // And it works as before; who was there at first may have been disabled.
  for (const role of ROLES) api.keys[role] = await addKey(api.db, `${role} afterwards`, role, 'test')
  expect((await api.call(undefined, 'GET', '/readyz')).status).toBe(200)
  // For a country that no other alert is for.
  const areas = [{ areaDesc: 'France', shapes: [{ kind: 'country', iso2: 'FR' }] }]
  await openDesk(api).live(alertBody({}, { areas }))
}, 300_000)

test('the same seed asks the same', async () => {
  const first = await fuzz(7, 300)
  await api.close()
  const second = await fuzz(7, 300)
  expect(second.transcript).toEqual(first.transcript)
  expect(first.transcript.length).toBeGreaterThan(250)
}, 120_000)
