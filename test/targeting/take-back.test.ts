import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import type { Alert } from '../../src/alerts/model.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { Problem } from '../../src/lib/problem.ts'
import { findAlert } from '../../src/store/alerts/alert-row.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { expireAlerts } from '../../src/store/upkeep/expire-alerts.ts'
import { launchAlert } from '../../src/targeting/launch.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { takeBack } from '../../src/targeting/take-back.ts'
import { sampleInfo } from '../alerts/sample.ts'
import {
  alertOf,
  allClear,
  approver,
  carrier,
  composer,
  correction,
  log,
  profiles,
  startEngine,
  type TestEngine,
} from './engine.ts'
import { addResidents } from './people.ts'

let engine: TestEngine
const japan: Shape = { kind: 'country', iso2: 'JP' }
const people = Array.from({ length: 10 }, (_, i) => String(81900 + i))

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(
    engine.db,
    people.map((msisdn) => ({ msisdn, country: 'JP' })),
  )
})

afterAll(() => engine?.close())

const back = (
  id: string,
  kind: 'retract' | 'end' = 'retract',
  by: Parameters<typeof takeBack>[3] = composer,
  carriers = profiles,
) => takeBack({ ...engine, profiles: carriers, log }, id, kind, by, 'typed in the wrong window')

const codeOf = async (run: Promise<unknown>): Promise<string> => (await problemOf(run)).code

async function problemOf(run: Promise<unknown>): Promise<Problem> {
  const error = await run.then(
    () => undefined,
    (e: unknown) => e,
  )
  if (!(error instanceof Problem)) throw new Error(`no Problem: ${error}`)
  return error
}

const rowOf = async (id: string) => {
  const row = await findAlert(engine.db.pool, id)
  if (!row) throw new Error(`no alert ${id}`)
  return row
}

const textsOf = (broadcastId: number) =>
  engine.rows<{ language: string; text: string }>(
    'SELECT language, text FROM broadcast_text WHERE broadcast_id = $1 ORDER BY variant',
    broadcastId,
  )

/** Sent, and run out since. */
async function expired(): Promise<{ alert: Alert; alertId: string }> {
  const expires = `${new Date(Date.now() + 2_000).toISOString().slice(0, 19)}-00:00`
  const alert = alertOf([japan], {}, { expires })
  const { alertId } = await engine.send(alert)
  await expect
    .poll(async () => {
      await expireAlerts(engine.db)
      return (await rowOf(alertId)).phase
    })
    .toBe('ended')
  return { alert, alertId }
}

