import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let n = 0

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

beforeEach(() => api.db.pool.query('TRUNCATE resident, roamer, linked_number'))

const circle = { kind: 'circle', lon: 137, lat: 37, radiusKm: 50 }

const alert = (rules: object = {}) => ({
  identifier: `audience-${n++}`,
  status: 'Actual',
  infos: [
    {
      language: 'ko',
      event: '지진',
      responseType: ['Evacuate'],
      urgency: 'Immediate',
      severity: 'Severe',
      certainty: 'Observed',
      headline: '[외교부] 노토 강진',
      expires: `${new Date(Date.now() + 3_600_000).toISOString().slice(0, 19)}Z`,
      areas: [{ areaDesc: '노토', shapes: [circle] as object[] }],
    },
  ],
  rules,
})

const create = (rules?: object, query = '') =>
  api.call('composer', 'POST', `/v1/alerts${query}`, { body: alert(rules) })

async function created(rules?: object): Promise<string> {
  const { status, text, body } = await create(rules)
  if (status !== 201) throw new Error(text)
  return body.id
}

const register = (from: number, people: number, mission = 'tokyo') =>
  api.db.pool.query(
    `INSERT INTO resident (msisdn, mission, country, language, lon, lat, cell)
     SELECT $1::bigint + i, $2, 'JP', 'ko', 137.1, 37.1, $3 FROM generate_series(1, $4) AS i`,
    [from, mission, cellOf(137.1, 37.1), people],
  )

describe('the rules of an alert', () => {
  test('are taken from the JSON and, with lists separated by commas, from the query, which goes first', async () => {
    const all = {
      uncertain: 'exclude',
      numbers: 'last-seen',
      populations: ['residents', 'roamers'],
      languages: ['ko', 'und'],
      missions: ['tokyo', 'niigata'],
      homeNetworks: ['45008', '45005'],
      placeMaxAgeHours: 24,
      seenMaxAgeHours: 72.5,
    }
    expect((await create(all)).body.rules).toEqual({
      ...all,
      unplaced: 'include',
      resend: 'resend',
      legalBasis: 'vital-interests',
    })
    const query = '?missions=tokyo&languages=en,und,en&homeNetworks=45006,45008&uncertain=centre&seenMaxAgeHours=12'
    expect((await create(all, query)).body.rules).toMatchObject({
      missions: ['tokyo'],
      languages: ['en', 'und'],
      homeNetworks: ['45006', '45008'],
      uncertain: 'centre',
      numbers: 'last-seen',
      seenMaxAgeHours: 12,
      placeMaxAgeHours: 24,
    })
  })

  test.each([
    { uncertain: 'perhaps' },
    { numbers: 'first' },
    { populations: ['tourists'] },
    { populations: [] },
    { languages: ['korean'] },
    { missions: ['tokyo', 'tokyo'] },
    { homeNetworks: ['450'] },
    { placeMaxAgeHours: 0 },
    { seenMaxAgeHours: -1 },
    { mission: ['tokyo'] },
  ])('are refused where they say nothing that is known: %j', async (rules) => {
    const answer = await create(rules)
    expect([answer.status, codeOf(answer)]).toEqual([422, 'alert-invalid'])
    expect(answer.body.errors[0].where).toMatch(/^\/rules/)
    const query = Object.entries(rules).map(([name, value]) => `${name}=${Array.isArray(value) ? value.join() : value}`)
    if (!('missions' in rules)) expect((await create({}, `?${query}`)).status).toBe(400)
  })

  test.each([
    [{ missions: ['tokio'] }, 'mission-unknown', /Did you mean "tokyo"/],
    [{ homeNetworks: ['99901'] }, 'network-unknown', /MCC and MNC/],
    [{ populations: ['roamers'], languages: ['ko'] }, 'nobody-meant', /add und/],
  ])('are refused where they can mean nobody: %j', async (rules, code, hint) => {
    const { status, body } = await create(rules)
    expect(status).toBe(422)
    expect(body.errors).toMatchObject([{ code, hint: expect.stringMatching(hint) }])
  })

  test('may name a mission that is in no list, where somebody is registered', async () => {
    await register(819_000_000_000, 1, 'osaka')
    expect((await create({ missions: ['osaka'] })).status).toBe(201)
  })

  test.each([
    [{ languages: ['ko'] }, ['no-roamers']],
    [{ missions: ['tokyo'], populations: ['roamers'] }, ['rule-without-effect']],
    [{ homeNetworks: ['45008'], populations: ['residents'] }, ['rule-without-effect']],
    [{ languages: ['ko', 'und'] }, []],
  ])('are warned of where they leave out more than they say: %j', async (rules, codes) => {
    const { body } = await create(rules)
    expect(body.warnings.map(({ code }: { code: string }) => code)).toEqual(codes)
  })

  test.each([
    ['a country', [{ kind: 'country', iso2: 'JP' }], 'include', /^JP is meant as a whole/],
    ['a country and a circle', [{ kind: 'country', iso2: 'JP' }, circle], 'exclude', /^JP is meant as a whole/],
    ['a circle', [circle], 'exclude', undefined],
  ])('are warned of where they leave nobody out: the unplaced of %s', async (_where, shapes, unplaced, message) => {
    const body = alert({ unplaced: 'exclude' })
    const [info] = body.infos
    if (info?.areas[0]) info.areas[0].shapes = shapes
    const answer = await api.call('composer', 'POST', '/v1/alerts', { body })
    expect(answer.body.rules.unplaced).toBe(unplaced)
    const warned = {
      code: 'rule-without-effect',
      where: '/rules/unplaced',
      message: expect.stringMatching(message ?? ''),
    }
    expect(answer.body.warnings).toMatchObject(message ? [warned] : [])
    expect((await create({ unplaced: 'include' })).body.warnings).toEqual([])
  })

  test('say that primary subtags of languages are asked for', async () => {
    const errors = [{ where: '/rules/languages/0', hint: expect.stringContaining('ko, not ko-KR') }]
    const json = await create({ languages: ['ko-KR'] })
    expect(json.body.errors).toMatchObject(errors)
    expect(json.body.errors[0].detail).toContain('"ko-KR"')
    const query = await create({}, '?languages=ko-KR')
    expect([query.status, query.body.errors[0].hint]).toEqual([400, expect.stringContaining('ko, not ko-KR')])
  })
})

