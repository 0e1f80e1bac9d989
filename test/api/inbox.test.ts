import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Role } from '../../src/alerts/lifecycle.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { insertTexts, type NewText, newTextIds } from '../../src/store/inbox/insert-texts.ts'
import { quarantine } from '../../src/store/inbox/quarantine.ts'
import { auditAfter } from '../../src/store/reports/audit-entries.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let carrierNo: number

beforeAll(async () => {
  api = await startApi()
  carrierNo = (await registerCarriers(api.db.pool, ['north'])).get('north')?.no as number
})
afterAll(() => api?.close())
beforeEach(() => api.db.pool.query('TRUNCATE inbox_text, quarantined_delivery, resident'))

/** Keeps a text; returns its id. */
async function keep(body: string, change: Partial<NewText> = {}): Promise<number> {
  const [id] = (await newTextIds(api.db.pool, 1)) as [number]
  const text: NewText = {
    id,
    headId: id,
    carrierNo,
    kind: 'text',
    source: '821012345678',
    msisdn: '821012345678',
    destination: '82232100404',
    dataCoding: 1,
    coding: 'ascii',
    raw: Buffer.from(body),
    headerOctets: 0,
    reference: null,
    part: 1,
    parts: 1,
    fingerprint: randomBytes(16),
    word: null,
    ...change,
  }
  await insertTexts(api.db.pool, [text])
  return id
}

const get = (role: Role | undefined, query = '') => api.call(role, 'GET', `/v1/inbox${query}`)
const textsOf = async (query: string) =>
  (await get('viewer', query)).body.texts.map(({ text }: { text: string }) => text)
const audit = async () => (await auditAfter(api.db.pool, 0, 10_000)).at(-1)

describe('the inbox', () => {
  test('shows texts page by page, the oldest first', async () => {
    const ids = [await keep('one'), await keep('two'), await keep('three')]
    const first = await get('viewer', '?limit=2')
    expect(first.body).toMatchObject({ texts: [{ text: 'one' }, { text: 'two' }], next: ids[1] })
    const second = await get('viewer', `?limit=2&after=${ids[1]}`)
    expect(second.body).toMatchObject({ texts: [{ text: 'three' }], next: null })
  })

  test('shows the parts of a long text as one text', async () => {
    const part = { reference: 7, parts: 2 }
    const headId = await keep('tell me where ', part)
    await keep('to go', { ...part, headId, part: 2 })
    await keep('later')
    const { texts } = (await get('viewer', '?limit=2')).body
    expect(texts).toMatchObject([
      { id: headId, text: 'tell me where to go', parts: 2, missing: [] },
      { text: 'later', parts: 1 },
    ])
  })

  test('is filtered by mission, by time, and by what nobody has taken care of', async () => {
    await api.db.pool.query(`INSERT INTO resident (msisdn, mission, country) VALUES (819000000001, 'tokyo', 'JP')`)
    await keep('tokyo', { msisdn: '819000000001', source: '819000000001' })
    const old = await keep('old')
    await api.db.pool.query(`UPDATE inbox_text SET received_at = now() - interval '1 day' WHERE id = $1`, [old])
    const done = await keep('done')
    await api.call('composer', 'POST', `/v1/inbox/${done}/handled`)
    expect(await textsOf('?mission=tokyo')).toEqual(['tokyo'])
    expect(await textsOf('?mission=none')).toEqual(['old', 'done'])
    expect(await textsOf('?unhandled=true')).toEqual(['tokyo', 'old'])
    expect(await textsOf(`?since=${new Date(Date.now() - 3600_000).toISOString()}`)).toEqual(['tokyo', 'done'])
    expect(await textsOf('?mission=none&unhandled=true')).toEqual(['old'])
    for (const time of ['yesterday', '2026-11-22T20:00', '2026-11-31T03:00:00Z', '2026-11-21T25:00:00Z']) {
      expect([time, codeOf(await get('viewer', `?since=${time}`))]).toEqual([time, 'bad-time'])
    }
  })

  test('names the last message that the number was sent', async () => {
    const alertless = await keep('hello')
    await api.db.pool.query('UPDATE inbox_text SET broadcast_id = 202611000001, seq = 3 WHERE id = $1', [alertless])
    expect((await get('viewer')).body.texts).toMatchObject([{ answers: { broadcastId: 202611000001, seq: 3 } }])
  })

  test.each(['viewer', 'composer', 'approver', 'administrator', 'auditor'] as const)(
    'shows a %s numbers masked, and writes no such view down',
    async (role) => {
      await keep('hello')
      const before = await audit()
      expect((await get(role)).body.texts).toMatchObject([{ from: '8210******78' }])
      expect(await audit()).toEqual(before)
    },
  )

  test.each(['approver', 'auditor'] as const)('shows an %s full numbers, and writes that down', async (role) => {
    const id = await keep('hello')
    expect((await get(role, '?numbers=full')).body.texts).toMatchObject([{ from: '821012345678' }])
    expect(await audit()).toMatchObject({
      actor: `person:${role}`,
      act: 'numbers.view',
      subject: 'inbox',
      detail: { texts: 1, first: id, last: id },
    })
  })

  test.each(['viewer', 'composer', 'administrator'] as const)('shows a %s no full number', async (role) => {
    await keep('hello')
    const answer = await get(role, '?numbers=full')
    expect([answer.status, codeOf(answer)]).toEqual([403, 'numbers-not-shown'])
    expect(answer.text).not.toContain('821012345678')
  })

  test('is closed to carriers and strangers', async () => {
    expect((await get('carrier')).status).toBe(403)
    expect((await get(undefined)).status).toBe(401)
  })
})