describe('a retraction by one person', () => {
  test('says what was approved with the alert, to all who may have it, ahead of all else', async () => {
    const { alertId } = await engine.send(alertOf([japan]))
    await engine.rows(`UPDATE message SET state = 'delivered' WHERE msisdn = 81900`)
    const approved = await rowOf(alertId)
    engine.queues.rings.length = 0
    const taken = await back(alertId)
    await runSelection(engine.select, taken.broadcastId)

    const cancel = await rowOf(taken.alertId)
    expect(cancel).toMatchObject({ phase: 'live', msgType: 'Cancel', chainId: alertId })
    expect(cancel.lifecycle).toMatchObject({
      authors: ['kim'],
      approval: { by: 'lee', inAdvance: alertId, digest: cancel.digest },
    })
    expect((await rowOf(alertId)).lifecycle.ended?.reason).toBe('cancelled')
    const [korean, english] = await textsOf(taken.broadcastId)
    expect(korean?.text).toBe(approved.corrections?.cancel.ko)
    expect(english?.text).toBe(approved.corrections?.cancel.en)
    expect(korean?.text).toContain('잘못 발송')
    // What was queued never leaves: who has nothing of it needs no correction.
    expect([...(await engine.told(taken.broadcastId)).keys()]).toEqual(['81900'])
    expect(engine.queues.rings).toContainEqual(expect.objectContaining({ priority: LANES.extremeCorrection + 1 }))
    const [entry] = await engine.rows<{ detail: object }>(
      `SELECT detail FROM audit WHERE subject = $1 AND act = 'alert.approve-in-advance'`,
      `alert:${taken.alertId}`,
    )
    expect(entry?.detail).toMatchObject({ inAdvance: alertId, reason: 'typed in the wrong window' })
  })

  test('twice, or by two at once, is one', async () => {
    const { alertId } = await engine.send(alertOf([japan]))
    const all = await Promise.all([back(alertId), back(alertId, 'retract', approver), back(alertId)])
    expect(new Set(all.map(({ alertId }) => alertId)).size).toBe(1)
    expect(await back(alertId)).toEqual(all[0])
    expect(await engine.rows(`SELECT id FROM alert WHERE chain_id = $1 AND msg_type = 'Cancel'`, alertId)).toHaveLength(
      1,
    )
  })

  test('beside a Cancel that two people launch at the same moment leaves one of the two', async () => {
    const alert = alertOf([japan])
    const { alertId } = await engine.send(alert)
    const { id } = await engine.approve(correction('Cancel', alert))
    const results = await Promise.allSettled([back(alertId), launchAlert({ ...engine, profiles }, id, composer)])
    const failed = results.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Problem).code] : []))
    // Launched second, the Cancel by two corrects the first one as well: whoever wrote it has more to say.
    const known = ['nothing-to-take-back', 'already-taken-back', 'chain-not-live']
    expect(failed.filter((code) => !known.includes(code))).toEqual([])
    const live = await engine.rows(`SELECT id FROM alert WHERE chain_id = $1 AND phase = 'live'`, alertId)
    expect(live).toHaveLength(1)
  })

  test('goes through the carriers that can write it, and is refused only where none can', async () => {
    const { alertId } = await engine.send(alertOf([japan]))
    const short = carrier('short', 'reaches: [{ population: residents }], text: { segmentOctets: 40, long: refuse }')
    expect(await codeOf(back(alertId, 'retract', composer, [short]))).toBe('text-too-long')
    const taken = await back(alertId, 'retract', composer, [...profiles, short])
    expect(taken.unable).toEqual(['short'])
    expect((await rowOf(alertId)).lifecycle.ended?.reason).toBe('cancelled')
    // Asked again, when the profile is mended, it says how it was.
    expect(await back(alertId)).toEqual(taken)
    const [entry] = await engine.rows<{ detail: object }>(
      `SELECT detail FROM audit WHERE subject = $1 AND act = 'alert.launch'`,
      `alert:${taken.alertId}`,
    )
    expect(entry?.detail).toMatchObject({ unable: ['short'] })
  })

  test('of an alert that expired is still due: its text is on telephones', async () => {
    const { alertId } = await expired()
    expect((await back(alertId)).broadcastId).toBeGreaterThan(0)
  })

  test('of an alert that expired and was taken back by two is refused, and theirs goes on', async () => {
    const { alertId, alert } = await expired()
    const { alertId: cancel } = await engine.send(correction('Cancel', alert))
    expect(await codeOf(back(alertId, 'end'))).toBe('already-taken-back')
    expect(await codeOf(back(alertId))).toBe('already-taken-back')
    expect((await rowOf(cancel)).phase).toBe('live')
    expect(await engine.rows('SELECT id FROM alert WHERE chain_id = $1', alertId)).toHaveLength(2)
  })

  test('of an alert that expired is not followed by an all-clear', async () => {
    const { alertId } = await expired()
    const taken = await back(alertId)
    expect(await codeOf(back(alertId, 'end'))).toBe('already-taken-back')
    expect(await back(alertId)).toEqual(taken)
    expect((await rowOf(taken.alertId)).phase).toBe('live')
  })

  test.each([
    [
      'what was not launched',
      async (alert: Alert) => (await engine.approve(alert)).id,
      'nothing-to-take-back',
      /^It was never launched, it is approved: nobody has a text of it Discard it/,
    ],
    [
      'what was ended by an all-clear',
      async (alert: Alert) => {
        const { alertId } = await engine.send(alert)
        await engine.send(allClear(alert))
        return alertId
      },
      'already-taken-back',
      /^The alert was ended by an all-clear already, by \S+ \(\S+\) Whoever has its text is told that it is over\. To say that it was sent in error after all/,
    ],
    [
      'an all-clear itself',
      async (alert: Alert) => {
        await engine.send(alert)
        return (await engine.send(allClear(alert))).alertId
      },
      'nothing-to-take-back',
      /^It takes an alert back itself/,
    ],
    [
      'what was updated',
      async (alert: Alert) => {
        const { alertId } = await engine.send(alert)
        await engine.send(correction('Update', alert, [japan]))
        return alertId
      },
      'nothing-to-take-back',
      /^People were told something newer: /,
    ],
    [
      'what was approved before there were such texts',
      async (alert: Alert) => {
        const { alertId } = await engine.send(alert)
        await engine.rows('UPDATE alert SET corrections = NULL WHERE id = $1', alertId)
        return alertId
      },
      'no-correction-approved',
    ],
    [
      'other words than those that were approved',
      async (alert: Alert) => {
        const { alertId } = await engine.send(alert)
        await engine.rows(
          `UPDATE alert SET corrections = jsonb_set(corrections, '{cancel,ko}', '"Buy gold"') WHERE id = $1`,
          alertId,
        )
        return alertId
      },
      'approval-void',
    ],
  ])('is refused for %s', async (_, made, code, said = /./) => {
    const id = await made(alertOf([japan]))
    const refused = await problemOf(back(id))
    expect(refused.code).toBe(code)
    expect(`${refused.message} ${refused.hint}`).toMatch(said)
  })

  test('leaves nothing to give the all-clear of, and says so', async () => {
    const { alertId } = await engine.send(alertOf([japan]))
    const { alertId: cancel } = await back(alertId)
    const { code, message, hint } = await problemOf(back(alertId, 'end'))
    expect(code).toBe('already-taken-back')
    expect(message).toMatch(new RegExp(`^The alert was retracted already, by \\S+ \\(${cancel}\\)$`))
    expect(hint).toContain('nothing to give the all-clear of')
  })

  test('is no way past the roles: a viewer and an administrator are refused, and nothing is left of it', async () => {
    const { alertId } = await engine.send(alertOf([japan]))
    await addKey(engine.db, 'root', 'administrator', 'test')
    expect(await codeOf(back(alertId, 'retract', { person: 'vi', roles: ['viewer'] }))).toBe('forbidden')
    expect(await codeOf(back(alertId, 'retract', { person: 'root', roles: ['composer'] }))).toBe('forbidden')
    expect(await engine.rows('SELECT id FROM alert WHERE chain_id = $1', alertId)).toHaveLength(1)
    expect((await rowOf(alertId)).phase).toBe('live')
    expect(await codeOf(back('5d4e1d2e-0000-4000-8000-000000000000'))).toBe('alert-unknown')
  })
})