test('a preview tells the audience in every way, and how long it takes', async () => {
  await register(819_000_000_000, 30)
  const id = await created()
  const { status, body } = await api.call('viewer', 'POST', `/v1/alerts/${id}/preview`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    matched: 30,
    byPopulation: { residents: 30, roamers: 0 },
    byLanguage: { ko: 30 },
    byStanding: { inside: 30, ring: 0, country: 0, unplaced: 0, holder: 0 },
    byCarrier: { north: { messages: 30, segments: 30, seconds: 1, queuedAhead: 0, heldBy: null, cost: null } },
    uncertainApart: 0,
    otherNumbers: 0,
    segments: 30,
    cost: {},
    unpricedSegments: 30,
    forecast: { p50: 0.2, p90: 0.3, p99: 0.3 },
    texts: [{ language: 'ko', messages: 30 }],
  })
})

describe('the density', () => {
  test('is a raster of rounded counts, without squares of fewer than five', async () => {
    await register(819_000_000_000, 33)
    const id = await created()
    const { status, body } = await api.call('viewer', 'GET', `/v1/alerts/${id}/density`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ smallest: 5, hidden: 0, cells: [[expect.any(Number), expect.any(Number), 35]] })
    await api.db.pool.query('DELETE FROM resident WHERE msisdn > 819000000004')
    expect((await api.call('viewer', 'GET', `/v1/alerts/${id}/density`)).body).toMatchObject({ cells: [], hidden: 5 })
  })

  test.each(['1,2,3', '1,2,3,x', '1,2,3,', '10,20,10,30', '10,30,20,20', '-190,0,0,10'])(
    'refuses a box that is none: %s',
    async (bbox) => {
      const answer = await api.call('viewer', 'GET', `/v1/alerts/${await created()}/density?bbox=${bbox}`)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'bad-bbox'])
    },
  )

  test('refuses a zoom that shows single houses, or more squares than a map has', async () => {
    const id = await created()
    expect((await api.call('viewer', 'GET', `/v1/alerts/${id}/density?zoom=16`)).status).toBe(400)
    const much = await api.call('viewer', 'GET', `/v1/alerts/${id}/density?zoom=15&bbox=100,0,120,20`)
    expect([much.status, codeOf(much)]).toEqual([422, 'too-many-squares'])
    expect(much.body.hint).toMatch(/zoom \d+/)
  })
})

describe('an explanation', () => {
  test('tells why, masks the number, and is in the audit log without it', async () => {
    await register(819_011_112_221, 1)
    const id = await created()
    const { status, body, text } = await api.call(
      'approver',
      'GET',
      `/v1/alerts/${id}/explain?msisdn=%2B81 90-1111-2222`,
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({ told: true, number: '8190******22', carriers: ['north', 'south'], language: 'ko' })
    expect(body.sentences).toEqual([expect.stringMatching(/^As a resident: His place is inside the zone/)])
    expect(text).not.toContain('819011112222')
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    const seen = entries.filter(
      ({ act, subject }: { act: string; subject: string }) =>
        act === 'numbers.view' && subject === 'subscriber:8190******22',
    )
    expect(seen).toMatchObject([{ actor: 'person:approver', detail: { what: 'explain', alert: id } }])
    expect(JSON.stringify(seen)).not.toContain('11112222')
  })

  test('is not for composers, and takes a number that is one', async () => {
    const id = await created()
    expect((await api.call('composer', 'GET', `/v1/alerts/${id}/explain?msisdn=819011112222`)).status).toBe(403)
    const odd = await api.call('approver', 'GET', `/v1/alerts/${id}/explain?msisdn=12345678901234567`)
    expect([odd.status, codeOf(odd)]).toEqual([400, 'bad-msisdn'])
  })
})
