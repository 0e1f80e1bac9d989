import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { capText } from '../alerts/sample.ts'
import { timeIn } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

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
  expires: timeIn(3_600_000),
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
        .replace('2024-01-01T16:12:00+09:00', timeIn(-1_000))
        .replace('2024-01-02T16:12:00+09:00', timeIn(3_600_000)),
    ),
  )

const create = (body: unknown = alert(), url = '/v1/alerts', type?: string) =>
  api.call('composer', 'POST', url, { body, ...(type === undefined ? {} : { type }) })

describe('taking an alert', () => {
  test('warns of a drawn area that touches many countries, not of a small one or of whole countries', async () => {
    const within = async (...shapes: object[]) => {
      const { status, body } = await create(alert({}, { areas: [{ areaDesc: '동아시아', shapes }] }))
      return [status, body.warnings.find(({ code }: { code: string }) => code === 'area-spreads')?.message]
    }
    const circle = (radiusKm: number) => ({ kind: 'circle', lon: 137, lat: 37, radiusKm })
    expect(await within(circle(30))).toEqual([201, undefined])
    expect(await within(circle(3000))).toEqual([
      201,
      expect.stringMatching(/^The drawn area touches 1\d countries: .*JP.*KR/),
    ])
    const whole = ['JP', 'KR', 'CN', 'TW', 'PH'].map((iso2) => ({ kind: 'country', iso2 }))
    expect(await within(...whole)).toEqual([201, undefined])
  })

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
    const same = alert({ sent: timeIn(-5_000) })
    expect((await create(same)).status).toBe(201)
    expect(await create(same)).toMatchObject({ status: 409, body: { title: 'Alert exists' } })
  })

  test('an Update that refers to nothing that is known here is refused', async () => {
    const references = [{ sender: 'a', identifier: 'b', sent: timeIn(-1_000) }]
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
      () => alert({ sent: timeIn(-7_200_000) }, { expires: timeIn(-1_000) }),
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
