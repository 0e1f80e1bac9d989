import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { insertTexts, type NewText, newTextIds } from '../../src/store/inbox/insert-texts.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { choose, launched, selected } from '../reporting/broadcast.ts'
import { alertBody, openDesk, timeIn } from './desk.ts'
import { newcomer, testSeal } from './people-support.ts'
import { type Call, codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
/** Tokyo's composer, by key, and its approver, who signs in. */
let composerKey: string
let carrierNo: number

beforeAll(async () => {
  api = await startApi({ seal: testSeal })
  const made = await api.call('administrator', 'POST', '/v1/people', { body: { name: 'Tokyo', missions: ['tokyo'] } })
  expect(made.status).toBe(201)
  carrierNo = (await registerCarriers(api.db.pool, ['north'])).get('north')?.no as number
  composerKey = await addKey(api.db, 'Tokyo', 'composer', 'test')
})

afterAll(() => api.close())

const tokyo = (method: 'GET' | 'POST' | 'DELETE', url: string, call: Call = {}) =>
  api.call(undefined, method, url, { key: composerKey, ...call })
const person = (msisdn: string, mission: string, country: string) => ({ msisdn, mission, country })
const put = (record: object) => api.call('composer', 'POST', '/v1/residents', { body: record })
const textOf = (id: number, msisdn: string): NewText => ({
  id,
  headId: id,
  carrierNo,
  kind: 'text',
  source: msisdn,
  msisdn,
  destination: '82232100404',
  dataCoding: 1,
  coding: 'ascii',
  raw: Buffer.from('help'),
  headerOctets: 0,
  reference: null,
  part: 1,
  parts: 1,
  fingerprint: randomBytes(16),
  word: null,
})
const areas = (...iso2: string[]) => [
  { areaDesc: iso2.join(), shapes: iso2.map((one) => ({ kind: 'country', iso2: one })) },
]

describe('mission staff and residents', () => {
  test('see those of their missions, and nobody else', async () => {
    await put(person('819011110001', 'tokyo', 'JP'))
    await put(person('819011110002', 'niigata', 'JP'))
    expect((await tokyo('GET', '/v1/residents/819011110001')).status).toBe(200)
    const foreign = await tokyo('GET', '/v1/residents/819011110002')
    const nobody = await tokyo('GET', '/v1/residents/819011110009')
    expect([foreign.status, foreign.body.title]).toEqual([404, nobody.body.title])
    expect((await tokyo('DELETE', '/v1/residents/819011110002')).status).toBe(404)
    expect((await api.call('composer', 'GET', '/v1/residents/819011110002')).status).toBe(200)
  })

  test('register at their own mission, and take no number of another', async () => {
    const elsewhere = await tokyo('POST', '/v1/residents', { body: person('819011110003', 'osaka', 'JP') })
    expect([elsewhere.status, codeOf(elsewhere)]).toEqual([403, 'mission-not-yours'])
    const taken = await tokyo('POST', '/v1/residents', { body: person('819011110002', 'tokyo', 'JP') })
    expect([taken.status, codeOf(taken)]).toEqual([403, 'registered-elsewhere'])
    expect((await tokyo('POST', '/v1/residents', { body: person('819011110004', 'tokyo', 'JP') })).status).toBe(201)
    expect((await tokyo('POST', '/v1/residents', { body: person('819011110004', 'tokyo', 'JP') })).status).toBe(200)
  })

  test('import a file of which each foreign row is named and costs nothing else', async () => {
    const body = [
      'msisdn,mission,country,lat,lon,address,language,name_ref,registered_at',
      '819011110005,tokyo,JP,,,,,,',
      '819011110002,tokyo,JP,,,,,,',
      '819011110006,niigata,JP,,,,,,',
      '819011110007,tokyo,JP,,,,,,',
    ].join('\n')
    const { body: done } = await tokyo('POST', '/v1/residents/import', { body, type: 'text/csv' })
    expect(done).toMatchObject({ imported: 2, added: 2, rejected: 2 })
    expect(done.rejects.map(({ line, code }: { line: number; code: string }) => `${line} ${code}`).sort()).toEqual([
      '3 registered-elsewhere',
      '4 mission-not-yours',
    ])
    const { rows } = await api.db.pool.query("SELECT mission FROM resident WHERE msisdn = '819011110002'")
    expect(rows).toEqual([{ mission: 'niigata' }])
  })
})

describe('mission staff and alerts', () => {
  const desk = () => openDesk(api)

  test('see those that touch their country, and no other', async () => {
    const here = await desk().submitted(alertBody())
    const there = await desk().submitted(alertBody({}, { areas: areas('CN') }))
    const both = await desk().submitted(alertBody({}, { areas: areas('CN', 'JP') }))
    const { alerts } = (await tokyo('GET', '/v1/alerts')).body
    const ids = alerts.map(({ id }: { id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining([here, both]))
    expect(ids).not.toContain(there)
    expect((await tokyo('GET', `/v1/alerts/${here}`)).status).toBe(200)
    for (const below of ['', '/cap', '/progress', '/report', '/recipients', '/events', '/density']) {
      const answered = await tokyo('GET', `/v1/alerts/${there}${below}`)
      expect([below, answered.status, codeOf(answered)]).toEqual([below, 404, 'alert-unknown'])
    }
    expect(codeOf(await tokyo('POST', `/v1/alerts/${there}/preview`))).toBe('alert-unknown')
    expect((await tokyo('POST', `/v1/alerts/${both}/preview`)).status).toBe(200)
  })

  test('are told of other issuers’ alerts beside one of theirs only where these touch their country too', async () => {
    const from = (sender: string, ...iso2: string[]) =>
      desk().submitted(alertBody({ sender }, { areas: areas(...iso2) }))
    const wide = await from('wide@x', 'CN', 'JP')
    const here = await from('here@x', 'JP')
    const there = await from('there@x', 'CN')
    const shownBy = async (ask: (url: string) => ReturnType<typeof tokyo>) => {
      const ids = (some: { otherId: string }[]) => some.map(({ otherId }) => otherId)
      const { alerts } = (await ask('/v1/alerts')).body
      const listed = alerts.find(({ id }: { id: string }) => id === wide)
      return [ids(listed.undecided), ids((await ask(`/v1/alerts/${wide}`)).body.overlaps)]
    }
    const all = await shownBy((url) => api.call('composer', 'GET', url))
    for (const ids of all) expect(ids).toEqual(expect.arrayContaining([here, there]))
    for (const ids of await shownBy((url) => tokyo('GET', url))) {
      expect(ids).toContain(here)
      expect(ids).not.toContain(there)
    }
  })

  test('write for their country alone, and act on nothing that goes beyond it', async () => {
    const beyond = await tokyo('POST', '/v1/alerts', { body: alertBody({}, { areas: areas('JP', 'CN') }) })
    expect([beyond.status, codeOf(beyond)]).toEqual([403, 'beyond-jurisdiction'])
    expect(beyond.body.detail).toContain('CN')
    expect(beyond.body.detail).not.toContain('JP')
    const own = await tokyo('POST', '/v1/alerts', { body: alertBody() })
    expect(own.status, own.text).toBe(201)
    expect((await tokyo('POST', `/v1/alerts/${own.body.id}/submit`)).status).toBe(200)

    const wide = await desk().draft(alertBody({}, { areas: areas('JP', 'CN') }))
    const refused = await tokyo('POST', `/v1/alerts/${wide}/submit`)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'beyond-jurisdiction'])
  })

  test('do not take back what was sent beyond their country', async () => {
    const body = alertBody({ sender: 'mofa', sent: timeIn(-1_000) }, { areas: areas('JP', 'CN') })
    const id = await desk().draft(body)
    const { identifier, sent } = (await desk().view(id)).body.document
    const cancel = await tokyo('POST', '/v1/alerts', {
      body: alertBody({ msgType: 'Cancel', references: [{ sender: 'mofa', identifier, sent }] }, { areas: [] }),
    })
    expect(cancel.status, cancel.text).toBe(201)
    const refused = await tokyo('POST', `/v1/alerts/${cancel.body.id}/submit`)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'beyond-jurisdiction'])
  })

  test('act on no alert of which a later one went beyond their country', async () => {
    const id = await desk().draft(alertBody({ sender: 'mofa', sent: timeIn(-2_000) }))
    const { identifier, sent } = (await desk().view(id)).body.document
    const act = () => tokyo('POST', `/v1/alerts/${id}/discard`, { body: {} })
    const references = [{ sender: 'mofa', identifier, sent }]
    const wider = await desk().draft(alertBody({ msgType: 'Update', references }, { areas: areas('JP', 'CN') }))
    await tokyo('GET', '/v1/alerts')
    await api.db.pool.query('UPDATE alert SET launched_at = now() WHERE id = $1', [wider])
    expect(codeOf(await act())).toBe('beyond-jurisdiction')
    await api.db.pool.query('UPDATE alert SET launched_at = NULL WHERE id = $1', [wider])
    expect((await act()).status).toBe(200)
  })

  test('see of an alert’s recipients their residents and who travels in their country', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    await choose(api.db, broadcastId, { n: 3 })
    await selected(api.db, broadcastId)
    const { rows } = await api.db.pool.query<{ msisdn: string }>(
      'SELECT msisdn::text FROM message WHERE broadcast_id = $1 ORDER BY seq',
      [broadcastId],
    )
    const [resident, traveller] = rows.map(({ msisdn }) => msisdn) as [string, string, string]
    await put(person(resident, 'tokyo', 'JP'))
    await api.db.pool.query("INSERT INTO roamer (msisdn, country, seen_at) VALUES ($1, 'JP', now())", [traveller])
    // The sample's area is elsewhere: what counts here is whom they see, so the alert is said to touch Japan.
    await api.db.pool.query("UPDATE alert SET countries = '{JP}' WHERE id = $1", [alertId])
    const approver = await newcomer(api, 'Tokyo approver', { roles: ['approver'], missions: ['tokyo'] })
    const list = async (url: string) => (await approver.browser.ask('GET', url)).text
    const csv = await list(`/v1/alerts/${alertId}/recipients?numbers=full`)
    expect(
      csv
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',')[0])
        .sort(),
    ).toEqual([resident, traveller].sort())
    const other = rows[2]?.msisdn
    expect((await approver.browser.ask('GET', `/v1/messages?msisdn=${resident}`)).body.messages).toHaveLength(1)
    expect(codeOf(await approver.browser.ask('GET', `/v1/messages?msisdn=${other}`))).toBe('number-elsewhere')
    expect(codeOf(await approver.browser.ask('GET', `/v1/alerts/${alertId}/explain?msisdn=${other}`))).toBe(
      'number-elsewhere',
    )
    const message = (seq: number) => approver.browser.ask('GET', `/v1/messages/${broadcastId}/${seq}`)
    const seqs = await api.db.pool.query<{ seq: number }>(
      'SELECT seq FROM message WHERE broadcast_id = $1 ORDER BY seq',
      [broadcastId],
    )
    const statuses = await Promise.all(seqs.rows.map(async ({ seq }) => (await message(seq)).status))
    expect(statuses).toEqual([200, 200, 404])
    const all = await api.call('approver', 'GET', `/v1/alerts/${alertId}/recipients?numbers=full`)
    expect(all.text.trim().split('\n')).toHaveLength(4)
  })
})

