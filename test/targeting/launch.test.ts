import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import type { Alert } from '../../src/alerts/model.ts'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { Problem } from '../../src/lib/problem.ts'
import { findAlert } from '../../src/store/alerts/alert-row.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { type Acting, transition } from '../../src/store/alerts/transition.ts'
import { withdrawBroadcasts } from '../../src/store/chunks/withdraw-broadcasts.ts'
import { transaction } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { expireAlerts } from '../../src/store/upkeep/expire-alerts.ts'
import { launchAlert, launchIn } from '../../src/targeting/launch.ts'
import {
  alertOf,
  allClear,
  approver,
  composer,
  correction,
  profiles,
  referTo,
  startEngine,
  type TestEngine,
} from './engine.ts'
import { addResidents } from './people.ts'
import { waitingFor } from './waiting.ts'

let engine: TestEngine
const japan: Shape = { kind: 'country', iso2: 'JP' }

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(
    engine.db,
    Array.from({ length: 10 }, (_, i) => ({ msisdn: String(81900 + i), country: 'JP' })),
  )
})

afterAll(() => engine?.close())

const launch = (id: string, by: Acting = composer) => launchAlert({ ...engine, profiles }, id, by)

const act = (
  id: string,
  what: Parameters<typeof transition>[2],
  by: Acting,
  more: Parameters<typeof transition>[4] = {},
) => transaction(engine.db.pool, (client) => transition(client, id, what, by, more))

async function codeOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!(error instanceof Problem)) throw new Error(`no Problem: ${error}`)
  return error.code
}

const draft = (alert: Alert, by: string = composer.person) =>
  createAlert(engine.db, alert, rulesFor(alert), [], by).then((row) => row.id)

const phase = async (id: string) => (await findAlert(engine.db.pool, id))?.lifecycle

describe('a launch', () => {
  test('twice at once makes one broadcast, and answers with it both times', async () => {
    const { id } = await engine.approve(alertOf([japan]))
    const [one, two] = await Promise.all([launch(id), launch(id, approver)])
    expect(one).toEqual(two)
    expect(await launch(id)).toEqual(one)
    expect(await engine.rows('SELECT id FROM broadcast WHERE alert_id = $1', id)).toEqual([{ id: one.broadcastId }])
  })

  test('needs an approval, by somebody else than the author and no administrator', async () => {
    const id = await draft(alertOf([japan]))
    expect(await codeOf(launch(id))).toBe('wrong-phase')
    expect(await codeOf(act(id, 'approve', approver))).toBe('wrong-phase')
    await act(id, 'submit', { person: 'park', roles: ['composer'] })
    expect(await codeOf(launch(id))).toBe('wrong-phase')
    expect(await codeOf(act(id, 'approve', { person: composer.person, roles: ['approver'] }))).toBe(
      'author-cannot-approve',
    )
    expect(await codeOf(act(id, 'approve', { person: 'park', roles: ['approver'] }))).toBe('author-cannot-approve')
    expect(await codeOf(act(id, 'approve', { person: 'choi', roles: ['administrator'] }))).toBe('forbidden')
    await addKey(engine.db, 'choi', 'administrator', 'test')
    expect(await codeOf(act(id, 'approve', { person: 'choi', roles: ['approver'] }))).toBe('forbidden')
    await act(id, 'approve', approver)
    expect((await launch(id)).broadcastId).toBeGreaterThan(0)
  })

  test('of an alert that was edited since its approval is refused', async () => {
    const { id } = await engine.approve(alertOf([japan]))
    const edited = await act(id, 'edit', composer)
    expect(edited.lifecycle).toMatchObject({ phase: 'draft' })
    expect(edited.lifecycle.approval).toBeUndefined()
    expect(await engine.rows('SELECT approved_digest FROM alert WHERE id = $1', id)).toEqual([
      { approved_digest: null },
    ])
    expect(await codeOf(launch(id))).toBe('wrong-phase')
  })

  test('of an alert that says something else than what was approved is refused, and leaves no broadcast', async () => {
    const { id } = await engine.approve(alertOf([japan]))
    await engine.rows(`UPDATE alert SET rules = rules || '{"maxRecipients": 1}' WHERE id = $1`, id)
    expect(await codeOf(launch(id))).toBe('approval-void')
    expect(await engine.rows('SELECT id FROM broadcast WHERE alert_id = $1', id)).toEqual([])
    expect(await phase(id)).toMatchObject({ phase: 'approved' })
  })

  test('approves only what was looked at', async () => {
    const id = await draft(alertOf([japan]))
    await act(id, 'submit', composer)
    expect(await codeOf(act(id, 'approve', approver, { seenDigest: 'other' }))).toBe('alert-changed')
    expect(await codeOf(act('no-such-alert', 'approve', approver))).toBe('alert-unknown')
  })

  test('of an alert that has expired since it was approved is refused', async () => {
    const expires = `${new Date(Date.now() + 2_000).toISOString().slice(0, 19)}-00:00`
    const alert = alertOf([japan], {}, { expires })
    const { id } = await engine.approve(alert)
    const clock = Date.now
    Date.now = () => clock() + 10_000
    try {
      const error = await launch(id).catch((e: Problem) => e)
      expect((error as Problem).details.map(({ code }) => code)).toEqual(['expires-past'])
    } finally {
      Date.now = clock
    }
    expect(await phase(id)).toMatchObject({ phase: 'approved' })
  })

  test('rings for its selection, the more urgent the sooner', async () => {
    engine.queues.rings.length = 0
    const { broadcastId } = await engine.launch(alertOf([japan], {}, { severity: 'Minor' }))
    expect(engine.queues.rings).toEqual([{ queue: 'selection', data: { broadcastId }, priority: LANES.other + 1 }])
  })
})

