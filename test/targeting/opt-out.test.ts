import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Severity } from '../../src/alerts/model.ts'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { entryTextSummary } from '../../src/reporting/entry-text-summary.ts'
import { verifyTallies } from '../../src/reporting/verify-tallies.ts'
import type { RoamingNotification } from '../../src/subscribers/notification.ts'
import { previewAlert } from '../../src/targeting/preview.ts'
import { alertOf, allClear, correction, profiles, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers } from './people.ts'

let engine: TestEngine
const japan: Shape = { kind: 'country', iso2: 'JP' }
/** Asked for no more texts. */
const refuser = '81901'
const others = ['81902', '81903']

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows('TRUNCATE resident, roamer, roaming_event, event_tally, opt_out, journey')
  await engine.rows(`UPDATE alert SET phase = 'ended' WHERE phase = 'live'`)
  await addResidents(
    engine.db,
    [refuser, ...others].map((msisdn) => ({ msisdn, country: 'JP' })),
  )
  await refuse(refuser)
})

const refuse = (msisdn: string) => engine.rows('INSERT INTO opt_out (msisdn) VALUES ($1)', msisdn)
const severe = (severity: Severity) => alertOf([japan], {}, { severity })

/** State of each number's message; fails where the tallies do not say the same, or a chunk begins or ends with what is not sent. */
async function states(broadcastId: number): Promise<Record<string, string>> {
  const { differences } = await verifyTallies(engine.db, broadcastId)
  expect(differences).toEqual([])
  const rows = await engine.rows<{ msisdn: string; state: string; sent: boolean }>(
    `SELECT msisdn::text, state, EXISTS (SELECT FROM chunk c WHERE c.broadcast_id = m.broadcast_id AND m.carrier_no = c.carrier_no
                                          AND m.seq BETWEEN c.seq_from AND c.seq_to) AS sent
       FROM message m WHERE broadcast_id = $1 ORDER BY m.msisdn`,
    broadcastId,
  )
  for (const { state, sent } of rows) expect(sent).toBe(state === 'pending')
  return Object.fromEntries(rows.map(({ msisdn, state }) => [msisdn, state]))
}

const pending = (...msisdns: string[]) => Object.fromEntries(msisdns.map((msisdn) => [msisdn, 'pending']))

/** The carrier took every message of a broadcast that was to be sent. */
const deliver = (broadcastId: number) =>
  engine.rows(
    `UPDATE message SET state = 'delivered', was = state, submitted_at = now() WHERE broadcast_id = $1 AND state = 'pending'`,
    broadcastId,
  )

function entry(msisdn: string, more: Partial<RoamingNotification> = {}): RoamingNotification {
  return { msisdn, hplmn: '45008', event: 'enter', countries: ['JP'], at: new Date(), ...more }
}

describe('who asked for no more texts', () => {
  test.each(['Moderate', 'Minor'] as const)('gets no %s alert: his message is made as suppressed', async (severity) => {
    const { broadcastId } = await engine.send(severe(severity))
    expect(await states(broadcastId)).toEqual({ [refuser]: 'suppressed', ...pending(...others) })
  })

  test.each(['Severe', 'Extreme', 'Unknown'] as const)('gets each %s alert', async (severity) => {
    const { broadcastId } = await engine.send(severe(severity))
    expect(await states(broadcastId)).toEqual(pending(refuser, ...others))
  })

  test('and starts again gets the next alert', async () => {
    await engine.rows('DELETE FROM opt_out')
    const { broadcastId } = await engine.send(severe('Minor'))
    expect(await states(broadcastId)).toEqual(pending(refuser, ...others))
  })

  test.each(['Update', 'Cancel'] as const)('gets the %s of a text that he has, though it is Minor', async (msgType) => {
    const original = severe('Severe')
    const { broadcastId } = await engine.send(original)
    await deliver(broadcastId)
    const correcting = correction(msgType, original, msgType === 'Update' ? [japan] : [], { severity: 'Minor' })
    expect(await states((await engine.send(correcting)).broadcastId)).toEqual(pending(refuser, ...others))
  })

  test('gets the all-clear of a text that he had before he asked', async () => {
    await engine.rows('DELETE FROM opt_out')
    const original = severe('Minor')
    await deliver((await engine.send(original)).broadcastId)
    await refuse(refuser)
    expect(await states((await engine.send(allClear(original))).broadcastId)).toEqual(pending(refuser, ...others))
  })

  test('gets no Update of a Minor alert that he was spared', async () => {
    const original = severe('Minor')
    await deliver((await engine.send(original)).broadcastId)
    const { broadcastId } = await engine.send(correction('Update', original, [japan], { severity: 'Minor' }))
    expect(await states(broadcastId)).toEqual({ [refuser]: 'suppressed', ...pending(...others) })
  })

  test('is foreseen by the preview, of lesser alerts only', async () => {
    const foreseen = async (severity: Severity) => {
      const alert = severe(severity)
      const { matched, byCarrier } = await previewAlert({ ...engine, profiles }, alert, rulesFor(alert, {}))
      return { matched, local: byCarrier.local?.messages, none: byCarrier.none?.messages }
    }
    expect(await foreseen('Minor')).toEqual({ matched: 3, local: 2, none: 1 })
    expect(await foreseen('Severe')).toEqual({ matched: 3, local: 3, none: undefined })
  })

  test('is told as a late entrant of a Severe alert, and of a Minor one is not', async () => {
    const minor = await engine.send(severe('Minor'))
    const worse = await engine.send(severe('Severe'))
    await refuse('821077777777')
    await engine.report(entry('821077777777'), entry('821088888888'))
    expect(await states(minor.broadcastId)).toMatchObject({ '821077777777': 'suppressed', '821088888888': 'pending' })
    expect(await states(worse.broadcastId)).toMatchObject(pending('821077777777', '821088888888'))
  })

  test('gets no entry text, and the suppression is counted as opted-out', async () => {
    await refuse('821077777777')
    await addRoamers(engine.db, [{ msisdn: '821077777777', countries: [] }])
    await engine.report(entry('821077777777'), entry('821088888888'))
    expect(await entryTextSummary(engine.db)).toEqual({ notifications: 2, sent: 1, suppressed: { 'opted-out': 1 } })
    expect(await engine.rows(`SELECT FROM message WHERE reason = 'entry' AND msisdn = 821077777777`)).toEqual([])
    expect(await engine.rows('SELECT msisdn::text FROM journey')).toEqual([{ msisdn: '821088888888' }])
  })
})
