import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadRegions } from '../../src/geo/regions.ts'
import { openBatches } from '../../src/store/roaming/batches.ts'
import { RoamingWorker } from '../../src/targeting/roaming.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let worker: RoamingWorker

beforeAll(async () => {
  api = await startApi()
  const { db, queues, countries, carriers, log } = api.deps
  await ensurePartitions(db)
  const routes = await routeNumbers(db.pool, carriers.profiles)
  const regions = loadRegions(new URL('../../geofences/regions.topojson.gz', import.meta.url).pathname)
  worker = new RoamingWorker({ db, queues, countries, regions, routes, log })
})

afterAll(() => api.close())

let subscribers = 0
/** Somebody enters, as his home carrier reports it; what he is told, in order. */
async function arrival(country: string, language?: string): Promise<string[]> {
  const msisdn = `8210${10_000_000 + subscribers++}`
  const event = { msisdn, hplmn: '45008', country, at: new Date().toISOString(), event: 'enter', language }
  const { status, text } = await api.call('carrier', 'POST', '/v1/roaming-notifications', { body: [event] })
  expect(status, text).toBeLessThan(300)
  for (const batch of await openBatches(api.db.pool, 100)) await worker.work(batch)
  const { rows } = await api.db.pool.query<{ text: string }>(
    `SELECT t.text FROM message m JOIN broadcast_text t USING (broadcast_id, variant) WHERE m.msisdn = $1 ORDER BY m.seq`,
    [msisdn],
  )
  return rows.map(({ text }) => text)
}
const post = async (path: string, body: object) => {
  const { status, text } = await api.call('composer', 'POST', `/v1/${path}`, { body })
  expect(status, text).toBe(201)
}

test("a country's text is changed, and the next arrival gets it", async () => {
  const [before] = await arrival('JP')
  expect(before).toContain('일본 방문 중 위급상황 시 주일본대사관 +81-3-3452-7611')
  await post('entry/templates', { area: 'JP', kind: 'mission', texts: { ko: '지진 유의. {contacts}' } })
  expect((await arrival('JP'))[0]).toBe('지진 유의. 주일본대사관 +81-3-3452-7611, 영사콜센터 +82-2-3210-0404(24시간)')
  await post('entry/templates', { area: 'JP', kind: 'mission', texts: { ko: null } })
  expect((await arrival('JP'))[0]).toBe(before)
})

test('a level, a campaign, a number and a policy that are set count for the next arrival, and what is shown is what he gets', async () => {
  const preview = async (country: string) => {
    const { body } = await api.call('viewer', 'GET', `/v1/entry/preview?country=${country}`)
    return body.texts.map(({ text }: { text: string }) => text)
  }
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  expect(await arrival('MN')).toHaveLength(1)
  await post('travel-levels', { country: 'MN', area: 'MN', level: 3, since: '2026-01-01', source: 'test' })
  await post('entry/campaigns', {
    name: 'cold',
    areas: ['MN'],
    texts: { ko: '{country} 한파 유의', en: 'Cold in {country}' },
    startsAt: at(-1),
    endsAt: at(1),
  })
  await post('entry/facts/missions/ulaanbaatar', { phone: '+976-11-000000' })
  const told = await arrival('MN')
  expect(told).toEqual([
    expect.stringContaining('주몽골대사관 +976-11-000000'),
    expect.stringContaining('3단계(출국권고)가 발령 중'),
    '몽골 한파 유의',
  ])
  expect(await preview('MN')).toEqual(told)
  await post('entry/policies', { area: 'MN', policy: { kinds: ['campaign', 'mission'] } })
  expect(await arrival('MN')).toEqual([told[2], told[0]])
  await post('entry/policies', { area: 'MN', policy: { enabled: false } })
  expect(await arrival('MN')).toEqual([])
})

test('whose language is reported gets his texts in English, and what is shown in that language is what he gets', async () => {
  await post('entry/templates', { area: 'IS', kind: 'mission', texts: { ko: '{country} 안전' } })
  await post('entry/templates', { area: 'NO', kind: 'mission', texts: { ko: '노르웨이', en: 'Safe in {country}' } })
  expect(await arrival('NO', 'en-GB')).toEqual(['Safe in Norway'])
  expect(await arrival('NO', 'ko-KR')).toEqual(['노르웨이'])
  // Nothing of Iceland in English: the general text before the Korean one.
  const { body } = await api.call('viewer', 'GET', '/v1/entry/preview?country=IS&language=en')
  expect(body.texts).toMatchObject([
    { kind: 'mission', language: 'en', text: expect.stringMatching(/emergency abroad call/) },
  ])
  expect(await arrival('IS', 'fr')).toEqual([body.texts[0].text])
  expect(await arrival('IS')).toEqual(['아이슬란드 안전'])
})
