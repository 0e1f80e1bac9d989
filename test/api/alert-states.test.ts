import { describe, expect, test } from 'vitest'
import { ROLES, type Role } from '../../src/alerts/lifecycle.ts'
import { alertBody, deskForFile, timeIn } from './desk.ts'
import { codeOf } from './support.ts'

const desk = deskForFile()

const inAnHour = () => new Date(Date.now() + 1_800_000).toISOString()

/** Each alert of an issuer of its own: then any two of them overlap, and there is something to decide. */
let senders = 0
const body = () => alertBody({ sender: `issuer-${++senders}@x` }, { expires: timeIn(3_600_000) })
/** What is made here is compared with no other but the one that is made for it. */
const withoutRivals = () => desk.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)

const states = {
  draft: () => desk.draft(body()),
  submitted: () => desk.submitted(body()),
  approved: () => desk.approved(body()),
  scheduled: async () => {
    const id = await desk.approved(body())
    await desk.act(id, 'launch', 'composer', { at: inAnHour() })
    return id
  },
  live: () => desk.live(body()),
  discarded: async () => {
    const id = await desk.draft(body())
    await desk.act(id, 'discard', 'composer')
    return id
  },
  cancelled: async () => {
    const one = body()
    const id = await desk.live(one)
    const { sender, identifier, sent } = (await desk.view(id)).body.document
    await desk.live({ ...body(), sender, msgType: 'Cancel', references: [{ sender, identifier, sent }] })
    return id
  },
} as const
type State = keyof typeof states

const post = (what: string, payload?: () => object) => async (id: string, role: Role) =>
  desk.api.call(role, 'POST', `/v1/alerts/${id}/${what}`, payload === undefined ? {} : { body: payload() })

const acts = {
  edit: async (id: string, role: Role) => {
    const headers = { 'if-match': (await desk.view(id)).headers.etag as string }
    return desk.api.call(role, 'PUT', `/v1/alerts/${id}`, { body: body(), headers })
  },
  submit: post('submit'),
  approve: post('approve'),
  reject: post('reject', () => ({ reason: 'x' })),
  'break-glass': post('break-glass', () => ({ reason: 'x' })),
  discard: post('discard'),
  launch: post('launch'),
  schedule: post('launch', () => ({ at: inAnHour() })),
  unschedule: post('unschedule'),
  review: post('review', () => ({ reason: 'x' })),
  decide: async (id: string, role: Role) => {
    const [other] = (await desk.view(id)).body.overlaps
    return desk.api.call(role, 'POST', `/v1/alerts/${id}/overlaps/${other?.otherId ?? id}`, {
      body: { decision: 'both', reason: 'x' },
    })
  },
} as const
type Act = keyof typeof acts

/** By hand, from what is promised: who may, and where it leads; every other state refuses it. */
const table: Record<Act, { roles: readonly Role[]; leads: Partial<Record<State, string>> }> = {
  edit: { roles: ['composer'], leads: { draft: 'draft', submitted: 'draft', approved: 'draft', scheduled: 'draft' } },
  submit: { roles: ['composer'], leads: { draft: 'submitted' } },
  approve: { roles: ['approver'], leads: { submitted: 'approved' } },
  reject: { roles: ['approver'], leads: { submitted: 'draft', approved: 'draft', scheduled: 'draft' } },
  'break-glass': { roles: ['approver'], leads: { draft: 'approved', submitted: 'approved' } },
  discard: {
    roles: ['composer', 'approver'],
    leads: { draft: 'ended', submitted: 'ended', approved: 'ended', scheduled: 'ended' },
  },
  // A second launch of what is live is answered as the first was, and does nothing.
  launch: { roles: ['composer', 'approver'], leads: { approved: 'live', scheduled: 'live', live: 'live' } },
  schedule: { roles: ['composer', 'approver'], leads: { approved: 'approved at' } },
  unschedule: { roles: ['composer', 'approver'], leads: { scheduled: 'approved' } },
  review: { roles: ['approver'], leads: { live: 'live' } },
  decide: {
    roles: ['approver'],
    leads: { submitted: 'submitted', approved: 'approved', scheduled: 'approved at', live: 'live' },
  },
}

/** Phase, and whether it has a launch to come. */
async function standing(id: string): Promise<string> {
  const { phase, schedule } = (await desk.view(id)).body
  return schedule?.at ? `${phase} at` : phase
}

