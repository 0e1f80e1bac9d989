import { describe, expect, test } from 'vitest'
import { buildServer } from '../../src/api/server.ts'
import { accepted, choose, move, selected } from '../reporting/broadcast.ts'
import { deskForFile, inForce } from './desk.ts'

const desk = deskForFile()

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
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    const seqs = await choose(desk.api.db, broadcastId, { n: 3, carrier: 'north' })
    await accepted(desk.api.db, broadcastId, seqs)
    await move(desk.api.db, broadcastId, seqs.slice(0, 2), 'delivered', { receiptMs: 700 })
    const { body } = await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/progress`)
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
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    const seqs = await choose(desk.api.db, broadcastId, { n: 2, carrier: 'north' })
    await selected(desk.api.db, broadcastId)
    const response = await desk.api.app.inject({
      url: `/v1/alerts/${id}/events`,
      headers: { authorization: `Bearer ${desk.api.keys.viewer}` },
      payloadAsStream: true,
    })
    expect(response.headers['content-type']).toContain('text/event-stream')
    let text = ''
    let moved = false
    for await (const chunk of response.stream()) {
      text += chunk
      if (moved || !text.includes('"pending":2')) continue
      moved = true
      await move(desk.api.db, broadcastId, seqs, 'delivered')
    }
    const events = eventsOf(text)
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { states: { delivered: 2 }, initialDone: true } })
    expect(events.map(({ event }) => event)).toEqual(['progress', 'progress', 'done'])
    expect(events[1]).toMatchObject({ data: { states: { delivered: 2 } } })
  })

  test('who comes back is not told again what he knows', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    await selected(desk.api.db, broadcastId)
    const url = `/v1/alerts/${id}/events`
    const [first] = eventsOf((await desk.api.call('viewer', 'GET', url)).text)
    expect(first?.event).toBe('progress')
    const again = eventsOf(
      (await desk.api.call('viewer', 'GET', url, { headers: { 'last-event-id': first?.id as string } })).text,
    )
    expect(again.map(({ event }) => event)).toEqual(['done'])
    const stale = eventsOf((await desk.api.call('viewer', 'GET', url, { headers: { 'last-event-id': 'other' } })).text)
    expect(stale.map(({ event }) => event)).toEqual(['progress', 'done'])
  })

  test('ends too where the alert has ended with messages under way', async () => {
    const { id, broadcastId } = await inForce(desk, desk.api.db)
    await choose(desk.api.db, broadcastId, { n: 1, carrier: 'north' })
    await desk.api.db.pool.query(`UPDATE alert SET phase = 'ended' WHERE id = $1`, [id])
    const events = eventsOf((await desk.api.call('viewer', 'GET', `/v1/alerts/${id}/events`)).text)
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { ended: true, states: { pending: 1 } } })
  })
})

test('closing the server ends the event streams that are open', async () => {
  const { id, broadcastId } = await inForce(desk, desk.api.db)
  await choose(desk.api.db, broadcastId, { n: 1, carrier: 'north' })
  const other = await buildServer(desk.api.deps)
  const url = await other.listen({ host: '127.0.0.1', port: 0 })
  const response = await fetch(`${url}/v1/alerts/${id}/events`, {
    headers: { authorization: `Bearer ${desk.api.keys.viewer}` },
  })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await Promise.all([other.close(), drained(reader)])
}, 20_000)

async function drained(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  while (!(await reader.read()).done);
}
