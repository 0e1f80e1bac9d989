import { Readable } from 'node:stream'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())
afterEach(() => api.db.pool.query('TRUNCATE resident'))

const header = 'msisdn,mission,country,lat,lon,address,language,name_ref,registered_at'
const load = (lines: string | Buffer | string[], type = 'text/csv') =>
  api.call('composer', 'POST', '/v1/residents/import', { body: Array.isArray(lines) ? lines.join('\n') : lines, type })
const registered = async () =>
  (
    await api.db.pool.query(
      'SELECT msisdn::text, mission, address, cell IS NOT NULL AS placed FROM resident ORDER BY msisdn',
    )
  ).rows

describe('one resident', () => {
  const tokyo = { msisdn: '090-1234-5678', mission: 'tokyo', country: 'jp', lat: 35.68, lon: 139.77, name_ref: 'A-1' }

  test('is registered, replaced, read and forgotten, each noted without its number', async () => {
    const added = await api.call('composer', 'POST', '/v1/residents', { body: tokyo })
    expect(added.status).toBe(201)
    expect(added.body).toMatchObject({ msisdn: '819012345678', country: 'JP', name_ref: 'A-1', warnings: [] })
    const replaced = await api.call('administrator', 'POST', '/v1/residents', { body: { ...tokyo, mission: 'osaka' } })
    expect(replaced.status).toBe(200)
    const read = await api.call('auditor', 'GET', '/v1/residents/+81%2090-1234-5678')
    expect(read.body).toMatchObject({ msisdn: '819012345678', mission: 'osaka', lat: 35.68, lon: 139.77 })
    expect((await api.call('composer', 'DELETE', '/v1/residents/819012345678')).status).toBe(204)
    expect((await api.call('composer', 'DELETE', '/v1/residents/819012345678')).status).toBe(404)
    expect((await api.call('composer', 'GET', '/v1/residents/819012345678')).status).toBe(404)

    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    const acts = entries.filter(({ subject }: { subject: string }) => subject === 'subscriber:8190******78')
    expect(acts.map(({ act, actor }: { act: string; actor: string }) => `${actor} ${act}`)).toEqual([
      'person:composer resident.add',
      'person:administrator resident.replace',
      'person:auditor resident.view',
      'person:composer resident.delete',
    ])
    expect(JSON.stringify(entries)).not.toContain('12345678')
  })

  test.each([
    ['a number that is none', { msisdn: '123' }, 'msisdn'],
    ['a place off the globe', { lat: 139.77, lon: 35.68 }, 'lat, lon'],
    ['half a place', { lat: undefined }, 'lat'],
    ['no country', { country: 'Japan' }, 'country'],
  ])('is refused with %s', async (_, change, where) => {
    const refused = await api.call('composer', 'POST', '/v1/residents', { body: { ...tokyo, ...change } })
    expect([refused.status, refused.body.where]).toEqual([400, where])
    expect(await registered()).toEqual([])
  })
})

describe('the register and the audit log', () => {
  const one = { msisdn: '819012345678', mission: 'tokyo', country: 'JP' }

  test('change together or not at all', async () => {
    await api.db.pool.query(`ALTER TABLE audit ADD CONSTRAINT full_disk CHECK (act NOT LIKE 'resident%') NOT VALID`)
    try {
      expect((await api.call('composer', 'POST', '/v1/residents', { body: one })).status).toBe(500)
      expect((await load([header, '819012345679,tokyo,JP,,,,,,'])).status).toBe(500)
      expect(await registered()).toEqual([])
    } finally {
      await api.db.pool.query('ALTER TABLE audit DROP CONSTRAINT full_disk')
    }
  })

  test('an import is noted with what went in, what was new and what was refused', async () => {
    await load([header, '819012340001,tokyo,JP,,,,,,', '1,tokyo,JP,,,,,,'])
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    expect(entries.findLast(({ act }: { act: string }) => act === 'residents.import')).toMatchObject({
      actor: 'person:composer',
      detail: { imported: 1, added: 1, rejected: 1 },
    })
  })

  test('do not wait for a bell that nobody takes', async () => {
    await alertInForce()
    const rung: string[] = []
    const ring = vi.spyOn(api.queues, 'ring').mockImplementation((queue) => {
      rung.push(queue)
      return new Promise(() => undefined)
    })
    try {
      expect((await api.call('composer', 'POST', '/v1/residents', { body: one })).status).toBe(201)
      expect((await load([header, '819012345679,tokyo,JP,,,,,,'])).status).toBe(200)
      expect(rung).toEqual(['arrivals', 'arrivals'])
    } finally {
      ring.mockRestore()
      await api.db.pool.query('TRUNCATE alert, broadcast, resident_arrival CASCADE')
    }
  })
})

/** One that whoever registers now may be a late entrant of. */
async function alertInForce(): Promise<void> {
  await api.db.pool.query(
    `WITH a AS (
       INSERT INTO alert (chain_id, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document, rules, notes,
                          lifecycle, phase, digest)
       VALUES (gen_random_uuid(), 'x', 'x', now(), 'Alert', 'Actual', 'Severe', false, now() + interval '1 hour', '{}', '{}', '[]', '{}', 'live', '')
       RETURNING id)
     INSERT INTO broadcast (id, alert_id, lane, state, exercise, resend, digest, expected, expires)
     SELECT 202601000001, id, 0, 'sending', false, false, '', 0, now() + interval '1 hour' FROM a`,
  )
}

