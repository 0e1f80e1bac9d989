import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { openDesk } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
  await api.db.pool.query(
    `INSERT INTO resident (msisdn, mission, country, language, address, lon, lat, cell, name_ref)
     SELECT 819010000000 + n, CASE WHEN n % 2 = 0 THEN 'tokyo' ELSE 'osaka' END, 'JP', 'ko', n || ' Ginza', 139.7, 35.7, 1, 'ref-' || n
       FROM generate_series(1, 5001) n`,
  )
})

afterAll(() => api.close())

const ndjson = { accept: 'application/x-ndjson' }
const linesOf = ({ text }: { text: string }) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('the register as NDJSON', () => {
  test('holds everybody once, by number, in full for who may', async () => {
    const lines = linesOf(await api.call('auditor', 'GET', '/v1/residents?numbers=full'))
    expect(lines).toHaveLength(5001)
    expect(lines.map(({ msisdn }) => Number(msisdn) - 819010000000)).toEqual(
      Array.from({ length: 5001 }, (_, i) => i + 1),
    )
    expect(lines[0]).toMatchObject({ mission: 'osaka', address: '1 Ginza', lat: 35.7, name_ref: 'ref-1' })
  })

  test('says nothing by which somebody could be found to who has no numbers', async () => {
    const { text } = await api.call('composer', 'GET', '/v1/residents')
    expect(text).not.toMatch(/81901000\d{4}|Ginza|ref-|35\.7/)
    expect(text.trimEnd().split('\n')).toHaveLength(5001)
    const refused = await api.call('composer', 'GET', '/v1/residents?numbers=full')
    expect([refused.status, codeOf(refused)]).toEqual([403, 'numbers-not-shown'])
  })

  test('is of one mission, or one country, where that is asked for', async () => {
    expect(linesOf(await api.call('composer', 'GET', '/v1/residents?mission=tokyo'))).toHaveLength(2500)
    expect((await api.call('composer', 'GET', '/v1/residents?country=US')).text).toBe('')
  })

  test('is noted in the audit log before the first line', async () => {
    await api.call('approver', 'GET', '/v1/residents?numbers=full&mission=tokyo')
    const { body } = await api.call('auditor', 'GET', '/v1/audit?limit=1000')
    expect(body.entries.at(-1)).toMatchObject({
      actor: 'person:approver',
      act: 'residents.export',
      detail: { numbers: 'full', mission: 'tokyo' },
    })
  })

  test('ends where its reader goes away, and the server can close', async () => {
    const own = await startApi()
    await own.db.pool.query(
      `INSERT INTO resident (msisdn, mission, country, address)
       SELECT 819020000000 + n, 'tokyo', 'JP', repeat('x', 1000) FROM generate_series(1, 20000) n`,
    )
    await own.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = own.app.server.address() as AddressInfo
    const request = get(`http://127.0.0.1:${port}/v1/residents?numbers=full`, {
      headers: { authorization: `Bearer ${own.keys.auditor}` },
      agent: false,
    })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await once(response, 'data')
    request.on('error', () => undefined).destroy()
    await own.close()
  })
})

describe('recipients', () => {
  test('come as NDJSON with the fields of the CSV, masked or in full', async () => {
    const desk = openDesk(api)
    const id = await desk.approved()
    const { broadcastId } = (await desk.act(id, 'launch', 'composer')).body
    const { db, queues, countries, carriers, log } = api.deps
    const routes = await routeNumbers(db.pool, carriers.profiles)
    await runSelection({ db, queues, countries, routes, log }, broadcastId)
    const url = `/v1/alerts/${id}/recipients`
    const masked = await api.call('viewer', 'GET', url, { headers: ndjson })
    const lines = linesOf(masked)
    expect(lines).toHaveLength(5001)
    expect(masked.text).not.toMatch(/81901000\d{4}/)
    const full = linesOf(await api.call('auditor', 'GET', `${url}?numbers=full`, { headers: ndjson }))
    expect(new Set(full.map(({ msisdn }) => msisdn)).size).toBe(5001)
    const csv = await api.call('auditor', 'GET', `${url}?numbers=full`)
    expect(csv.headers['content-type']).toBe('text/csv; charset=utf-8')
    const numbers = csv.text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split(',')[0])
    expect(numbers).toEqual(full.map(({ msisdn }) => msisdn))
  })
})

describe('pages', () => {
  test('of alerts neither repeat nor leave out one, also where others are made meanwhile', async () => {
    const desk = openDesk(api)
    const made: string[] = []
    for (let n = 0; n < 7; n++) made.push(await desk.draft())
    // As a transaction that makes several at once.
    await api.db.pool.query('UPDATE alert SET created_at = now() WHERE id = ANY ($1)', [made.slice(2, 6)])
    const seen: string[] = []
    for (let after: string | null = ''; after !== null; ) {
      const query: string = after === '' ? '' : `&after=${after}`
      const { body } = await api.call('viewer', 'GET', `/v1/alerts?phase=draft&limit=2${query}`)
      seen.push(...body.alerts.map(({ id }: { id: string }) => id))
      after = body.next
      await desk.draft()
    }
    expect(seen.filter((id) => made.includes(id)).sort()).toEqual([...made].sort())
    expect(new Set(seen).size).toBe(seen.length)
  })

  test('of people go by name', async () => {
    const names: string[] = []
    for (let after: number | null = 0; after !== null; ) {
      const query: string = after === 0 ? '' : `&after=${after}`
      const { body } = await api.call('administrator', 'GET', `/v1/people?limit=4${query}`)
      names.push(...body.people.map(({ name }: { name: string }) => name))
      after = body.next
    }
    expect(names).toEqual(
      (await api.call('administrator', 'GET', '/v1/people')).body.people.map((one: { name: string }) => one.name),
    )
    expect(names.length).toBeGreaterThan(4)
  })

  test('that are not there are empty, and what is no id is refused', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000'
    const { body } = await api.call('viewer', 'GET', `/v1/alerts?after=${nobody}`)
    expect(body).toEqual({ alerts: [], next: null })
    expect((await api.call('viewer', 'GET', '/v1/alerts?after=1')).status).toBe(400)
  })
})
