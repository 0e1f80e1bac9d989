import { afterAll, beforeAll, expect, test } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { openDesk } from './desk.ts'
import { operationsOf } from './fuzz/requests.ts'
import { fuzzApi } from './fuzz/run.ts'
import { fuzzWorld } from './fuzz/world.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

test('whatever is asked, by whomever, is answered as documented, and tells nobody a number that is not for him', async () => {
  const world = await fuzzWorld(api)
  const { app, check } = api
  const { findings, answers } = await fuzzApi({ app, check, random: prng(22), requests: 3_000, ...world })
  expect(findings.join('\n\n')).toBe('')
  // Each was asked, and most were got right at least once, or the fuzz stays at the door.
  const operations = operationsOf(app).map(({ operationId }) => operationId)
  expect(operations.filter((id) => ![...answers.keys()].some((one) => one.startsWith(`${id} `)))).toEqual([])
  const taken = operations.filter((id) => answers.has(`${id} 2xx`))
  expect(taken.length / operations.length).toBeGreaterThan(0.5)
  // And it works as before.
  expect((await api.call(undefined, 'GET', '/readyz')).status).toBe(200)
  await openDesk(api).live()
}, 300_000)