describe('a file of residents', () => {
  test('goes in but for the rows that cannot be used, which are told by line', async () => {
    const { status, body } = await load(
      Buffer.concat([
        Buffer.from(
          [
            header,
            '+81 90 1234 5678,tokyo,JP,35.68,139.77,"1-1, Chiyoda",ko,A-1,2020-01-02',
            '123,tokyo,JP,,,,,,',
            '+81 90 1234 5678,osaka,JP,,,,,,',
            '+81 90 1234 0000,tokyo,JP,135.0,34.7,,,,',
            '+81 90 1234 0001,tokyo,JP,,',
            '+81 90 1234 0002,tokyo,XX,,,,,,',
            '',
          ].join('\n'),
        ),
        Buffer.from([0x2b, 0x38, 0x31, 0xff, 0xfe, 0x0a]),
        Buffer.from('+81 90 1234 0003,tokyo,JP,,,"서울\\로\t2가 ""집""",,,'),
      ]),
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({ imported: 2, added: 2, rejected: 6, warnings: [] })
    expect(body.rejects.map(({ line, code }: { line: number; code: string }) => [line, code])).toEqual([
      [3, 'bad-msisdn'],
      [4, 'duplicate-msisdn'],
      [5, 'off-the-globe'],
      [6, 'csv-columns'],
      [7, 'unknown-country'],
      [8, 'not-utf8'],
    ])
    expect(body.rejects[2].reason).toContain('Latitude and longitude look swapped')
    expect(await registered()).toEqual([
      { msisdn: '819012340003', mission: 'tokyo', address: '서울\\로\t2가 "집"', placed: false },
      { msisdn: '819012345678', mission: 'tokyo', address: '1-1, Chiyoda', placed: true },
    ])
  })

  test('as NDJSON; a place in another country is a warning', async () => {
    const { body } = await load(
      [
        '{"msisdn":"819012340001","mission":"tokyo","country":"JP","lat":48.85,"lon":2.35}',
        '{"msisdn":"819012340002","mission":"tokyo","countri":"JP"}',
        '{broken',
      ],
      'application/x-ndjson',
    )
    expect(body).toMatchObject({
      imported: 1,
      rejected: 2,
      warnings: [{ line: 1, warning: expect.stringContaining('in FR') }],
    })
    expect(body.rejects.map(({ code }: { code: string }) => code)).toEqual(['unknown-field', 'bad-json'])
  })

  test('sent again replaces what it brought', async () => {
    await load([header, '819012340001,tokyo,JP,,,,,,', '819012340002,tokyo,JP,,,,,,'])
    const { body } = await load([header, '819012340002,osaka,JP,,,,,,', '819012340003,osaka,JP,,,,,,'])
    expect(body).toMatchObject({ imported: 2, added: 1 })
    expect((await registered()).map(({ mission }) => mission)).toEqual(['tokyo', 'osaka', 'osaka'])
  })

  test.each([
    ['a column that is misspelt', ['msisdn,mision,country', '1,2,3'], /Did you mean \\"mission\\"/],
    ['semicolons', ['msisdn;mission;country', '1;2;3'], /separated by/],
    ['no header', ['819012340001,tokyo,JP'], /first line must be/],
    ['nothing in it', '', /empty/],
    ['UTF-16', Buffer.from('\ufeffmsisdn', 'utf16le'), /UTF-16/],
  ])('is refused whole with %s', async (_, lines, reason) => {
    const { status, text } = await load(lines)
    expect(status).toBe(400)
    expect(text).toMatch(reason)
    expect(await registered()).toEqual([])
  })

  test('of another type is not taken', async () => {
    expect((await load('[]', 'application/json')).status).toBe(415)
    expect((await load('x', 'application/vnd.ms-excel')).status).toBe(415)
  })

  test('may be larger than any JSON body', async () => {
    const address = 'x'.repeat(60_000)
    const rows = Array.from({ length: 30 }, (_, i) => `8190${20_000_000 + i},tokyo,JP,,,${address},,,`)
    expect((await load([header, ...rows])).body).toMatchObject({ imported: 30, rejected: 0 })
  })

  test('that breaks off leaves what came whole', async () => {
    const rows = Array.from({ length: 6_000 }, (_, i) => `8190${20_000_000 + i},tokyo,JP,,,,,,\n`)
    const broken = Readable.from(
      (async function* () {
        yield `${header}\n${rows.join('')}81902`
        throw new Error('the line was cut')
      })(),
    )
    const { statusCode } = await api.app
      .inject({
        method: 'POST',
        url: '/v1/residents/import',
        headers: { authorization: `Bearer ${api.keys.composer}`, 'content-type': 'text/csv' },
        payload: broken,
      })
      .catch(() => ({ statusCode: 0 }))
    expect(statusCode).not.toBe(200)
    const found = async () => (await api.db.pool.query('SELECT count(*) AS n FROM resident')).rows[0].n
    await expect.poll(found, { timeout: 20_000, interval: 10 }).toBe(6_000)
  })
})
