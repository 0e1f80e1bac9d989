import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'
import { startApi, type TestApi } from './support.ts'

const own = 'alerts@mofa.go.kr'
let api: TestApi
let desk: Desk

beforeAll(async () => {
  api = await startApi({ sender: own })
  desk = openDesk(api)
})

afterAll(() => api.close())

const create = (body: unknown, type = 'application/json', url = '/v1/alerts') =>
  api.call('composer', 'POST', url, { body, type })

describe('an alert that names no sender', () => {
  test('is the installation’s own, in its document and its digest', async () => {
    const { status, body, headers } = await create(alertBody())
    expect(status).toBe(201)
    expect(body).toMatchObject({ sender: own, issuer: '외교부', document: { sender: own } })
    const { identifier, sent, infos } = body.document
    const again = (sender: string) => create(alertBody({ sender, identifier, sent }, { expires: infos[0].expires }))
    expect((await again(own)).status).toBe(409)
    const named = await again('bongsu')
    expect(named.body).toMatchObject({ sender: 'bongsu' })
    expect(named.body.digest).not.toBe(body.digest)
    const edited = await api.call('composer', 'PUT', `/v1/alerts/${body.id}`, {
      body: alertBody(),
      headers: { 'if-match': headers.etag as string },
    })
    expect(edited.body.sender).toBe(own)
    expect((await api.call('viewer', 'GET', `/v1/alerts/${body.id}/cap`)).text).toContain(`<sender>${own}</sender>`)
  })

  test('is so from a template as well', async () => {
    const { status, body, text } = await create(
      {
        template: 'tsunami',
        fields: { place: { ko: '노토', en: 'Noto' }, action: 'high-ground' },
        status: 'Actual',
        areas: [{ areaDesc: '일본', shapes: [{ kind: 'country', iso2: 'JP' }] }],
      },
      'application/json',
      '/v1/alerts/from-template',
    )
    expect(status, text).toBe(201)
    expect(body).toMatchObject({ sender: own, issuer: '외교부' })
  })

  test('does not lock one of the own ministry that names it', async () => {
    await desk.live(alertBody({ sender: own }))
    const id = await desk.approved(alertBody())
    expect((await desk.act(id, 'launch', 'composer')).status).toBe(202)
    const foreign = await desk.approved(alertBody({ sender: 'bongsu' }))
    expect((await desk.act(foreign, 'launch', 'composer')).status).toBe(409)
  })

  test('whose text does not say who speaks is warned of still', async () => {
    const { senderName: _, ...info } = alertBody().infos[0] as Record<string, unknown>
    const text = { ...info, headline: '일본 지진', instruction: '높은 곳으로 대피하세요' }
    const { status, body } = await create({ status: 'Actual', infos: [text] })
    expect(status).toBe(201)
    expect(body).toMatchObject({ sender: own, issuer: own })
    expect(body.warnings.map(({ code }: { code: string }) => code)).toContain('issuer-unsaid')
  })

  test('of CAP is none: CAP always names it', async () => {
    const { body } = await create(alertBody())
    const { document } = body
    const cap = writeCapXml({ ...document, identifier: 'cap-1', sender: 'kma@korea.kr' })
    const taken = await create(cap, 'application/cap+xml')
    expect(taken.status, taken.text).toBe(201)
    expect(taken.body.sender).toBe('kma@korea.kr')
  })
})

test('the preview and the list show who issues an alert', async () => {
  const id = await desk.draft(alertBody({}, { expires: timeIn(7_200_000) }))
  const { body } = await api.call('viewer', 'POST', `/v1/alerts/${id}/preview`)
  expect(body).toMatchObject({ sender: own, issuer: '외교부' })
  const { alerts } = (await api.call('viewer', 'GET', '/v1/alerts')).body
  expect(alerts.find((one: { id: string }) => one.id === id)).toMatchObject({ sender: own, issuer: '외교부' })
})

test('an installation without a sender of its own issues as bongsu, and nobody is named to people', async () => {
  const plain = await startApi()
  try {
    const { senderName: _, ...info } = alertBody().infos[0] as Record<string, unknown>
    const text = { ...info, headline: '일본 지진' }
    const { body } = await plain.call('composer', 'POST', '/v1/alerts', { body: { status: 'Actual', infos: [text] } })
    expect(body).toMatchObject({ sender: 'bongsu', issuer: null })
  } finally {
    await plain.close()
  }
})