describe('a text that is taken care of', () => {
  test('says by whom and when; the first stands, and it is written down once', async () => {
    const id = await keep('help')
    const handled = await api.call('composer', 'POST', `/v1/inbox/${id}/handled`)
    expect(handled.status).toBe(200)
    expect(handled.body).toMatchObject({ id, handledBy: 'composer', from: '8210******78' })
    expect(await audit()).toMatchObject({ actor: 'person:composer', act: 'inbox.handle', subject: `inbox:${id}` })
    const again = await api.call('approver', 'POST', `/v1/inbox/${id}/handled`)
    expect(again.body).toEqual(handled.body)
    expect(await audit()).toMatchObject({ actor: 'person:composer', act: 'inbox.handle' })
  })

  test('is not there under the id of a later part, or of nothing', async () => {
    const headId = await keep('one', { reference: 7, parts: 2 })
    const part = await keep('two', { reference: 7, parts: 2, part: 2, headId })
    const before = await audit()
    for (const id of [part, 999_999_999]) {
      const answer = await api.call('composer', 'POST', `/v1/inbox/${id}/handled`)
      expect([answer.status, codeOf(answer)]).toEqual([404, 'inbox-text-unknown'])
    }
    expect(await audit()).toEqual(before)
  })

  test.each(['viewer', 'administrator', 'auditor', 'carrier'] as const)('is none by a %s', async (role) => {
    const id = await keep('help')
    expect((await api.call(role, 'POST', `/v1/inbox/${id}/handled`)).status).toBe(403)
    expect((await get('viewer')).body.texts).toMatchObject([{ handledAt: null, handledBy: null }])
  })
})

describe('the quarantine', () => {
  beforeEach(async () => {
    await quarantine(
      api.db.pool,
      ['id:1', 'id:2'].map((text, i) => ({
        carrierNo,
        reason: 'receipt-unreadable' as const,
        esmClass: 4,
        dataCoding: 0,
        source: '821012345678',
        destination: '82232100404',
        raw: Buffer.from(text),
        fingerprint: Buffer.of(i),
      })),
    )
  })

  test.each(['administrator', 'auditor'] as const)('is read by an %s, page by page', async (role) => {
    const first = await api.call(role, 'GET', '/v1/quarantine?limit=1')
    expect(first.body.deliveries).toEqual([
      {
        id: expect.any(Number),
        receivedAt: expect.any(String),
        carrier: 'north',
        reason: 'receipt-unreadable',
        esmClass: 4,
        dataCoding: 0,
        from: '8210******78',
        to: '82232100404',
        hex: Buffer.from('id:1').toString('hex'),
      },
    ])
    const second = await api.call(role, 'GET', `/v1/quarantine?after=${first.body.next}`)
    expect(second.body).toMatchObject({ deliveries: [{ hex: Buffer.from('id:2').toString('hex') }], next: null })
  })

  test.each(['viewer', 'composer', 'approver', 'carrier'] as const)('is closed to a %s', async (role) => {
    expect((await api.call(role, 'GET', '/v1/quarantine')).status).toBe(403)
  })
})
