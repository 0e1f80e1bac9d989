import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { addRoamers } from '../targeting/people.ts'
import { alertBody, type Desk, openDesk } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let desk: Desk

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
})

afterEach(async () => {
  // Each test has the world for itself.
  await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
})

afterAll(() => api.close())

const circle = (lon: number, lat: number) => ({ kind: 'circle', lon, lat, radiusKm: 50 })
const near = circle(137, 37)
const nearer = circle(137.5, 37)
const far = circle(130.5, 33)

const of = (sender: string, shape: object = near, change: object = {}) =>
  alertBody({ sender, ...change }, { areas: [{ areaDesc: '노토', shapes: [shape] }] })

const decide = (id: string, other: string, decision: string, reason = '두 곳 다 위험') =>
  api.call('approver', 'POST', `/v1/alerts/${id}/overlaps/${other}`, { body: { decision, reason } })

const phaseOf = async (id: string) => (await desk.view(id)).body.phase

describe('two alerts of two issuers for the same area', () => {
  test('are shown to both, and neither is launched until an approver decides', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x', nearer))
    expect((await desk.view(two)).body.overlaps).toMatchObject([
      { otherId: one, sender: 'a@x', phase: 'approved', active: true, decision: null },
    ])
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ otherId: two, sender: 'b@x', decision: null }])
    for (const [id, sender] of [
      [one, 'b@x'],
      [two, 'a@x'],
    ] as const) {
      const refused = await desk.act(id, 'launch', 'composer')
      expect(refused.status).toBe(409)
      expect(codeOf(refused)).toBe('overlap-undecided')
      expect(refused.body.detail).toContain(sender)
    }
    expect((await api.db.pool.query('SELECT FROM broadcast')).rowCount).toBe(0)
    const decided = await decide(one, two, 'both')
    expect(decided.body.overlaps).toMatchObject([{ decision: 'both', decidedBy: 'approver', reason: '두 곳 다 위험' }])
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
    expect((await desk.act(two, 'launch', 'composer')).status).toBe(202)
  })

  test('of which one is chosen: the other goes back to its author, and stays locked', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    const { body } = await decide(two, one, 'this', '관할')
    expect(body).toMatchObject({ phase: 'approved', overlaps: [{ otherId: one, phase: 'draft', decision: 'this' }] })
    expect(body.decided).toEqual({
      decision: 'this',
      this: { id: two, identifier: body.identifier, sender: 'b@x', phase: 'approved', sentBack: false },
      other: { id: one, identifier: expect.any(String), sender: 'a@x', phase: 'draft', sentBack: true },
    })
    // Decided once more, nothing is left to be sent back.
    expect((await decide(two, one, 'this')).body.decided.other).toMatchObject({ phase: 'draft', sentBack: false })
    expect((await desk.view(one)).body).toMatchObject({ phase: 'draft', overlaps: [{ decision: 'other' }] })
    expect((await desk.act(two, 'launch', 'composer')).status).toBe(202)
    await desk.act(one, 'submit', 'composer')
    await desk.act(one, 'approve', 'approver')
    expect(codeOf(await desk.act(one, 'launch', 'composer'))).toBe('overlap-lost')
    await decide(one, two, 'both')
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
  })

  test('of which the other is chosen: this one goes back to its author', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    const { body } = await decide(two, one, 'other')
    expect(body.phase).toBe('draft')
    expect(body.decided).toMatchObject({
      decision: 'other',
      this: { id: two, phase: 'draft', sentBack: true },
      other: { id: one, sender: 'a@x', phase: 'approved', sentBack: false },
    })
    expect(await phaseOf(one)).toBe('approved')
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
  })

  test('of which one is live: what people have read cannot go back', async () => {
    const one = await desk.live(of('a@x'))
    const two = await desk.approved(of('b@x'))
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
    expect(codeOf(await decide(two, one, 'this'))).toBe('overlap-live')
    expect(codeOf(await decide(one, two, 'other'))).toBe('overlap-live')
    expect((await desk.view(two)).body.overlaps).toMatchObject([{ decision: null }])
    expect((await decide(one, two, 'this')).status).toBe(200)
    expect(await phaseOf(two)).toBe('draft')
  })

  test('of which one is merely submitted: both show it, it holds up nobody, and is refused in its turn', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.submitted(of('b@x'))
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ otherId: two, phase: 'submitted', decision: null }])
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
    await desk.act(two, 'approve', 'approver')
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
  })

  test('found at the launch alone still lock: they were submitted when nobody looked', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    await api.db.pool.query('DELETE FROM alert_overlap')
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ otherId: two }])
  })

  test('launched at once never both go out', async () => {
    for (let round = 0; round < 5; round++) {
      await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
      const one = await desk.approved(of(`a${round}@x`))
      const two = await desk.approved(of(`b${round}@x`))
      await api.db.pool.query('DELETE FROM alert_overlap')
      const done = await Promise.all([one, two].map((id) => desk.act(id, 'launch', 'composer')))
      expect(done.map(({ status }) => status).filter((status) => status === 202).length).toBeLessThan(2)
      expect(done.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
    }
  })

  test('submitted at once find each other', async () => {
    const ids = [await desk.draft(of('a@x')), await desk.draft(of('b@x')), await desk.draft(of('c@x'))]
    const done = await Promise.all(ids.map((id) => desk.act(id, 'submit', 'composer')))
    expect(done.map(({ status }) => status)).toEqual([200, 200, 200])
    for (const id of ids) expect((await desk.view(id)).body.overlaps).toHaveLength(2)
  })

  test('are compared anew after an edit', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    await decide(one, two, 'both')
    const etag = (await desk.view(two)).headers.etag as string
    await api.call('composer', 'PUT', `/v1/alerts/${two}`, { body: of('b@x', nearer), headers: { 'if-match': etag } })
    await desk.act(two, 'submit', 'composer')
    expect((await desk.view(two)).body.overlaps).toMatchObject([{ decision: null }])
  })
})