describe('mission staff and the rest', () => {
  test('read what was written to their mission, and take care of that alone', async () => {
    await put(person('819011110011', 'tokyo', 'JP'))
    await put(person('819011110012', 'niigata', 'JP'))
    const ids = await newTextIds(api.db.pool, 3)
    for (const [i, id] of ids.entries()) await insertTexts(api.db.pool, [textOf(id, `81901111001${i + 1}`)])
    const { rows: kept } = await api.db.pool.query('SELECT mission FROM inbox_text ORDER BY id')
    expect(kept.map(({ mission }) => mission)).toEqual(['tokyo', 'niigata', null])
    const { texts } = (await tokyo('GET', '/v1/inbox')).body
    expect(texts.map(({ id }: { id: number }) => id)).toEqual([ids[0]])
    expect((await tokyo('GET', '/v1/inbox?mission=niigata')).body.texts).toEqual([])
    expect((await tokyo('POST', `/v1/inbox/${ids[1]}/handled`)).status).toBe(404)
    expect((await tokyo('POST', `/v1/inbox/${ids[0]}/handled`)).status).toBe(200)
    const { rows } = await api.db.pool.query('SELECT handled_at FROM inbox_text WHERE id = $1', [ids[1]])
    expect(rows[0].handled_at).toBeNull()
  })

  test('are refused whatever was not thought of for them', async () => {
    const missionsAdmin = await newcomer(api, 'Mission administrator', {
      roles: ['administrator'],
      missions: ['tokyo'],
    })
    for (const url of ['/v1/people', '/v1/sessions', '/v1/quarantine', '/v1/feeds', '/v1/reports/entry-texts']) {
      const refused = await missionsAdmin.browser.ask('GET', url)
      expect([url, refused.status, codeOf(refused)]).toEqual([url, 403, 'not-for-missions'])
    }
    expect((await missionsAdmin.browser.ask('GET', '/v1/zones')).status).toBe(200)
    expect((await missionsAdmin.browser.ask('DELETE', '/v1/sessions/current')).status).toBe(204)
  })

  test('are of missions that somebody knows', async () => {
    const refused = await api.call('administrator', 'POST', '/v1/people', {
      body: { name: 'No', missions: ['atlantis'] },
    })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'mission-unknown'])
  })
})
