import { beforeEach, describe, expect, test } from 'vitest'
import { addResidents } from '../targeting/people.ts'
import { alertBody as alert, deskForFile } from './desk.ts'
import { codeOf } from './support.ts'

const desk = deskForFile()

beforeEach(async () => {
  await desk.api.db.pool.query('DELETE FROM resident')
  await enrol(10)
})

let numbers = 8190000000

/** So many more residents of Japan. */
const enrol = (count: number, language?: string) =>
  addResidents(
    desk.api.db,
    Array.from({ length: count }, () => ({ msisdn: String(++numbers), country: 'JP', ...(language && { language }) })),
  )

describe('what a second person approves', () => {
  test('holds how many were counted, up to how many may be told, and languages in which nothing is said', async () => {
    await enrol(3, 'ja')
    const id = await desk.draft()
    const before = (await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body
    expect(before.forecast).toBeNull()
    const { status, body } = await desk.act(id, 'submit', 'composer')
    expect(status).toBe(200)
    expect(body.forecast).toMatchObject({
      matched: 13,
      upTo: 113,
      segments: expect.any(Number),
      seconds: { p50: expect.any(Number), p90: expect.any(Number), p99: expect.any(Number) },
      missingLanguages: [{ language: 'ja', people: 3 }],
    })
    expect(body.forecast.segments).toBeGreaterThanOrEqual(13)
    expect(body.digest).not.toBe(before.digest)
    expect((await desk.act(id, 'approve', 'approver', { digest: before.digest })).body.type).toContain('alert-changed')
    const done = await desk.act(id, 'approve', 'approver', { digest: body.digest })
    expect(done.body.lifecycle.approval.digest).toBe(body.digest)
  })

  test('is bounded by the tolerance that the author chose, and by the greatest number that he allowed', async () => {
    await enrol(390)
    const upTo = async (rules: object) =>
      (await desk.act(await desk.draft(alert({ rules })), 'submit', 'composer')).body.forecast.upTo
    expect(await upTo({})).toBe(500)
    expect(await upTo({ tolerance: 50 })).toBe(600)
    expect(await upTo({ tolerance: 0 })).toBe(500)
    expect(await upTo({ tolerance: 50, maxRecipients: 450 })).toBe(450)
  })

  test('is counted where the glass is broken over a draft', async () => {
    const id = await desk.draft()
    const { body } = await desk.act(id, 'break-glass', 'approver', { reason: 'alone on duty' })
    expect(body).toMatchObject({
      phase: 'approved',
      forecast: { matched: 10, upTo: 110 },
      glassBroken: 'alone on duty',
    })
    const { alerts } = (await desk.api.call('viewer', 'GET', '/v1/alerts?phase=approved')).body
    expect(alerts.find((one: { id: string }) => one.id === id)).toMatchObject({ glassBroken: 'alone on duty' })
  })
})

describe('a launch', () => {
  test('that would reach more than was approved is refused with both figures, and nothing is live', async () => {
    const id = await desk.approved()
    await enrol(101)
    const refused = await desk.act(id, 'launch', 'composer')
    expect(refused.status).toBe(409)
    expect(codeOf(refused)).toBe('forecast-exceeded')
    expect(refused.body.detail).toBe(
      '111 people match now; 10 were counted when it was submitted, and up to 110 were approved',
    )
    expect((await desk.api.db.pool.query('SELECT FROM broadcast WHERE alert_id = $1', [id])).rowCount).toBe(0)
    expect((await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body.phase).toBe('approved')
  })

  test('goes on when the new count was approved', async () => {
    const id = await desk.approved()
    await enrol(101)
    expect((await desk.act(id, 'launch', 'composer')).status).toBe(409)
    expect((await desk.act(id, 'reject', 'approver')).body).toMatchObject({ phase: 'draft', forecast: null })
    await desk.act(id, 'submit', 'composer')
    expect((await desk.act(id, 'approve', 'approver')).body.forecast).toMatchObject({ matched: 111, upTo: 211 })
    expect((await desk.act(id, 'launch', 'composer')).status).toBe(202)
  })

  test('within the tolerance goes out', async () => {
    const id = await desk.approved()
    await enrol(100)
    expect((await desk.act(id, 'launch', 'composer')).status).toBe(202)
  })
})
