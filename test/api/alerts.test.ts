import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { buildServer } from '../../src/api/server.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { capText } from '../alerts/sample.ts'
import { accepted, choose, move, openFor, selected } from '../reporting/broadcast.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`
let n = 0

const noto = [
  [136.7, 37.0],
  [137.0, 37.0],
  [137.0, 37.3],
  [136.7, 37.3],
  [136.7, 37.0],
]

const info = (change: object = {}) => ({
  language: 'ko',
  event: '지진',
  responseType: ['Evacuate'],
  urgency: 'Immediate',
  severity: 'Extreme',
  certainty: 'Observed',
  expires: at(3_600_000),
  headline: '강진',
  areas: [{ areaDesc: '노토', shapes: [{ type: 'Polygon', coordinates: [noto] }] }],
  ...change,
})

const alert = (change: object = {}, infoChange: object = {}) => ({
  identifier: `noto-${n++}`,
  sender: 'alerts@bongsu.example',
  status: 'Actual',
  infos: [info(infoChange)],
  ...change,
})

/** A CAP document of now. */
const cap = (edit: (xml: string) => string = (xml) => xml) =>
  capText((xml) =>
    edit(
      xml
        .replace('noto-1', `cap-${n++}`)
        .replace('2024-01-01T16:12:00+09:00', at(-1_000))
        .replace('2024-01-02T16:12:00+09:00', at(3_600_000)),
    ),
  )

const create = (body: unknown = alert(), url = '/v1/alerts', type?: string) =>
  api.call('composer', 'POST', url, { body, ...(type === undefined ? {} : { type }) })

async function created(body?: unknown): Promise<string> {
  const { status, text, body: made } = await create(body)
  if (status !== 201) throw new Error(text)
  return made.id
}

async function approved(body?: unknown): Promise<string> {
  const id = await created(body)
  await api.call('composer', 'POST', `/v1/alerts/${id}/submit`)
  const { status, text } = await api.call('approver', 'POST', `/v1/alerts/${id}/approve`)
  if (status !== 200) throw new Error(text)
  return id
}