describe('the broadcast of a launch', () => {
  const broadcast = async (id: number) =>
    (
      await engine.rows<Record<string, unknown>>(
        'SELECT lane, exercise, resend, expires FROM broadcast WHERE id = $1',
        id,
      )
    )[0]

  test('has the lane of its severity, and a correction a lane before what it corrects', async () => {
    const grave = alertOf([japan])
    expect(await broadcast((await engine.launch(grave)).broadcastId)).toMatchObject({ lane: LANES.extreme })
    // Minor by itself: it borrows the severity of what it takes back.
    expect(await broadcast((await engine.launch(allClear(grave))).broadcastId)).toMatchObject({
      lane: LANES.extremeCorrection,
    })
    const severe = alertOf([japan], {}, { severity: 'Severe' })
    expect(await broadcast((await engine.launch(severe)).broadcastId)).toMatchObject({ lane: LANES.severe })
    const cancel = correction('Cancel', severe, [], { severity: 'Unknown' })
    expect(await broadcast((await engine.launch(cancel)).broadcastId)).toMatchObject({ lane: LANES.severeCorrection })
    const minor = alertOf([japan], {}, { severity: 'Minor' })
    expect(await broadcast((await engine.launch(minor)).broadcastId)).toMatchObject({ lane: LANES.other })
    const update = correction('Update', minor, [japan], { severity: 'Minor' })
    expect(await broadcast((await engine.launch(update)).broadcastId)).toMatchObject({ lane: LANES.otherCorrection })
  })

  test('is an exercise where the alert is not Actual, and ends when it expires', async () => {
    const alert = alertOf([japan], { status: 'Test' })
    const { broadcastId } = await engine.launch(alert)
    expect(await broadcast(broadcastId)).toEqual({
      lane: LANES.extreme,
      exercise: true,
      resend: false,
      expires: new Date(alert.infos[0]?.expires as string),
    })
  })
})