describe('two alerts of two issuers in one country whose areas do not meet', () => {
  const unplaced = (rule: string) => ({ rules: { unplaced: rule } })

  test('reach the same people where both tell those of whom only the country is known: neither is launched', async () => {
    const one = await desk.live(of('a@x', far, unplaced('include')))
    const two = await desk.approved(of('b@x', near, unplaced('include')))
    const refused = await desk.act(two, 'launch', 'composer')
    expect([refused.status, codeOf(refused)]).toEqual([409, 'overlap-undecided'])
    const shown = { sender: 'a@x', because: 'unplaced', decision: null }
    expect((await desk.view(two)).body.overlaps).toMatchObject([{ otherId: one, ...shown }])
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ otherId: two, because: 'unplaced' }])
    await decide(two, one, 'both')
    expect((await desk.act(two, 'launch', 'composer')).status).toBe(202)
  })

  test('nor where a part of the country is meant, by the rule for its unplaced', async () => {
    const regions = { kind: 'difference', of: { kind: 'country', iso2: 'JP' }, minus: [circle(137, 37)] }
    await desk.live(of('a@x', regions, unplaced('include')))
    const small = { kind: 'circle', lon: 137, lat: 37, radiusKm: 10 }
    const two = await desk.approved(of('b@x', small, unplaced('include')))
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
    expect((await desk.view(two)).body.overlaps).toMatchObject([{ because: 'unplaced' }])
  })

  test.each([
    ['exclude', 'include'],
    ['include', 'exclude'],
    ['exclude', 'exclude'],
  ])('do not where one of them leaves those out (%s, %s)', async (first, second) => {
    await desk.live(of('a@x', far, unplaced(first)))
    const two = await desk.approved(of('b@x', near, unplaced(second)))
    expect((await desk.act(two, 'launch', 'composer')).status).toBe(202)
    expect((await desk.view(two)).body.overlaps).toEqual([])
  })

  test('do not where they are in two countries', async () => {
    await desk.live(of('a@x', circle(101, 14), unplaced('include')))
    const two = await desk.approved(of('b@x', near, unplaced('include')))
    expect((await desk.act(two, 'launch', 'composer')).status).toBe(202)
  })

  test('do where a network serves both countries, and somebody is in one of the two', async () => {
    const roamer = { msisdn: '821012345678', countries: ['JP', 'TH'] }
    await addRoamers(api.db, [{ msisdn: '821012345679', countries: ['JP', 'KR'] }])
    await desk.live(of('a@x', circle(101, 14), unplaced('include')))
    const two = await desk.approved(of('b@x', near, unplaced('include')))
    expect((await desk.view(two)).body.overlaps).toEqual([])
    await addRoamers(api.db, [roamer])
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
    expect((await desk.view(two)).body.overlaps).toMatchObject([{ sender: 'a@x', because: 'unplaced' }])
    await api.db.pool.query('DELETE FROM roamer')
  })

  test('are found by the countries that were reckoned of the other, and by its ground where none were', async () => {
    const one = await desk.live(of('a@x', far, unplaced('include')))
    const reckoned = (countries: string[] | null) =>
      api.db.pool.query('UPDATE alert SET countries = $2 WHERE id = $1', [one, countries])
    await reckoned(['KR'])
    const two = await desk.approved(of('b@x', near, unplaced('include')))
    expect((await desk.view(two)).body.overlaps).toEqual([])
    await reckoned(['JP', 'KR'])
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
    await api.db.pool.query('DELETE FROM alert_overlap')
    await reckoned(null)
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
  })

  test('are shown as areas that meet where they do', async () => {
    const one = await desk.approved(of('a@x', near, unplaced('exclude')))
    await desk.submitted(of('b@x', nearer, unplaced('exclude')))
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ because: 'area' }])
  })
})

