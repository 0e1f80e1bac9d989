import { describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { deskForFile } from './desk.ts'
import { codeOf } from './support.ts'

const desk = deskForFile()

describe('two people', () => {
  test('who wrote it cannot approve it, whichever key he uses', async () => {
    const alone = await addKey(desk.api.db, 'composer', 'approver', 'test')
    const id = await desk.draft()
    await desk.api.call('composer', 'POST', `/v1/alerts/${id}/submit`)
    const refused = await desk.api.call(undefined, 'POST', `/v1/alerts/${id}/approve`, { key: alone })
    expect([refused.status, codeOf(refused)]).toEqual([403, 'author-cannot-approve'])
    const other = await desk.api.call('approver', 'POST', `/v1/alerts/${id}/approve`)
    expect(other.body).toMatchObject({ phase: 'approved', lifecycle: { approval: { by: 'approver' } } })
  })

  test('what is approved is what was looked at', async () => {
    const id = await desk.draft()
    const { digest } = (await desk.api.call('composer', 'POST', `/v1/alerts/${id}/submit`)).body
    const approve = (seen: string) =>
      desk.api.call('approver', 'POST', `/v1/alerts/${id}/approve`, { body: { digest: seen } })
    const refused = await approve('0'.repeat(64))
    expect([refused.status, codeOf(refused)]).toEqual([409, 'alert-changed'])
    expect((await approve(digest)).body.phase).toBe('approved')
  })

  test('rejecting sends it back, discarding ends it, and neither can be launched', async () => {
    const id = await desk.approved()
    const back = await desk.api.call('approver', 'POST', `/v1/alerts/${id}/reject`, { body: { reason: 'wrong town' } })
    expect(back.body.phase).toBe('draft')
    expect((await desk.api.call('composer', 'POST', `/v1/alerts/${id}/launch`)).status).toBe(409)
    expect((await desk.api.call('composer', 'POST', `/v1/alerts/${id}/discard`)).body).toMatchObject({ phase: 'ended' })
    expect((await desk.api.call('composer', 'POST', `/v1/alerts/${id}/submit`)).status).toBe(409)
  })

  test('breaking the glass takes a reason, which everybody sees', async () => {
    const id = await desk.draft()
    expect((await desk.api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`)).status).toBe(400)
    expect(
      (await desk.api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`, { body: { reason: ' ' } })).status,
    ).toBe(400)
    await desk.api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`, { body: { reason: 'night, alone' } })
    const { lifecycle } = (await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body
    expect(lifecycle.approval).toMatchObject({ by: 'approver', glassBroken: 'night, alone' })
    expect(
      (await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/report`, { headers: { accept: 'text/plain' } })).text,
    ).toContain('GLASS BROKEN: night, alone')
  })
})

describe('a launch', () => {
  test('needs an approval and gives one broadcast, however often it is asked for', async () => {
    const draft = await desk.draft()
    expect((await desk.api.call('composer', 'POST', `/v1/alerts/${draft}/launch`)).status).toBe(409)
    const id = await desk.approved()
    const first = await desk.api.call('composer', 'POST', `/v1/alerts/${id}/launch`)
    expect(first).toMatchObject({ status: 202, body: { alertId: id, broadcastId: expect.any(Number) } })
    expect((await desk.api.call('approver', 'POST', `/v1/alerts/${id}/launch`)).body).toEqual(first.body)
    expect((await desk.api.call('viewer', 'GET', `/v1/alerts/${id}`)).body).toMatchObject({ phase: 'live' })
  })

  test('has no progress before it', async () => {
    const id = await desk.draft()
    for (const part of ['progress', 'events', 'recipients']) {
      const answered = await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/${part}`)
      expect([answered.status, codeOf(answered)]).toEqual([409, 'not-launched'])
    }
  })
})
