import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { choose } from '../reporting/broadcast.ts'
import { alertBody, type Desk, openDesk } from './desk.ts'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let desk: Desk

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
})
afterEach(() =>
  api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'; UPDATE carrier SET down = false`),
)
afterAll(() => api.close())

const listed = async (id: string) =>
  (await api.call('viewer', 'GET', '/v1/alerts')).body.alerts.find((alert: { id: string }) => alert.id === id)

describe('an alert in the list', () => {
  test('has nothing to say while nothing is the matter', async () => {
    const id = await desk.draft()
    expect(await listed(id)).toMatchObject({ approvedBy: null, rehearses: null, undecided: [], unreachable: {} })
  })

  test('says who approved it, and why alone', async () => {
    expect(await listed(await desk.approved())).toMatchObject({ approvedBy: 'approver', glassBroken: null })
    const id = await desk.submitted()
    await desk.act(id, 'break-glass', 'approver', { reason: '혼자 당직' })
    expect(await listed(id)).toMatchObject({ approvedBy: 'approver', glassBroken: '혼자 당직' })
  })

  test('names the alerts of other issuers for the same people, until that is decided or they are over', async () => {
    const [one, two, three] = [
      await desk.approved(alertBody({ sender: 'a@x' })),
      await desk.approved(alertBody({ sender: 'b@x' })),
      await desk.submitted(alertBody({ sender: 'c@x' })),
    ]
    const others = async (id: string) =>
      (await listed(id)).undecided.map(({ otherId, sender, phase }: Record<string, string>) => [otherId, sender, phase])
    expect(await others(one)).toEqual([
      [two, 'b@x', 'approved'],
      [three, 'c@x', 'submitted'],
    ])
    expect(await others(two)).toEqual([
      [one, 'a@x', 'approved'],
      [three, 'c@x', 'submitted'],
    ])
    await api.call('approver', 'POST', `/v1/alerts/${two}/overlaps/${one}`, {
      body: { decision: 'both', reason: '두 곳 다 위험' },
    })
    expect([await others(one), await others(two)]).toEqual(Array(2).fill([[three, 'c@x', 'submitted']]))
    await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute' WHERE id = $1`, [three])
    expect(await others(one)).toEqual([])
  })

  test('counts who waits for a carrier that cannot send, each alert its own', async () => {
    const ids = [await desk.live(), await desk.live()]
    for (const [i, id] of ids.entries()) {
      const { rows } = await api.db.pool.query<{ id: number }>('SELECT id FROM broadcast WHERE alert_id = $1', [id])
      await choose(api.db, rows[0]?.id as number, { n: 3 + i, carrier: 'north' })
    }
    const waiting = async () => Promise.all(ids.map(async (id) => (await listed(id)).unreachable))
    expect(await waiting()).toEqual([{}, {}])
    await api.db.pool.query(`UPDATE carrier SET down = true WHERE id = 'north'`)
    expect(await waiting()).toEqual([{ north: 3 }, { north: 4 }])
  })
})
