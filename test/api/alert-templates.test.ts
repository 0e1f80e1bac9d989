import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alertBody } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

const filled = (change: object = {}) => ({
  template: 'tsunami',
  status: 'Actual',
  fields: { place: { ko: '일본 노토반도', en: 'Noto, Japan' }, action: 'away-from-coast' },
  areas: [{ areaDesc: 'Noto', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
  ...change,
})
const make = (body: object) => api.call('composer', 'POST', '/v1/alerts/from-template', { body })
const set = (body: object) => api.call('composer', 'POST', '/v1/alert-templates', { body })
const standing = async (id: string) => (await api.call('viewer', 'GET', `/v1/alert-templates/${id}`)).body.templates[0]

describe('an alert of a template', () => {
  test('has its texts in every language, and what takes it back, and says which version it is of', async () => {
    const { version, body } = await standing('tsunami')
    const made = await make(filled())
    expect(made.status).toBe(201)
    expect(made.headers.location).toBe(`/v1/alerts/${made.body.id}`)
    expect(made.body).toMatchObject({
      phase: 'draft',
      severity: 'Extreme',
      template: `tsunami@${version}`,
      warnings: [],
      texts: [
        { language: 'ko', text: expect.stringContaining('일본 노토반도 지진해일 위험. 즉시 해안을 떠나') },
        { language: 'en', text: expect.stringContaining('Tsunami danger, Noto, Japan. Leave the coast') },
      ],
    })
    expect(made.body.corrections.cancel.en).toBe(body.corrections.cancel.en.replace('{place}', 'Noto, Japan'))
    expect(Object.keys(made.body.corrections.allClear).sort()).toEqual(['en', 'ko'])
  })

  test('that was edited is none of the template any more', async () => {
    const { body, headers } = await make(filled())
    const edited = await api.call('composer', 'PUT', `/v1/alerts/${body.id}`, {
      body: alertBody(),
      headers: { 'if-match': headers.etag as string },
    })
    expect([edited.status, edited.body.template]).toEqual([200, null])
  })

  test.each<[string, object, number, string]>([
    ['a template that there is not', { template: 'meteor' }, 422, 'template-unknown'],
    ['what is not filled in', { fields: {} }, 422, 'alert-template-fields'],
    ['no area', { areas: [] }, 400, 'bad-request'],
    ['an area that is none', { areas: [{ areaDesc: 'x' }] }, 422, 'alert-refused'],
    ['a zone that there is not', { areas: [{ zone: 'atlantis' }] }, 422, 'unknown-zone'],
    ['rules that are none', { rules: { unplaced: 'perhaps' } }, 422, 'alert-invalid'],
    [
      'a number among what is filled in',
      { fields: { place: { ko: '088-013-9999', en: 'x' }, action: 'away-from-coast' } },
      422,
      'alert-refused',
    ],
  ])('is refused for %s', async (_, change, status, code) => {
    const answered = await make(filled(change))
    expect([answered.status, codeOf(answered)], answered.text).toEqual([status, code])
  })
})

describe('templates', () => {
  test('those of the engine are there', async () => {
    const { body } = await api.call('viewer', 'GET', '/v1/alert-templates')
    expect(body.templates.map(({ id }: { id: string }) => id)).toEqual([
      'disease',
      'earthquake',
      'flood',
      'terror',
      'tsunami',
      'unrest',
    ])
  })

  test('nothing is overwritten: an alert keeps what it says, and the history what stood', async () => {
    const before = await standing('flood')
    const fields = { place: { ko: '태국 방콕', en: 'Bangkok' }, action: 'high-ground' }
    const { id, texts } = (await make(filled({ template: 'flood', fields }))).body
    const body = {
      ...before.body,
      title: 'Flood, shorter',
      texts: { ko: '[외교부] {place} 홍수. {action}.', en: '[MOFA] Flood, {place}. {action}.' },
    }
    const changed = await set({ id: 'flood', body, note: 'one segment less' })
    expect(changed.status).toBe(201)
    const history = changed.body.templates as { version: number; madeBy: string; note: string }[]
    expect(history.map(({ madeBy, note }) => [madeBy, note])).toEqual([
      ['person:composer', 'one segment less'],
      ['migration', 'comes with the engine'],
    ])
    // The same again adds nothing.
    expect((await set({ id: 'flood', body })).body.templates).toHaveLength(2)
    expect((await api.call('viewer', 'GET', `/v1/alerts/${id}`)).body.texts).toEqual(texts)
    expect((await make(filled({ template: 'flood', fields }))).body.texts[1].text).toMatch(/^\[MOFA\] Flood, Bangkok/)
    await expect(api.db.pool.query('UPDATE alert_template SET note = null')).rejects.toThrow()
  })

  test('one is taken back, and comes again', async () => {
    const { body } = await standing('unrest')
    expect((await set({ id: 'unrest', body: null })).body.templates[0].body).toBeNull()
    expect(codeOf(await make(filled({ template: 'unrest' })))).toBe('template-unknown')
    expect((await set({ id: 'unrest', body })).status).toBe(201)
    expect((await standing('unrest')).body).toEqual(body)
  })

  test('one without its "sent in error" in every language is refused', async () => {
    const { body } = await standing('earthquake')
    const cancel = { ko: body.corrections.cancel.ko }
    const refused = await set({ id: 'earthquake', body: { ...body, corrections: { ...body.corrections, cancel } } })
    expect([refused.status, codeOf(refused)]).toEqual([422, 'alert-template'])
    expect(refused.body.errors).toMatchObject([{ code: 'template-language-missing', where: '/corrections/cancel' }])
  })

  test('an id that was never used has no history', async () => {
    expect((await api.call('viewer', 'GET', '/v1/alert-templates/none')).status).toBe(404)
  })
})