describe('nothing is locked', () => {
  const launches = async (body: object) => (await desk.act(await desk.approved(body), 'launch', 'composer')).status

  test('where the areas do not meet', async () => {
    await desk.live(of('a@x', far, { rules: { unplaced: 'exclude' } }))
    expect(await launches(of('b@x'))).toBe(202)
  })

  test('between neighbouring countries; a place of one country meets it, and so does the country itself', async () => {
    const country = (iso2: string) => ({ kind: 'country', iso2 })
    await desk.live(of('a@x', country('JP')))
    expect(await launches(of('b@x', country('KR')))).toBe(202)
    expect(await launches(of('c@x', circle(127, 37.5)))).toBe(409)
    expect(await launches(of('d@x', country('KR')))).toBe(409)
    await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
    await desk.live(of('a@x', near))
    expect(await launches(of('b@x', country('JP')))).toBe(409)
    expect(await launches(of('c@x', country('KR')))).toBe(202)
  })

  test('by the same issuer, an exercise, a draft, or what has expired', async () => {
    await desk.draft(of('c@x'))
    await desk.live(of('a@x'))
    expect(await launches(of('a@x'))).toBe(202)
    expect(await launches(of('b@x', near, { status: 'Exercise' }))).toBe(202)
    await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
    expect(await launches(of('b@x'))).toBe(202)
  })

  test('where a Cancel or an Update corrects what is live', async () => {
    const id = await desk.live(of('a@x'))
    await desk.submitted(of('b@x'))
    const { sender, identifier, sent } = (await desk.view(id)).body.document
    const references = [{ sender, identifier, sent }]
    expect(await launches(of('a@x', near, { msgType: 'Update', references }))).toBe(202)
    expect(await launches(of('a@x', near, { msgType: 'Cancel', references }))).toBe(202)
  })
})