describe('a correction', () => {
  test('ends its predecessor and withdraws what is queued of it', async () => {
    for (const [msgType, by, reason] of [
      ['Update', (of: Alert) => correction('Update', of, [japan]), 'superseded'],
      ['Cancel', (of: Alert) => correction('Cancel', of), 'cancelled'],
      ['all-clear', allClear, 'all-clear'],
    ] as const) {
      const first = alertOf([japan])
      const sent = await engine.send(first)
      engine.queues.rings.length = 0
      await engine.launch(by(first))
      expect(await phase(sent.alertId), msgType).toMatchObject({ phase: 'ended', ended: { reason } })
      expect(engine.queues.rings.map(({ queue }) => queue)).toEqual(['withdraw', 'selection'])
      await withdrawBroadcasts(engine.db)
      const states = await engine.rows(
        'SELECT state, count(*) n FROM message WHERE broadcast_id = $1 GROUP BY 1',
        sent.broadcastId,
      )
      expect(states).toEqual([{ state: 'cancelled', n: 10 }])
      const chunks = await engine.rows('SELECT DISTINCT state FROM chunk WHERE broadcast_id = $1', sent.broadcastId)
      expect(chunks).toEqual([{ state: 'cancelled' }])
    }
  })

  test('of what was never sent, of two chains, or of another status is refused', async () => {
    const one = alertOf([japan])
    const two = alertOf([japan])
    await engine.launch(one)
    await engine.launch(two)
    expect(await codeOf(draft(correction('Cancel', alertOf([japan]))))).toBe('reference-unknown')
    const wrongTime = { ...referTo(one), sent: '2026-01-01T00:00:00-00:00' }
    expect(await codeOf(draft(alertOf([], { msgType: 'Cancel', references: [wrongTime] })))).toBe('reference-unknown')
    const both = alertOf([], { msgType: 'Cancel', references: [referTo(one), referTo(two)] })
    expect(await codeOf(draft(both))).toBe('references-several-chains')
    const exercise = alertOf([], { msgType: 'Cancel', status: 'Exercise', references: [referTo(one)] })
    expect(await codeOf(draft(exercise))).toBe('reference-status-differs')
    expect(await codeOf(draft(one))).toBe('alert-exists')
  })

  test('of what is not live is refused, and changes nothing', async () => {
    const never = alertOf([japan])
    await draft(never)
    const { id } = await engine.approve(correction('Cancel', never))
    expect(await codeOf(launch(id))).toBe('chain-not-live')
    expect(await phase(id)).toMatchObject({ phase: 'approved' })
  })

  test.each([
    ['Cancel', (of: Alert) => correction('Cancel', of)],
    ['all-clear', allClear],
  ])('of what has expired may take it back, once, and not put it in force again: %s', async (_, takeBack) => {
    const expire = async (id: string) => {
      await engine.rows(`UPDATE alert SET expires = now() - interval '1 s' WHERE id = $1`, id)
      expect(await expireAlerts(engine.db)).toEqual([id])
    }
    await engine.rows(`UPDATE alert SET phase = 'ended' WHERE phase = 'live'`)
    const first = alertOf([japan])
    const sent = await engine.send(first)
    await engine.rows(`UPDATE message SET state = 'delivered' WHERE broadcast_id = $1 AND seq <= 3`, sent.broadcastId)
    await expire(sent.alertId)
    const update = await engine.approve(correction('Update', first, [japan]))
    expect(await codeOf(launch(update.id))).toBe('chain-not-live')
    const back = await engine.send(takeBack(first))
    expect(await engine.told(back.broadcastId)).toHaveProperty('size', 3)
    expect(await phase(sent.alertId)).toMatchObject({ ended: { reason: 'expired' } })
    await expire(back.alertId)
    const again = await engine.approve(takeBack(first))
    expect(await codeOf(launch(again.id))).toBe('chain-not-live')
  })

  test('of what has expired goes by what people were told last, not by whose launch began first', async () => {
    await engine.rows(`UPDATE alert SET phase = 'ended' WHERE phase = 'live'`)
    const first = alertOf([japan])
    await engine.send(first)
    const one = await engine.approve(correction('Update', first, [japan]))
    const two = await engine.approve(correction('Update', first, [japan]))
    await transaction(engine.db.pool, async (client) => {
      // It waits for the other one's launch.
      await client.query('SELECT now()')
      await launch(one.id)
      await launchIn(client, { profiles }, two.id, composer)
    })
    const [was, is] = await Promise.all([one, two].map(({ id }) => findAlert(engine.db.pool, id)))
    expect(is?.launchedAt?.getTime()).toBeLessThan(was?.launchedAt?.getTime() as number)
    await engine.rows(`UPDATE alert SET expires = now() - interval '1 s' WHERE id = $1`, two.id)
    expect(await expireAlerts(engine.db)).toEqual([two.id])
    const back = await engine.approve(correction('Cancel', first))
    await launch(back.id)
    expect(await phase(back.id)).toMatchObject({ phase: 'live' })
  })

  test('launched together with another of the same chain corrects that one too', async () => {
    const first = alertOf([japan])
    const { alertId } = await engine.send(first)
    const update = await engine.approve(correction('Update', first, [japan]))
    const cancel = await engine.approve(correction('Cancel', first))
    const { both } = await transaction(engine.db.pool, async (blocker) => {
      await blocker.query('SELECT FROM alert WHERE id = $1 FOR UPDATE', [alertId])
      const both = Promise.all([launch(update.id), launch(cancel.id)])
      await waitingFor(engine.db, /FROM alert|advisory/, 2)
      return { both }
    })
    await both
    const phases = [await phase(alertId), await phase(update.id), await phase(cancel.id)].map((state) => state?.phase)
    expect(phases[0]).toBe('ended')
    expect(phases.slice(1).sort()).toEqual(['ended', 'live'])
  })
})