describe('every act in every state by every role', () => {
  for (const act of Object.keys(acts) as Act[]) {
    for (const state of Object.keys(states) as State[]) {
      test(`${act} of an alert that is ${state}`, async () => {
        const { roles, leads } = table[act]
        let id = await prepare(state, act)
        for (const role of ROLES) {
          const before = (await desk.view(id)).body
          const done = await acts[act](id, role)
          const to = roles.includes(role) ? leads[state] : undefined
          if (to === undefined) {
            const code = roles.includes(role) ? (refusals[act]?.[state] ?? ['wrong-phase']) : ['forbidden']
            expect([role, done.status, code.includes(codeOf(done) ?? '')]).toEqual([role, done.status, true])
            expect(done.status).toBe(code[0] === 'forbidden' ? 403 : done.status === 404 ? 404 : 409)
            expect((await desk.view(id)).body, role).toEqual(before)
          } else {
            expect([role, done.status < 300, await standing(id)]).toEqual([role, true, to])
            id = await prepare(state, act)
          }
        }
      })
    }
  }
})

/** What was never compared with another, or is not on its way any more. */
const refusedToDecide = ['overlap-unknown', 'wrong-phase']

/** What is refused for another reason than its phase. */
const refusals: Partial<Record<Act, Partial<Record<State, readonly string[]>>>> = {
  decide: Object.fromEntries(Object.keys(states).map((state) => [state, refusedToDecide])),
  schedule: { scheduled: ['already-scheduled'] },
  unschedule: { approved: ['not-scheduled'] },
}

async function prepare(state: State, act: Act): Promise<string> {
  await withoutRivals()
  const id = await states[state]()
  // Another issuer's alert for the same area; it finds this one where that is on its way.
  if (act === 'decide') await desk.submitted(body())
  return id
}

describe('an administrator key of the same person', () => {
  test('bars him from alerts while it holds, not when it has expired', async () => {
    const id = await desk.draft(body())
    await desk.api.db.pool.query(
      `INSERT INTO api_key (person_id, role, hash) SELECT id, 'administrator', sha256('x') FROM person WHERE name = 'composer'`,
    )
    const barred = await desk.act(id, 'submit', 'composer')
    await desk.api.db.pool.query(`UPDATE api_key SET expires_at = now() - interval '1 second' WHERE hash = sha256('x')`)
    const free = await desk.act(id, 'submit', 'composer')
    await desk.api.db.pool.query(`DELETE FROM api_key WHERE hash = sha256('x')`)
    expect([codeOf(barred), free.status]).toEqual(['forbidden', 200])
  })
})

describe('several who act at once on one chain', () => {
  test('wait for each other, and none waits for ever', async () => {
    for (let round = 0; round < 5; round++) {
      await withoutRivals()
      const one = body()
      const id = await desk.live(one)
      const { sender, identifier, sent } = (await desk.view(id)).body.document
      const references = [{ sender, identifier, sent }]
      const corrections = await Promise.all(
        ['Update', 'Cancel'].map((msgType) => desk.approved({ ...body(), sender, msgType, references })),
      )
      const rivals = await Promise.all([1, 2, 3].map(() => desk.draft(body())))
      const done = await Promise.all([
        ...corrections.map((correction) => desk.act(correction, 'launch', 'composer')),
        ...rivals.map((rival) => desk.act(rival, 'submit', 'composer')),
        desk.act(id, 'review', 'approver', { reason: 'x' }),
        desk.act(id, 'review', 'approver', { reason: 'y' }),
      ])
      expect(done.map(({ status }) => status).filter((status) => status >= 500)).toEqual([])
    }
  })
})

describe('a launch that is sent twice', () => {
  test('by a double click, a retry and two people at once makes one broadcast', async () => {
    await withoutRivals()
    const id = await desk.approved(body())
    const clicks = Array.from({ length: 20 }, (_, i) => desk.act(id, 'launch', i % 2 ? 'composer' : 'approver'))
    const done = await Promise.all(clicks)
    const { rows } = await desk.api.db.pool.query<{ id: number }>('SELECT id FROM broadcast WHERE alert_id = $1', [id])
    expect(rows).toHaveLength(1)
    for (const { status, body } of done) {
      expect([status, body]).toEqual([202, { alertId: id, broadcastId: rows[0]?.id, launchAt: null }])
    }
    expect((await desk.view(id)).body.version).toBe(4)
  })
})
