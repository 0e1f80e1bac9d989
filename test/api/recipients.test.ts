import { describe, expect, test } from 'vitest'
import type { Role } from '../../src/alerts/lifecycle.ts'
import { choose, move } from '../reporting/broadcast.ts'
import { deskForFile, inForce } from './desk.ts'

const desk = deskForFile()

describe('numbers', () => {
  test('are masked but for who needs them, and each full view is in the audit log', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    const seqs = await choose(desk.api.db, broadcastId, { n: 2, carrier: 'north', reason: 'roamer' })
    await move(desk.api.db, broadcastId, seqs.slice(0, 1), 'failed', { error: 11 })
    const masked = await desk.api.call('approver', 'GET', `/v1/alerts/${id}/recipients`)
    expect(masked.headers['content-type']).toContain('text/csv')
    const [header, first, ...rest] = masked.text.trim().split('\n')
    expect(header).toBe('msisdn,reason,language,carrier,state,error,attempt,segments,made_at,submitted_at,final_at')
    expect(first).toMatch(/^8190\*{6}\d\d,roamer,ko,north,failed,11,1,1,20/)
    expect(rest).toHaveLength(1)

    for (const role of ['viewer', 'composer', 'administrator'] as const) {
      expect((await desk.api.call(role, 'GET', `/v1/alerts/${id}/recipients?numbers=full`)).status).toBe(403)
    }
    const views = async () =>
      (await desk.api.call('auditor', 'GET', '/v1/audit?limit=1000')).body.entries.filter(
        ({ act }: { act: string }) => act === 'numbers.view',
      )
    const before = (await views()).length
    const full = await desk.api.call('approver', 'GET', `/v1/alerts/${id}/recipients?numbers=full`)
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

  test('who sees none is told of what was not delivered no more than that, as the report has it', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    const seqs = await choose(desk.api.db, broadcastId, { n: 3, carrier: 'north' })
    await move(desk.api.db, broadcastId, seqs.slice(0, 1), 'failed', { error: 11 })
    await move(desk.api.db, broadcastId, seqs.slice(1, 2), 'delivered', { receiptMs: 500 })
    const rowsFor = async (role: Role, accept: string) => {
      const { text } = await desk.api.call(role, 'GET', `/v1/alerts/${id}/recipients`, { headers: { accept } })
      return text.trim().split('\n')
    }
    for (const role of ['viewer', 'composer', 'administrator'] as const) {
      const [, failed, delivered, pending] = await rowsFor(role, 'text/csv')
      expect(failed).toMatch(/,ko,,failed,,1,1,20[^,]*,,$/)
      expect(delivered).toMatch(/,ko,north,delivered,,1,1,20[^,]*,20[^,]*,20[^,]*$/)
      expect(pending).toMatch(/,ko,north,pending,/)
      const [one] = await rowsFor(role, 'application/x-ndjson')
      expect(JSON.parse(one as string)).toMatchObject({
        state: 'failed',
        carrier: null,
        error: null,
        submittedAt: null,
        finalAt: null,
      })
    }
    for (const role of ['approver', 'auditor'] as const) {
      expect((await rowsFor(role, 'text/csv'))[1]).toMatch(/,ko,north,failed,11,1,1(,20[^,]*){3}$/)
      expect(JSON.parse((await rowsFor(role, 'application/x-ndjson'))[0] as string)).toMatchObject({
        carrier: 'north',
        error: 11,
      })
    }
  })

  test('a list longer than a page is whole', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    await choose(desk.api.db, broadcastId, { n: 4_500, carrier: 'north' })
    const { text } = await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/recipients`)
    expect(text.trim().split('\n')).toHaveLength(4_501)
  })

  test('what one number was sent is found, however it is written, and the look is noted', async () => {
    const { broadcastId } = await inForce(desk, desk.api.db)
    await choose(desk.api.db, broadcastId, { n: 1, carrier: 'south' })
    const { rows } = await desk.api.db.pool.query(`SELECT msisdn::text FROM message WHERE broadcast_id = $1`, [
      broadcastId,
    ])
    const { msisdn } = rows[0]
    const written = encodeURIComponent(`+${msisdn.slice(0, 2)} ${msisdn.slice(2)}`)
    const { body } = await desk.api.call('auditor', 'GET', `/v1/messages?msisdn=${written}`)
    expect(body.messages).toMatchObject([
      { broadcastId, msisdn, carrier: 'south', state: 'pending', text: '대피하세요' },
    ])
    expect((await desk.api.call('auditor', 'GET', '/v1/messages?msisdn=nonsense')).status).toBe(400)
  })

  test('entry texts of a number are found by its journeys', async () => {
    const { broadcastId } = await inForce(desk, desk.api.db)
    const { rows } = await desk.api.db.pool.query(
      `INSERT INTO journey (msisdn, country, entered_at) VALUES (821099998888, 'JP', '2026-11-20T12:00:00Z') RETURNING id`,
    )
    const day = broadcastId + 500_000
    await desk.api.db.pool.query(
      `INSERT INTO broadcast (id, day, lane, exercise, resend) VALUES ($1, '2026-11-21', 4, false, false)`,
      [day],
    )
    await desk.api.db.pool.query(
      `INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, made_at)
       VALUES ($1, $2, 821099998888, 1, 1, 1, 'entry', now())`,
      [day, rows[0].id],
    )
    const { body } = await desk.api.call('approver', 'GET', '/v1/messages?msisdn=821099998888')
    expect(body.messages).toMatchObject([{ broadcastId: day, alertId: null, reason: 'entry' }])
  })
})