describe('taking an alert', () => {
  test('as JSON: a draft at its own address, with its texts and the rules of its severity', async () => {
    const { status, body, headers } = await create()
    expect(status).toBe(201)
    expect(headers.location).toBe(`/v1/alerts/${body.id}`)
    expect(body).toMatchObject({
      phase: 'draft',
      msgType: 'Alert',
      area: ['노토'],
      texts: [{ language: 'ko', text: '강진' }],
      rules: { unplaced: 'include', resend: 'resend' },
      lifecycle: { authors: ['composer'] },
      notes: [],
      warnings: [{ code: 'place-unsaid' }, { code: 'issuer-unsaid' }],
      corrections: { cancel: { ko: expect.stringContaining('노토 「지진」') } },
    })
    expect((await api.call('viewer', 'GET', headers.location as string)).body).toMatchObject({ id: body.id })
  })

  test.each(['application/cap+xml', 'text/xml', 'application/xml; charset=utf-8'])('as %s', async (type) => {
    const { status, body } = await create(cap(), '/v1/alerts', type)
    expect(status).toBe(201)
    expect(body).toMatchObject({ severity: 'Extreme', texts: [{ text: '강진' }] })
  })

  test('rules in the query go before rules in the body, and both before those of the severity', async () => {
    const { body } = await create(
      alert({ rules: { unplaced: 'exclude', resend: 'keep' } }),
      '/v1/alerts?resend=resend&maxRecipients=5000',
    )
    expect(body.rules).toMatchObject({ unplaced: 'exclude', resend: 'resend', maxRecipients: 5000 })
    expect((await create(alert(), '/v1/alerts?maxRecipients=0')).status).toBe(400)
  })

  test('a zone of the library is taken with its outline of now', async () => {
    const { zones } = (await api.call('viewer', 'GET', '/v1/zones')).body
    const { body } = await create(alert({}, { areas: [{ zone: zones[0].id }] }))
    expect(body.document.infos[0].areas[0].shapes[0].kind).toMatch(/polygon/)
    expect(body.document.infos[0].areas[0].geocode[0].value).toBe(`${zones[0].id}@${zones[0].version}`)
  })

  test('what was repaired is said: a ring that was left open', async () => {
    const open = cap((xml) => xml.replace(' 37.0,136.7</polygon>', '</polygon>'))
    const { status, body } = await create(open, '/v1/alerts', 'application/cap+xml')
    expect(status).toBe(201)
    expect(body.notes).toMatchObject([{ message: expect.stringMatching(/closed/i) }])
  })

  test('the same alert twice is one', async () => {
    const same = alert({ sent: at(-5_000) })
    expect((await create(same)).status).toBe(201)
    expect(await create(same)).toMatchObject({ status: 409, body: { title: 'Alert exists' } })
  })

  test('an Update that refers to nothing that is known here is refused', async () => {
    const references = [{ sender: 'a', identifier: 'b', sent: at(-1_000) }]
    const refused = await create(alert({ msgType: 'Update', references }))
    expect([refused.status, codeOf(refused)]).toEqual([422, 'reference-unknown'])
  })

  const polygon = (coordinates: number[][]) => [
    { areaDesc: 'x', shapes: [{ type: 'Polygon', coordinates: [coordinates] }] },
  ]
  test.each([
    ['not XML', () => 'no xml at all', 'application/cap+xml', /not-xml/],
    ['not CAP', () => '<rss/>', 'application/cap+xml', /not-cap/],
    ['an entity', () => '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'application/cap+xml', /xml-forbidden/],
    [
      'an Alert without area',
      () => cap((xml) => xml.replace(/<area>.*<\/area>/s, '')),
      'application/cap+xml',
      /area-missing/,
    ],
    [
      'an area that is empty',
      () => cap((xml) => xml.replace(/<polygon>.*<\/polygon>/, '')),
      'application/cap+xml',
      /area-empty/,
    ],
    ['System', () => cap((xml) => xml.replace('>Actual<', '>System<')), 'application/cap+xml', /status-not-launchable/],
    ['Draft', () => cap((xml) => xml.replace('>Actual<', '>Draft<')), 'application/cap+xml', /status-not-launchable/],
    ['Ack', () => cap((xml) => xml.replace('>Alert<', '>Ack<')), 'application/cap+xml', /msg-type-not-launchable/],
    ['Error', () => cap((xml) => xml.replace('>Alert<', '>Error<')), 'application/cap+xml', /msg-type-not-launchable/],
    ['no expires', () => alert({}, { expires: undefined }), undefined, /expires-missing/],
    [
      'an expires that has passed',
      () => alert({ sent: at(-7_200_000) }, { expires: at(-1_000) }),
      undefined,
      /expires-past/,
    ],
    ['no text', () => alert({}, { headline: ' ' }), undefined, /alert-without-text/],
    [
      'a ring that crosses itself',
      () =>
        alert(
          {},
          {
            areas: polygon([
              [136, 37],
              [137, 38],
              [137, 37],
              [136, 38],
              [136, 37],
            ]),
          },
        ),
      undefined,
      /cross/,
    ],
    [
      'latitude and longitude swapped',
      () => alert({}, { areas: [{ ...polygon(noto.map(([lon, lat]) => [lat as number, lon as number]))[0] }] }),
      undefined,
      /globe|latitude|position|swap/i,
    ],
    [
      'a negative radius',
      () => alert({}, { areas: [{ areaDesc: 'x', shapes: [{ kind: 'circle', lon: 137, lat: 37, radiusKm: -5 }] }] }),
      undefined,
      /radius/i,
    ],
    ['a zone that there is not', () => alert({}, { areas: [{ zone: 'atlantis' }] }), undefined, /unknown-zone/],
    ['an unknown key', () => alert({ statuz: 'Actual' }), undefined, /json-unknown-key/],
  ])('refused: %s', async (_, body, type, reason) => {
    const before = (await api.call('viewer', 'GET', '/v1/alerts')).body.alerts.length
    const refused = await create(body(), '/v1/alerts', type)
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(refused.headers['content-type']).toContain('application/problem+json')
    expect(refused.text).toMatch(reason)
    expect((await api.call('viewer', 'GET', '/v1/alerts')).body.alerts).toHaveLength(before)
  })

  test('an area that may be swapped is asked about, and taken once it is confirmed', async () => {
    // Paris as latitude and longitude: off Somalia, its mirror on land.
    const areas = [{ areaDesc: 'x', shapes: [{ kind: 'circle', lon: 48.85, lat: 2.35, radiusKm: 20 }] }]
    const asked = await create(alert({}, { areas }))
    expect(asked.status).toBe(422)
    expect(asked.text).toMatch(/lat-lon-suspect.*confirm=area/)
    const taken = await create(alert({}, { areas }), '/v1/alerts?confirm=area')
    expect(taken.status).toBe(201)
    expect(taken.body.warnings.map(({ code }: { code: string }) => code)).toContain('lat-lon-suspect')
    expect((await create(alert({}, { areas }), '/v1/alerts?confirm=everything')).status).toBe(400)
  })

  test('refused with every finding at once, each with its place', async () => {
    const { body } = await create(alert({ status: 'System' }, { expires: undefined, areas: [] }))
    expect(body.errors.map(({ code, where }: { code: string; where: string }) => [code, where])).toEqual([
      ['status-not-launchable', '/status'],
      ['expires-missing', '/infos/0/expires'],
      ['area-missing', '/infos'],
    ])
  })
})

describe('reading alerts', () => {
  test('the newest first, and by identifier', async () => {
    await created()
    const last = alert()
    const id = await created(last)
    expect((await api.call('viewer', 'GET', '/v1/alerts?limit=1')).body.alerts).toMatchObject([{ id }])
    const named = await api.call('viewer', 'GET', `/v1/alerts?identifier=${last.identifier}`)
    expect(named.body.alerts).toMatchObject([{ id, identifier: last.identifier }])
  })

  test('by phase: the live ones are those in force', async () => {
    const { id } = await live()
    const last = await created()
    const idsOf = async (query: string) => {
      const { body } = await api.call('viewer', 'GET', `/v1/alerts?${query}`)
      return (body.alerts as { id: string }[]).map((one) => one.id)
    }
    expect(await idsOf('phase=live')).toContain(id)
    expect(await idsOf('phase=live')).not.toContain(last)
    expect(await idsOf('phase=draft&limit=1')).toEqual([last])
    expect((await api.call('viewer', 'GET', '/v1/alerts?phase=over')).status).toBe(400)
  })

  test('as CAP, which reads back as the same alert', async () => {
    const id = await created()
    const { text, headers } = await api.call('viewer', 'GET', `/v1/alerts/${id}/cap`)
    expect(headers['content-type']).toContain('application/cap+xml')
    const { document } = (await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body
    expect(parseCapXml(text).alert).toEqual(document)
  })

  test.each(['', '/cap', '/progress', '/events', '/recipients', '/report'])(
    '404 for GET alerts/unknown%s',
    async (part) => {
      const answered = await api.call('viewer', 'GET', `/v1/alerts/not-there${part}`)
      expect([answered.status, codeOf(answered)]).toEqual([404, 'alert-unknown'])
    },
  )
})

describe('two people', () => {
  test('who wrote it cannot approve it, whichever key he uses', async () => {
    const alone = await addKey(api.db, 'composer', 'approver', 'test')
    const id = await created()
    await api.call('composer', 'POST', `/v1/alerts/${id}/submit`)
    const refused = await api.call(undefined, 'POST', `/v1/alerts/${id}/approve`, { key: alone })
    expect([refused.status, codeOf(refused)]).toEqual([403, 'author-cannot-approve'])
    const other = await api.call('approver', 'POST', `/v1/alerts/${id}/approve`)
    expect(other.body).toMatchObject({ phase: 'approved', lifecycle: { approval: { by: 'approver' } } })
  })

  test('what is approved is what was looked at', async () => {
    const id = await created()
    const { digest } = (await api.call('composer', 'POST', `/v1/alerts/${id}/submit`)).body
    const approve = (seen: string) =>
      api.call('approver', 'POST', `/v1/alerts/${id}/approve`, { body: { digest: seen } })
    const refused = await approve('0'.repeat(64))
    expect([refused.status, codeOf(refused)]).toEqual([409, 'alert-changed'])
    expect((await approve(digest)).body.phase).toBe('approved')
  })

  test('rejecting sends it back, discarding ends it, and neither can be launched', async () => {
    const id = await approved()
    const back = await api.call('approver', 'POST', `/v1/alerts/${id}/reject`, { body: { reason: 'wrong town' } })
    expect(back.body.phase).toBe('draft')
    expect((await api.call('composer', 'POST', `/v1/alerts/${id}/launch`)).status).toBe(409)
    expect((await api.call('composer', 'POST', `/v1/alerts/${id}/discard`)).body).toMatchObject({ phase: 'ended' })
    expect((await api.call('composer', 'POST', `/v1/alerts/${id}/submit`)).status).toBe(409)
  })

  test('breaking the glass takes a reason, which everybody sees', async () => {
    const id = await created()
    expect((await api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`)).status).toBe(400)
    expect((await api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`, { body: { reason: ' ' } })).status).toBe(
      400,
    )
    await api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`, { body: { reason: 'night, alone' } })
    const { lifecycle } = (await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body
    expect(lifecycle.approval).toMatchObject({ by: 'approver', glassBroken: 'night, alone' })
    expect(
      (await api.call('viewer', 'GET', `/v1/alerts/${id}/report`, { headers: { accept: 'text/plain' } })).text,
    ).toContain('ALONE (glass broken): night, alone')
  })
})

test('a preview tells who would get it in which words, and changes nothing', async () => {
  const id = await created()
  await api.db.pool.query(
    `INSERT INTO resident (msisdn, mission, country) VALUES (819011112222, 'osaka', 'JP'), (819011112223, 'osaka', 'JP')`,
  )
  const { status, body } = await api.call('viewer', 'POST', `/v1/alerts/${id}/preview`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    matched: 2,
    byReason: { 'resident-unplaced': 2 },
    texts: [{ language: 'ko', text: '강진' }],
  })
  expect((await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body.version).toBe(1)
})

describe('a launch', () => {
  test('needs an approval and gives one broadcast, however often it is asked for', async () => {
    const draft = await created()
    expect((await api.call('composer', 'POST', `/v1/alerts/${draft}/launch`)).status).toBe(409)
    const id = await approved()
    const first = await api.call('composer', 'POST', `/v1/alerts/${id}/launch`)
    expect(first).toMatchObject({ status: 202, body: { alertId: id, broadcastId: expect.any(Number) } })
    expect((await api.call('approver', 'POST', `/v1/alerts/${id}/launch`)).body).toEqual(first.body)
    expect((await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body).toMatchObject({ phase: 'live' })
  })

  test('has no progress before it', async () => {
    const id = await created()
    for (const part of ['progress', 'events', 'recipients']) {
      const answered = await api.call('viewer', 'GET', `/v1/alerts/${id}/${part}`)
      expect([answered.status, codeOf(answered)]).toEqual([409, 'not-launched'])
    }
  })
})

/** A live alert whose broadcast was made here, not by selection. */
async function live(): Promise<{ id: string; broadcastId: number }> {
  const id = await approved()
  await api.db.pool.query(`UPDATE alert SET phase = 'live' WHERE id = $1`, [id])
  return { id, broadcastId: await openFor(api.db, id) }
}

const eventsOf = (text: string) =>
  text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => ({
      id: /^id: (.*)$/m.exec(block)?.[1],
      event: /^event: (.*)$/m.exec(block)?.[1],
      data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] as string),
    }))

describe('following a broadcast', () => {
  test('progress holds the sums and the carriers', async () => {
    const { id, broadcastId } = await live()
    const seqs = await choose(api.db, broadcastId, { n: 3, carrier: 'north' })
    await accepted(api.db, broadcastId, seqs)
    await move(api.db, broadcastId, seqs.slice(0, 2), 'delivered', { receiptMs: 700 })
    const { body } = await api.call('viewer', 'GET', `/v1/alerts/${id}/progress`)
    expect(body).toMatchObject({
      id: broadcastId,
      alertId: id,
      state: 'selecting',
      matched: 3,
      states: { pending: 1, delivered: 2 },
      segments: 3,
      initialDone: false,
      ended: false,
      carriers: { north: { submitted: 2, delivered: 2, receiptP50Ms: 700 } },
    })
  })

  test('events end when all is final, after telling each change', async () => {
    const { id, broadcastId } = await live()
    const seqs = await choose(api.db, broadcastId, { n: 2, carrier: 'north' })
    await selected(api.db, broadcastId)
    const response = await api.app.inject({
      url: `/v1/alerts/${id}/events`,
      headers: { authorization: `Bearer ${api.keys.viewer}` },
      payloadAsStream: true,
    })
    expect(response.headers['content-type']).toContain('text/event-stream')
    let text = ''
    let moved = false
    for await (const chunk of response.stream()) {
      text += chunk
      if (moved || !text.includes('"pending":2')) continue
      moved = true
      await move(api.db, broadcastId, seqs, 'delivered')
    }
    const events = eventsOf(text)
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { states: { delivered: 2 }, initialDone: true } })
    expect(events.map(({ event }) => event)).toEqual(['progress', 'progress', 'done'])
    expect(events[1]).toMatchObject({ data: { states: { delivered: 2 } } })
  })

  test('who comes back is not told again what he knows', async () => {
    const { id, broadcastId } = await live()
    await selected(api.db, broadcastId)
    const url = `/v1/alerts/${id}/events`
    const [first] = eventsOf((await api.call('viewer', 'GET', url)).text)
    expect(first?.event).toBe('progress')
    const again = eventsOf(
      (await api.call('viewer', 'GET', url, { headers: { 'last-event-id': first?.id as string } })).text,
    )
    expect(again.map(({ event }) => event)).toEqual(['done'])
    const stale = eventsOf((await api.call('viewer', 'GET', url, { headers: { 'last-event-id': 'other' } })).text)
    expect(stale.map(({ event }) => event)).toEqual(['progress', 'done'])
  })

  test('ends too where the alert has ended with messages under way', async () => {
    const { id, broadcastId } = await live()
    await choose(api.db, broadcastId, { n: 1, carrier: 'north' })
    await api.db.pool.query(`UPDATE alert SET phase = 'ended' WHERE id = $1`, [id])
    const events = eventsOf((await api.call('viewer', 'GET', `/v1/alerts/${id}/events`)).text)
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { ended: true, states: { pending: 1 } } })
  })
})

test('closing the server ends the event streams that are open', async () => {
  const { id, broadcastId } = await live()
  await choose(api.db, broadcastId, { n: 1, carrier: 'north' })
  const other = await buildServer(api.deps)
  const url = await other.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/v1/alerts/${id}/events`, {
    headers: { authorization: `Bearer ${api.keys.viewer}` },
  })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await Promise.all([other.close(), drained(reader)])
}, 20_000)

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}

describe('numbers', () => {
  test('are masked but for who needs them, and each full view is in the audit log', async () => {
    const { id, broadcastId } = await live()
    const seqs = await choose(api.db, broadcastId, { n: 2, carrier: 'north', reason: 'roamer' })
    await move(api.db, broadcastId, seqs.slice(0, 1), 'failed', { error: 11 })
    const masked = await api.call('approver', 'GET', `/v1/alerts/${id}/recipients`)
    expect(masked.headers['content-type']).toContain('text/csv')
    const [header, first, ...rest] = masked.text.trim().split('\n')
    expect(header).toBe('msisdn,reason,language,carrier,state,error,attempt,segments,made_at,submitted_at,final_at')
    expect(first).toMatch(/^8190\*{6}\d\d,roamer,ko,north,failed,11,1,1,20/)
    expect(rest).toHaveLength(1)

    for (const role of ['viewer', 'composer', 'administrator'] as const) {
      expect((await api.call(role, 'GET', `/v1/alerts/${id}/recipients?numbers=full`)).status).toBe(403)
    }
    const views = async () =>
      (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body.entries.filter(
        ({ act }: { act: string }) => act === 'numbers.view',
      )
    const before = (await views()).length
    const full = await api.call('approver', 'GET', `/v1/alerts/${id}/recipients?numbers=full`)
    expect(full.text).toMatch(/^8190\d{8},roamer/m)
    const after = await views()
    expect(after).toHaveLength(before + 1)
    expect(after.at(-1)).toMatchObject({
      actor: 'person:approver',
      subject: `alert:${id}`,
      detail: { what: 'recipients' },
    })
    expect(JSON.stringify(after)).not.toMatch(/8190\d{8}/)
  })

  test('a list longer than a page is whole', async () => {
    const { id, broadcastId } = await live()
    await choose(api.db, broadcastId, { n: 4_500, carrier: 'north' })
    const { text } = await api.call('viewer', 'GET', `/v1/alerts/${id}/recipients`)
    expect(text.trim().split('\n')).toHaveLength(4_501)
  })

  test('what one number was sent is found, however it is written, and the look is noted', async () => {
    const { broadcastId } = await live()
    await choose(api.db, broadcastId, { n: 1, carrier: 'south' })
    const { rows } = await api.db.pool.query(`SELECT msisdn::text FROM message WHERE broadcast_id = $1`, [broadcastId])
    const { msisdn } = rows[0]
    const written = encodeURIComponent(`+${msisdn.slice(0, 2)} ${msisdn.slice(2)}`)
    const { body } = await api.call('auditor', 'GET', `/v1/messages?msisdn=${written}`)
    expect(body.messages).toMatchObject([
      { broadcastId, msisdn, carrier: 'south', state: 'pending', text: '대피하세요' },
    ])
    expect((await api.call('auditor', 'GET', '/v1/messages?msisdn=nonsense')).status).toBe(400)
  })

  test('entry texts of a number are found by its journeys', async () => {
    const { broadcastId } = await live()
    const { rows } = await api.db.pool.query(
      `INSERT INTO journey (msisdn, country, entered_at) VALUES (821099998888, 'JP', '2026-11-20T12:00:00Z') RETURNING id`,
    )
    const day = broadcastId + 500_000
    await api.db.pool.query(
      `INSERT INTO broadcast (id, day, lane, exercise, resend) VALUES ($1, '2026-11-21', 4, false, false)`,
      [day],
    )
    await api.db.pool.query(
      `INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, made_at)
       VALUES ($1, $2, 821099998888, 1, 1, 1, 'entry', now())`,
      [day, rows[0].id],
    )
    const { body } = await api.call('approver', 'GET', '/v1/messages?msisdn=821099998888')
    expect(body.messages).toMatchObject([{ broadcastId: day, alertId: null, reason: 'entry' }])
  })
})

describe('the after-action report', () => {
  test('tells who did what, what came of it, and why what failed did', async () => {
    const { id, broadcastId } = await live()
    const seqs = await choose(api.db, broadcastId, { n: 10, carrier: 'north' })
    await choose(api.db, broadcastId, { n: 2, reason: 'late-entrant', country: 'JP', carrier: 'south' })
    await choose(api.db, broadcastId, { n: 1 })
    await selected(api.db, broadcastId)
    await accepted(api.db, broadcastId, seqs.slice(0, 9))
    await move(api.db, broadcastId, seqs.slice(0, 6), 'delivered', { receiptMs: 2_500 })
    await move(api.db, broadcastId, seqs.slice(6, 8), 'failed', { receiptMs: 100, error: 69 })
    await move(api.db, broadcastId, seqs.slice(8, 9), 'failed', { error: 0x0b })

    const report = (await api.call('viewer', 'GET', `/v1/alerts/${id}/report`)).body
    expect(report.timeline.map(({ who, what }: { who: string; what: string }) => [who, what])).toEqual([
      ['person:composer', 'alert.create'],
      ['person:composer', 'alert.submit'],
      ['person:approver', 'alert.approve'],
      ['engine', 'broadcast.selected'],
    ])
    const [part] = report.alerts
    expect(part.broadcast).toMatchObject({
      matched: 13,
      lateEntrants: 2,
      tallies: { holds: true },
      carriers: { north: { submitted: 8, delivered: 6, receiptP50Ms: 2_500 } },
    })
    expect(part.broadcast.failures).toEqual([
      { carrier: 'north', state: 'failed', cause: 'receipt, err 69', n: 2 },
      { carrier: 'north', state: 'failed', cause: 'refused, command_status 0x0000000B', n: 1 },
      { carrier: null, state: 'suppressed', cause: 'no carrier reaches the number, or the person sent STOP', n: 1 },
    ])

    const { text, headers } = await api.call('viewer', 'GET', `/v1/alerts/${id}/report`, {
      headers: { accept: 'text/plain' },
    })
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toContain('13 numbers, 9 segments, 2 late entrants')
    expect(text).toContain('command_status 0x0000000B')
    expect(text).toContain('The sums agree with the messages.')
  })

  test('holds the whole chain, whichever of its alerts is asked for', async () => {
    const sent = at(-10_000)
    const first = alert({ sent })
    const id = await approved(first)
    const { sender, identifier } = first
    const update = await created(alert({ msgType: 'Update', references: [{ sender, identifier, sent }] }))
    const report = (await api.call('viewer', 'GET', `/v1/alerts/${update}/report`)).body
    expect(report.alerts.map((one: { id: string }) => one.id)).toEqual([id, update])
    expect(report.chainId).toBe(id)
  })
})