describe('the all-clear by one person', () => {
  test('is an Update that ends the alert, in each language that was approved', async () => {
    const info = { language: 'en-GB', event: 'Earthquake', headline: 'Quake', senderName: 'MOFA' }
    const alert = alertOf([japan], {}, info)
    const { alertId } = await engine.send({
      ...alert,
      infos: [...alert.infos, sampleInfo({ ...alert.infos[0], language: 'ko', event: '지진' })],
    })
    const taken = await back(alertId, 'end', approver)
    const clear = await rowOf(taken.alertId)
    expect(clear).toMatchObject({ msgType: 'Update', allClear: true, phase: 'live', lifecycle: { authors: ['lee'] } })
    expect((await rowOf(alertId)).lifecycle.ended?.reason).toBe('all-clear')
    const texts = await textsOf(taken.broadcastId)
    expect(texts.map(({ language }) => language)).toEqual(['en', 'ko'])
    expect(texts[0]?.text).toBe('[MOFA] ALL CLEAR: the alert "Earthquake" for zone has ended.')
  })

  test('of an Exercise carries its mark', async () => {
    const { alertId } = await engine.send(alertOf([japan], { status: 'Exercise' }))
    const [first] = await textsOf((await back(alertId, 'end')).broadcastId)
    expect(first?.text).toMatch(/^\[훈련\] /)
  })
})
