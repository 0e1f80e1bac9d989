import { describe, expect, test } from 'vitest'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { alertBody, deskForFile, inForce } from './desk.ts'
import { codeOf } from './support.ts'

const desk = deskForFile()

describe('reading alerts', () => {
  test('the newest first, and by identifier', async () => {
    await desk.draft()
    const identifier = 'the-last'
    const id = await desk.draft(alertBody({ identifier }))
    expect((await desk.api.call('viewer', 'GET', '/v1/alerts?limit=1')).body.alerts).toMatchObject([{ id }])
    const named = await desk.api.call('viewer', 'GET', `/v1/alerts?identifier=${identifier}`)
    expect(named.body.alerts).toMatchObject([{ id, identifier }])
  })

  test('by phase: the live ones are those in force', async () => {
    const { id } = await inForce(desk, desk.api.db)
    const last = await desk.draft()
    const idsOf = async (query: string) => {
      const { body } = await desk.api.call('viewer', 'GET', `/v1/alerts?${query}`)
      return (body.alerts as { id: string }[]).map((one) => one.id)
    }
    expect(await idsOf('phase=live')).toContain(id)
    expect(await idsOf('phase=live')).not.toContain(last)
    expect(await idsOf('phase=draft&limit=1')).toEqual([last])
    expect((await desk.api.call('viewer', 'GET', '/v1/alerts?phase=over')).status).toBe(400)
  })

  test('as CAP, which reads back as the same alert', async () => {
    const noto = [
      [136.7, 37.0],
      [137.0, 37.0],
      [137.0, 37.3],
      [136.7, 37.3],
      [136.7, 37.0],
    ]
    const areas = [{ areaDesc: '노토', shapes: [{ type: 'Polygon', coordinates: [noto] }] }]
    const id = await desk.draft(alertBody({}, { areas }))
    const { text, headers } = await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/cap`)
    expect(headers['content-type']).toContain('application/cap+xml')
    const { document } = (await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body
    expect(parseCapXml(text).alert).toEqual(document)
  })

  test.each(['', '/cap', '/progress', '/events', '/recipients', '/report'])(
    '404 for GET alerts/unknown%s',
    async (part) => {
      const answered = await desk.api.call('viewer', 'GET', `/v1/alerts/not-there${part}`)
      expect([answered.status, codeOf(answered)]).toEqual([404, 'alert-unknown'])
    },
  )
})

test('a preview tells who would get it in which words, and changes nothing', async () => {
  const id = await desk.draft()
  await desk.api.db.pool.query(
    `INSERT INTO resident (msisdn, mission, country) VALUES (819011112222, 'osaka', 'JP'), (819011112223, 'osaka', 'JP')`,
  )
  const { status, body } = await desk.api.call('viewer', 'POST', `/v1/alerts/${id}/preview`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    matched: 2,
    byReason: { 'resident-unplaced': 2 },
    texts: [{ language: 'ko', text: '[외교부] 일본 지진\n높은 곳으로 대피하세요' }],
  })
  expect((await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body.version).toBe(1)
})
