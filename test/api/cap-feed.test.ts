import { createPublicKey } from 'node:crypto'
import { XMLParser } from 'fast-xml-parser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { checkSignature, objection } from '../../src/alerts/signature-check.ts'
import { parseDom, signaturesOf } from '../../src/alerts/xml-dom.ts'
import { buildServer } from '../../src/api/server.ts'
import { createLogger } from '../../src/lib/log.ts'
import { launchedBroadcast } from '../../src/store/audience/launched-broadcasts.ts'
import { routeNumbers } from '../../src/targeting/route-numbers.ts'
import { runSelection, type SelectDeps } from '../../src/targeting/select.ts'
import { capText } from '../alerts/sample.ts'
import { otherRsa, signed, trusted } from '../alerts/signing.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let deps: SelectDeps

beforeAll(async () => {
  api = await startApi()
  const { db, queues, countries, carriers } = api.deps
  deps = { db, queues, countries, routes: await routeNumbers(db.pool, carriers.profiles), log: createLogger('silent') }
})

afterAll(() => api.close())

const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`
const get = (url: string, headers: Record<string, string> = {}) => api.call(undefined, 'GET', url, { headers })
let n = 0

interface Launched {
  id: string
  broadcastId: number
  reference: { sender: string; identifier: string; sent: string }
}

/** Selection has accepted it: there is nobody whom it reaches. */
async function launched(change: object = {}, infoChange: object = {}): Promise<Launched> {
  const alert = await onlyLaunched(change, infoChange)
  await runSelection(deps, alert.broadcastId)
  return alert
}

async function onlyLaunched(change: object = {}, infoChange: object = {}): Promise<Launched> {
  const identifier = `feed-${n++}`
  const sent = at(-1000)
  const info = {
    language: 'ko',
    event: '지진',
    responseType: ['Evacuate'],
    urgency: 'Immediate',
    severity: 'Extreme',
    certainty: 'Observed',
    expires: at(3_600_000),
    headline: `강진 & <${identifier}>`,
    areas: [{ areaDesc: '노토', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
    ...infoChange,
  }
  const body = { identifier, sender: 'alerts@bongsu.example', sent, status: 'Actual', infos: [info], ...change }
  const created = await api.call('composer', 'POST', '/v1/alerts', { body })
  if (created.status !== 201) throw new Error(created.text)
  const { id } = created.body
  await api.call('composer', 'POST', `/v1/alerts/${id}/submit`)
  await api.call('approver', 'POST', `/v1/alerts/${id}/approve`)
  const answer = await api.call('composer', 'POST', `/v1/alerts/${id}/launch`)
  if (answer.status >= 300) throw new Error(answer.text)
  const { broadcastId } = await launchedBroadcast(api.db.pool, id)
  return { id, broadcastId, reference: { sender: 'alerts@bongsu.example', identifier, sent } }
}

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', isArray: (name) => name === 'entry' })

/** The ids in the feed, in its order; the feed may be a second old. */
async function listed(query = ''): Promise<string[]> {
  const { status, text } = await get(`/v1/feeds/cap.atom${query}`)
  expect(status).toBe(200)
  const entries: { id: string }[] = parser.parse(text).feed.entry ?? []
  return entries.map(({ id }) => id.replace('urn:uuid:', ''))
}

/** The same alert again and again, each with a broadcast of its own that was accepted. */
async function copies(id: string, n: number): Promise<void> {
  await api.db.pool.query(
    `WITH copy AS (
       INSERT INTO alert (id, chain_id, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document, rules, notes,
                          lifecycle, phase, digest, launched_at)
       SELECT i, i, i::text, sender, sent, msg_type, status, severity, all_clear, expires, document, rules, notes,
              lifecycle, phase, digest, launched_at
         FROM alert, LATERAL (SELECT gen_random_uuid() i FROM generate_series(1, $2) n WHERE alert.id = $1) AS many WHERE id = $1
       RETURNING id), numbers AS (UPDATE broadcast_month SET next = next + $2 RETURNING month::bigint * 1000000 + next - $2 - 1 AS top)
     INSERT INTO broadcast (id, alert_id, lane, state, exercise, resend, digest, expires, expected)
     SELECT m.top + row_number() OVER (), copy.id, b.lane, 'closed', b.exercise, b.resend, b.digest, b.expires, 0
       FROM copy, broadcast b, numbers m WHERE b.alert_id = $1`,
    [id, n],
  )
}

const soon = { timeout: 10_000, interval: 200 }

/** What a client that knows our key makes of a document. */
function verified(xml: string, pem: string) {
  const root = parseDom(xml).documentElement
  const [signature] = signaturesOf(root)
  if (signature === undefined) return 'unsigned'
  return objection(signature, root) ?? checkSignature(xml, signature, root, [createPublicKey(pem)]).kind
}

describe('the public feed', () => {
  test('lists what is in force, the newest first, and links to each alert', async () => {
    const [first, second] = [await launched(), await launched()]
    await expect.poll(() => listed(), soon).toEqual([second.id, first.id])
    const { text, headers } = await get('/v1/feeds/cap.atom')
    expect(headers['content-type']).toBe('application/atom+xml; charset=utf-8')
    const { feed } = parser.parse(text)
    expect(feed.id).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    expect(feed.entry[0]).toMatchObject({
      title: '강진 & <feed-1>',
      link: { rel: 'alternate', type: 'application/cap+xml', href: `cap/${second.id}.xml` },
      'cap:msgType': { '#text': 'Alert' },
      'cap:severity': { '#text': 'Extreme' },
      'cap:areaDesc': { '#text': '노토' },
    })
    expect(Date.parse(feed.updated)).toBe(Date.parse(feed.entry[0].updated))
    expect((await get(`/v1/feeds/${feed.entry[0].link.href}`)).status).toBe(200)
  })

  test('is signed, as is each alert, with the key that it publishes', async () => {
    const { id } = await launched()
    const pem = (await get('/v1/feeds/cap/key.pem')).text
    const feed = (await get('/v1/feeds/cap.atom')).text
    expect(verified(feed, pem)).toBe('valid')
    expect(verified(feed.replace('Extreme', 'Minor'), pem)).toBe('changed')
    const xml = (await get(`/v1/feeds/cap/${id}.xml`)).text
    const { alert, notes, warnings } = parseCapXml(xml, [trusted(otherRsa.publicKey, 'us.pem')])
    expect(notes.map(({ message }) => message)).toEqual(['Signature valid, signed by us.pem'])
    expect(warnings).toEqual([])
    expect(alert).toEqual((await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body.document)
    expect(verified(xml.replace('137', '138'), pem)).toBe('changed')
  })

  test('shows nothing that was not launched, and tells nothing about people', async () => {
    const body = JSON.parse('{"status":"Actual","infos":[]}')
    body.infos = [
      {
        language: 'ko',
        event: 'x',
        responseType: ['Evacuate'],
        urgency: 'Immediate',
        severity: 'Minor',
        certainty: 'Observed',
        expires: at(9e6),
        headline: 'draft',
        areas: [{ areaDesc: 'a', shapes: [{ kind: 'country', iso2: 'JP' }] }],
      },
    ]
    const { id } = (await api.call('composer', 'POST', '/v1/alerts', { body })).body
    const { id: shown } = await launched({ rules: { maxRecipients: 987654 } })
    await expect.poll(() => listed(), soon).toContain(shown)
    expect(await listed()).not.toContain(id)
    const answer = await get(`/v1/feeds/cap/${id}.xml`)
    expect([answer.status, codeOf(answer)]).toEqual([404, 'alert-unknown'])
    expect((await get('/v1/feeds/cap/none.xml')).status).toBe(404)
    const texts = [(await get('/v1/feeds/cap.atom')).text, (await get(`/v1/feeds/cap/${shown}.xml`)).text]
    expect(texts.join()).not.toMatch(/987654|composer|approver|matched|msisdn/i)
  })

  test('lists an Update or a Cancel instead of what it corrects', async () => {
    const alert = await launched()
    const update = await launched({ msgType: 'Update', references: [alert.reference] })
    await expect.poll(() => listed(), soon).toContain(update.id)
    expect(await listed()).not.toContain(alert.id)
    const cancel = await launched({ msgType: 'Cancel', references: [update.reference] })
    const later = await launched()
    await expect.poll(async () => (await listed()).slice(0, 2), soon).toEqual([later.id, cancel.id])
    expect(await listed()).not.toContain(update.id)
    // Whoever followed a link earlier still gets it.
    expect((await get(`/v1/feeds/cap/${alert.id}.xml`)).status).toBe(200)
  })

  test('shows nothing of an alert before selection has accepted it, and never of one that it refuses', async () => {
    const alert = await onlyLaunched()
    const refused = await onlyLaunched()
    await api.db.pool.query("UPDATE broadcast SET digest = 'another' WHERE id = $1", [refused.broadcastId])
    const shown = await launched()
    await expect.poll(() => listed(), soon).toContain(shown.id)
    expect(await listed()).not.toContain(alert.id)
    expect((await get(`/v1/feeds/cap/${alert.id}.xml`)).status).toBe(404)
    for (const { broadcastId } of [alert, refused]) await runSelection(deps, broadcastId)
    await expect.poll(() => listed(), soon).toContain(alert.id)
    expect(await listed()).not.toContain(refused.id)
    expect((await get(`/v1/feeds/cap/${refused.id}.xml`)).status).toBe(404)
  })

  test('keeps an alert until what corrects it was accepted', async () => {
    const alert = await launched()
    const update = await onlyLaunched({ msgType: 'Update', references: [alert.reference] })
    // Selecting another one would give way to this one: a correction is more urgent.
    const marker = await onlyLaunched()
    await api.db.pool.query('UPDATE broadcast SET expected = 0 WHERE id = $1', [marker.broadcastId])
    await expect.poll(() => listed(), soon).toContain(marker.id)
    expect((await listed()).filter((id) => id === alert.id || id === update.id)).toEqual([alert.id])
    await runSelection(deps, update.broadcastId)
    await expect.poll(() => listed(), soon).toContain(update.id)
    expect(await listed()).not.toContain(alert.id)
  })

  test.each([
    ['a Cancel', { msgType: 'Cancel' }, {}],
    ['an all-clear', { msgType: 'Update' }, { responseType: ['AllClear'] }],
  ])('lists %s from its launch on, also where it ends before it was counted', async (_, change, infoChange) => {
    const alert = await launched()
    const { id, broadcastId } = await onlyLaunched({ ...change, references: [alert.reference] }, infoChange)
    await expect.poll(() => listed(), soon).toContain(id)
    expect(await listed()).not.toContain(alert.id)
    expect((await get(`/v1/feeds/cap/${id}.xml`)).status).toBe(200)
    // The engine dies with the first messages made, and is up again when it has expired.
    await api.db.pool.query(`UPDATE broadcast SET expires = now() - interval '1 minute' WHERE id = $1`, [broadcastId])
    await runSelection(deps, broadcastId)
    const { rows } = await api.db.pool.query('SELECT state, expected FROM broadcast WHERE id = $1', [broadcastId])
    expect(rows).toEqual([{ state: 'sending', expected: null }])
    expect((await get(`/v1/feeds/cap/${id}.xml`)).status).toBe(200)
    // Another one is there too when the feed is a second old.
    const marker = await launched()
    await expect.poll(() => listed(), soon).toContain(marker.id)
    expect(await listed()).toContain(id)
  })

  test('keeps a Cancel for a day, also where it expires sooner', async () => {
    const alert = await launched()
    const cancel = await launched({ msgType: 'Cancel', references: [alert.reference] })
    const ended = await launched()
    await expect.poll(() => listed(), soon).toEqual(expect.arrayContaining([ended.id, cancel.id]))
    const passed = `UPDATE alert SET expires = now() - interval '1 minute', launched_at = now() - $2::interval WHERE id = $1`
    await api.db.pool.query(passed, [cancel.id, '23 hours'])
    await api.db.pool.query(passed, [ended.id, '1 hour'])
    await expect.poll(() => listed(), soon).not.toContain(ended.id)
    expect(await listed()).toContain(cancel.id)
    await api.db.pool.query(passed, [cancel.id, '25 hours'])
    await expect.poll(() => listed(), soon).not.toContain(cancel.id)
  })

  test('keeps exercises out of the feed of real alerts, and marks them in their own', async () => {
    const { id } = await launched({ status: 'Exercise' })
    await expect.poll(() => listed('?status=Exercise'), soon).toEqual([id])
    expect(await listed()).not.toContain(id)
    const { feed } = parser.parse((await get('/v1/feeds/cap.atom?status=Exercise')).text)
    expect(feed.title).toBe('[EXERCISE] Exercise alerts, not real')
    expect(feed.entry[0].title).toMatch(/^\[훈련\] /)
    expect(feed.id).not.toBe(parser.parse((await get('/v1/feeds/cap.atom')).text).feed.id)
    expect((await get('/v1/feeds/cap.atom?status=Draft')).status).toBe(400)
  })

  test('leaves out an alert that selection turned back', async () => {
    const { id } = await launched()
    await expect.poll(() => listed(), soon).toContain(id)
    await api.db.pool.query("UPDATE broadcast SET refused = 'too many' WHERE alert_id = $1", [id])
    await expect.poll(() => listed(), soon).not.toContain(id)
    expect((await get(`/v1/feeds/cap/${id}.xml`)).status).toBe(404)
  })

  test('goes on page after page where there are more than one holds, and neither repeats nor leaves out one', async () => {
    const { id } = await launched({ status: 'Test' })
    await copies(id, 449)
    await expect.poll(async () => (await listed('?status=Test')).length, soon).toBe(200)
    const seen: string[] = []
    const pages: string[][] = []
    for (let href: string | undefined = 'cap.atom?status=Test'; href !== undefined; ) {
      const { text } = await get(`/v1/feeds/${href}`)
      expect(verified(text, (await get('/v1/feeds/cap/key.pem')).text)).toBe('valid')
      const { entry, link }: { entry: { id: string }[]; link: { rel: string; href: string }[] } =
        parser.parse(text).feed
      seen.push(...entry.map((one) => one.id))
      const links = [link].flat()
      expect(links.find(({ rel }) => rel === 'self')?.href).toBe(href)
      pages.push(links.map(({ rel }) => rel))
      href = links.find(({ rel }) => rel === 'next')?.href
      // What comes while somebody pages is on the first page and moves nothing.
      if (pages.length === 1) await copies(id, 30)
    }
    expect(pages).toEqual([
      ['self', 'first', 'next'],
      ['self', 'first', 'next'],
      ['self', 'first'],
    ])
    expect([seen.length, new Set(seen).size]).toEqual([450, 450])
    const unknown = await get('/v1/feeds/cap.atom?after=00000000-0000-4000-8000-000000000000')
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'alert-unknown'])
  })

  test('answers 304 to whoever has it already, and anew when it has changed', async () => {
    const { id } = await launched()
    await expect.poll(() => listed(), soon).toContain(id)
    const { headers } = await get('/v1/feeds/cap.atom')
    expect(headers['cache-control']).toBe('no-cache')
    const etag = headers.etag as string
    const modified = headers['last-modified'] as string
    for (const condition of [{ 'if-none-match': etag }, { 'if-none-match': `"other", ${etag.slice(2)}` }]) {
      const again = await get('/v1/feeds/cap.atom', condition)
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag])
    }
    // A second is too coarse, and an alert may be taken back without leaving a time.
    expect((await get('/v1/feeds/cap.atom', { 'if-modified-since': modified })).status).toBe(200)
    const document = await get(`/v1/feeds/cap/${id}.xml`)
    expect((await get(`/v1/feeds/cap/${id}.xml`, { 'if-none-match': document.headers.etag as string })).status).toBe(
      304,
    )
    await launched()
    await expect.poll(async () => (await get('/v1/feeds/cap.atom', { 'if-none-match': etag })).status, soon).toBe(200)
  })

  test('without a key is not signed, and says so', async () => {
    const app = await buildServer({ ...api.deps, capSigner: undefined })
    try {
      const feed = await app.inject('/v1/feeds/cap.atom')
      expect(feed.body).toContain('This feed is not signed')
      expect(verified(feed.body, '')).toBe('unsigned')
      const key = await app.inject('/v1/feeds/cap/key.pem')
      expect([key.statusCode, key.json().type]).toEqual([404, expect.stringMatching(/feed-not-signed$/)])
    } finally {
      await app.close()
    }
  })
})

describe('a signed alert that comes in', () => {
  const cap = () =>
    capText((xml) =>
      xml
        .replace('noto-1', `in-${n++}`)
        .replace('2024-01-01T16:12:00+09:00', at(-1000))
        .replace('2024-01-02T16:12:00+09:00', at(3_600_000)),
    )
  const post = (body: string, query = '') =>
    api.call('composer', 'POST', `/v1/alerts${query}`, { body, type: 'application/cap+xml' })

  /** What the text leaves unsaid is warned of as well. */
  const signatureWarnings = ({ warnings }: { warnings: { code: string }[] }) =>
    warnings.map(({ code }) => code).filter((code) => code.startsWith('cap-signature'))

  test('names its signer in its notes, and has to be confirmed where he is not known', async () => {
    const known = await post(signed(cap()))
    expect(known.status).toBe(201)
    expect(known.body.notes).toEqual([{ where: '/alert/Signature', message: 'Signature valid, signed by agency.pem' }])
    expect(signatureWarnings(known.body)).toEqual([])
    const xml = signed(cap(), { key: otherRsa.privateKey })
    const asked = await post(xml)
    expect([asked.status, codeOf(asked), asked.body.errors[0].code]).toEqual([
      422,
      'alert-refused',
      'cap-signature-unchecked',
    ])
    expect(asked.body.errors[0].hint).toMatch(/confirm=signature/)
    expect((await post(xml, '?confirm=area')).status).toBe(422)
    const unknown = await post(xml, '?confirm=area,signature')
    expect(signatureWarnings(unknown.body)).toEqual(['cap-signature-unchecked'])
  })

  test('is only warned of where nobody has said whose signatures are known', async () => {
    const app = await buildServer({ ...api.deps, trustedKeys: [] })
    try {
      const headers = { authorization: `Bearer ${api.keys.composer}`, 'content-type': 'application/cap+xml' }
      const answer = await app.inject({ method: 'POST', url: '/v1/alerts', headers, payload: signed(cap()) })
      expect([answer.statusCode, signatureWarnings(answer.json())]).toEqual([201, ['cap-signature-unchecked']])
    } finally {
      await app.close()
    }
  })

  test('that is a point in a whole country has to be confirmed', async () => {
    const point = '<circle>37.1,136.8 0</circle><geocode><valueName>ISO 3166-1</valueName><value>JP</value></geocode>'
    const xml = cap().replace(/<polygon>.*<\/polygon>/, point)
    const asked = await post(xml)
    expect([asked.status, asked.body.errors[0].code]).toEqual([422, 'circle-is-a-point'])
    expect((await post(xml, '?confirm=area')).status).toBe(201)
  })

  test('is refused where it was changed', async () => {
    const answer = await post(signed(cap()).replace('강진', '해일'))
    expect([answer.status, codeOf(answer)]).toEqual([422, 'cap-signature-invalid'])
  })
})