describe('deciding', () => {
  test('is for nobody who wrote or submitted either, whatever roles he has', async () => {
    const key = await addKey(api.db, 'approver', 'composer', 'test')
    const { body } = await api.call(undefined, 'POST', '/v1/alerts', { key, body: of('b@x') })
    await desk.act(body.id, 'submit', 'composer')
    const one = await desk.approved(of('a@x'))
    for (const decision of ['this', 'other', 'both']) {
      for (const [id, other] of [
        [body.id, one],
        [one, body.id],
      ]) {
        const refused = await decide(id, other, decision)
        expect([refused.status, codeOf(refused)]).toEqual([403, 'own-alert'])
      }
    }
    expect(await phaseOf(one)).toBe('approved')
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ decision: null }])
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
  })

  test('is that both go out, and no more, for a lone officer who broke the glass for his own', async () => {
    const key = await addKey(api.db, 'approver', 'composer', 'test')
    const { body } = await api.call(undefined, 'POST', '/v1/alerts', { key, body: of('b@x') })
    const other = await desk.approved(of('a@x'))
    const glass = { body: { reason: 'nobody else is here' } }
    expect((await api.call('approver', 'POST', `/v1/alerts/${body.id}/break-glass`, glass)).status).toBe(200)
    expect(codeOf(await decide(body.id, other, 'this'))).toBe('own-alert')
    expect((await desk.act(body.id, 'launch', 'approver')).status).toBe(409)
    expect((await decide(body.id, other, 'both')).status).toBe(200)
    expect((await desk.act(body.id, 'launch', 'approver')).status).toBe(202)
    expect(await phaseOf(other)).toBe('approved')
  })

  test('lets nothing go out that nobody approved, in the place of what is', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.submitted(of('b@x'))
    for (const [id, other, decision] of [
      [two, one, 'this'],
      [one, two, 'other'],
    ] as const) {
      const refused = await decide(id, other, decision)
      expect([refused.status, codeOf(refused)]).toEqual([409, 'overlap-winner-unapproved'])
      expect(refused.body.detail).toContain('of b@x is submitted')
    }
    expect(await phaseOf(one)).toBe('approved')
    await desk.act(two, 'approve', 'approver')
    expect((await decide(two, one, 'this')).status).toBe(200)
    expect(await phaseOf(one)).toBe('draft')
  })

  test('is void where the winner goes back to its author: it holds up nobody, and is not launched itself without another', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    await decide(two, one, 'this')
    expect((await desk.act(two, 'reject', 'approver', { reason: 'x' })).status).toBe(200)
    await desk.act(two, 'submit', 'composer')
    await desk.act(one, 'submit', 'composer')
    await desk.act(one, 'approve', 'approver')
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
    await desk.act(two, 'approve', 'approver')
    expect(codeOf(await desk.act(two, 'launch', 'composer'))).toBe('overlap-undecided')
  })

  test('in favour of what nobody approved, as it once could be, holds up nobody', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.submitted(of('b@x'))
    await api.db.pool.query(
      `UPDATE alert_overlap SET decision = CASE WHEN alert_id = $1 THEN 'this' ELSE 'other' END, decided_by = 'x' WHERE $1 IN (alert_id, other_id)`,
      [two],
    )
    expect((await desk.view(one)).body.overlaps).toMatchObject([{ decision: 'other' }])
    expect((await desk.act(one, 'launch', 'composer')).status).toBe(202)
  })

  test('needs an approver, a reason, and two alerts that meet', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    const apart = await desk.approved(of('c@x', far, { rules: { unplaced: 'exclude' } }))
    for (const role of ['viewer', 'composer', 'administrator', 'auditor', 'carrier'] as const) {
      const { status } = await api.call(role, 'POST', `/v1/alerts/${one}/overlaps/${two}`, {
        body: { decision: 'both', reason: 'x' },
      })
      expect(status).toBe(403)
    }
    expect((await decide(one, two, 'both', ' ')).status).toBe(400)
    expect((await decide(one, two, 'perhaps')).status).toBe(400)
    expect(codeOf(await decide(one, apart, 'both'))).toBe('overlap-unknown')
    expect(codeOf(await decide(one, 'nonsense', 'both'))).toBe('overlap-unknown')
    expect(codeOf(await decide('nonsense', one, 'both'))).toBe('alert-unknown')
  })

  test('is in the audit log with who, what and why', async () => {
    const one = await desk.approved(of('a@x'))
    const two = await desk.approved(of('b@x'))
    await decide(one, two, 'both', '해안과 내륙')
    const { body } = await api.call('auditor', 'GET', '/v1/audit?limit=1000')
    const entry = body.entries.findLast((found: { act: string }) => found.act === 'alert.decide')
    expect(entry).toMatchObject({
      actor: 'person:approver',
      subject: `alert:${one}`,
      detail: { other: two, decision: 'both', reason: '해안과 내륙' },
    })
  })
})
