import { describe, expect, test } from 'vitest'
import { accepted, choose, move, selected } from '../reporting/broadcast.ts'
import { alertBody, deskForFile, inForce, timeIn } from './desk.ts'

const desk = deskForFile()

describe('the after-action report', () => {
  test('tells who did what, what came of it, and why what failed did', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    const seqs = await choose(desk.api.db, broadcastId, { n: 10, carrier: 'north' })
    await choose(desk.api.db, broadcastId, { n: 2, reason: 'late-entrant', country: 'JP', carrier: 'south' })
    await choose(desk.api.db, broadcastId, { n: 1 })
    await selected(desk.api.db, broadcastId)
    await accepted(desk.api.db, broadcastId, seqs.slice(0, 9))
    await move(desk.api.db, broadcastId, seqs.slice(0, 6), 'delivered', { receiptMs: 2_500 })
    await move(desk.api.db, broadcastId, seqs.slice(6, 8), 'failed', { receiptMs: 100, error: 69 })
    await move(desk.api.db, broadcastId, seqs.slice(8, 9), 'failed', { error: 0x0b })

    const report = (await desk.api.call('auditor', 'GET', `/v1/alerts/${id}/report`)).body
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

    const { text, headers } = await desk.api.call('auditor', 'GET', `/v1/alerts/${id}/report`, {
      headers: { accept: 'text/plain' },
    })
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toContain('13 numbers, 9 segments, 2 late entrants')
    expect(text).toContain('command_status 0x0000000B')
    expect(text).toContain('The sums agree with the messages.')
  })

  test('holds the whole chain, whichever of its alerts is asked for', async () => {
    const sent = timeIn(-10_000)
    const [sender, identifier] = ['alerts@bongsu.example', 'the-first']
    const id = await desk.approved(alertBody({ sender, identifier, sent }))
    const update = await desk.draft(
      alertBody({ sender, msgType: 'Update', references: [{ sender, identifier, sent }] }),
    )
    const report = (await desk.api.call('viewer', 'GET', `/v1/alerts/${update}/report`)).body
    expect(report.alerts.map((one: { id: string }) => one.id)).toEqual([id, update])
    expect(report.chainId).toBe(id)
  })
})
