import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert, Info } from '../../src/alerts/model.ts'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { Problem } from '../../src/lib/problem.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { transition } from '../../src/store/alerts/transition.ts'
import { transaction } from '../../src/store/database.ts'
import { stateCounts } from '../../src/store/reports/state-counts.ts'
import { launchAlert } from '../../src/targeting/launch.ts'
import { previewAlert } from '../../src/targeting/preview.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { sampleInfo } from '../alerts/sample.ts'
import { dying } from './dying.ts'
import { alertOf, approver, carrier, composer, correction, profiles, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers } from './people.ts'

let engine: TestEngine
const japan: Shape = { kind: 'country', iso2: 'JP' }
const nowhere: Shape = { kind: 'country', iso2: 'IS' }

beforeAll(async () => {
  engine = await startEngine()
  await addResidents(engine.db, [
    { msisdn: '81901', country: 'JP', language: 'ko' },
    { msisdn: '81902', country: 'JP', language: 'ja-JP' },
    { msisdn: '81903', country: 'JP', language: 'pt' },
    { msisdn: '81904', country: 'JP' },
    { msisdn: '84901', country: 'VN' },
    { msisdn: '88601', country: 'TW', language: 'pt' },
  ])
  await addRoamers(engine.db, [
    { msisdn: '82101', countries: ['JP'] },
    { msisdn: '82102', countries: ['JP'], hplmn: '45005' },
    { msisdn: '82103', countries: ['JP'], hplmn: '99999' },
    { msisdn: '82104', countries: ['GP', 'MF'], hplmn: '45008' },
  ])
})

afterAll(() => engine?.close())

interface Made {
  readonly msisdn: string
  readonly carrier: string
  readonly text: string
  readonly state: string
}

async function made(broadcastId: number): Promise<Record<string, Omit<Made, 'msisdn'>>> {
  const rows = await engine.rows<Made>(
    `SELECT msisdn::text, coalesce(c.id, 'none') carrier, t.text, m.state FROM message m
       JOIN broadcast_text t USING (broadcast_id, variant) LEFT JOIN carrier c ON c.no = m.carrier_no
      WHERE broadcast_id = $1`,
    broadcastId,
  )
  return Object.fromEntries(rows.map(({ msisdn, ...rest }) => [msisdn, rest]))
}

const fallbacks = (broadcastId: number) =>
  engine.rows(
    `SELECT a.id carrier, array(SELECT b.id FROM unnest(c.fallbacks) WITH ORDINALITY f (no, i) JOIN carrier b USING (no) ORDER BY i) AS next
       FROM chunk c JOIN carrier a ON a.no = c.carrier_no WHERE broadcast_id = $1 ORDER BY 1`,
    broadcastId,
  )

const inLanguages = (status: 'Actual' | 'Exercise', ...infos: [language: string, text: string][]) => {
  const alert = alertOf([japan], { status })
  const [first] = alert.infos as [Info]
  return {
    ...alert,
    infos: infos.map(([language, text], i) =>
      sampleInfo({ ...first, language, headline: text, instruction: '', areas: i === 0 ? first.areas : [] }),
    ),
  }
}

describe('messages', () => {
  test('go the way that their person is reached, with the carriers that take over behind it', async () => {
    const { broadcastId } = await engine.send(alertOf([japan]))
    const told = await made(broadcastId)
    expect(Object.fromEntries(Object.entries(told).map(([msisdn, m]) => [msisdn, m.carrier]))).toEqual({
      81901: 'local',
      81902: 'local',
      81903: 'local',
      81904: 'local',
      82101: 'home',
      82102: 'hangul',
      82103: 'spare',
    })
    expect(await fallbacks(broadcastId)).toEqual([
      { carrier: 'hangul', next: ['spare'] },
      { carrier: 'home', next: ['spare'] },
      { carrier: 'local', next: ['spare'] },
      { carrier: 'spare', next: [] },
    ])
  })

  test('of exercises go through the carriers for exercises and no other, with the mark', async () => {
    const { broadcastId } = await engine.send(inLanguages('Exercise', ['ko', '대피하세요']))
    expect(await made(broadcastId)).toHaveProperty('82101', {
      carrier: 'drill',
      text: '[훈련] 대피하세요',
      state: 'pending',
    })
    const carriers = await engine.rows(
      'SELECT DISTINCT carrier_no no FROM message WHERE broadcast_id = $1',
      broadcastId,
    )
    expect(carriers).toEqual([{ no: engine.no('drill') }])
    for (const chunk of await fallbacks(broadcastId)) expect(chunk).toEqual({ carrier: 'drill', next: [] })
  })

  test('for whom there is no carrier are made as suppressed, in no chunk, and counted', async () => {
    const { broadcastId } = await engine.send(alertOf([{ kind: 'country', iso2: 'VN' }]))
    expect(await made(broadcastId)).toMatchObject({ 84901: { carrier: 'none', state: 'suppressed' } })
    expect(await fallbacks(broadcastId)).toEqual([])
    const { states, matched } = await stateCounts(engine.db.pool, broadcastId)
    expect({ suppressed: states.suppressed, matched }).toEqual({ suppressed: 1, matched: 1 })
  })

  test('are in the language of their person, else in the first, also where a carrier cannot write that language', async () => {
    const alert = inLanguages('Actual', ['en', 'Take shelter'], ['ko', '대피하세요'], ['ja', '避難してください'])
    const { broadcastId } = await engine.send(alert)
    const texts = Object.entries(await made(broadcastId)).map(([msisdn, m]) => [msisdn, m.text])
    expect(Object.fromEntries(texts)).toMatchObject({
      81901: '대피하세요',
      81902: '避難してください',
      81903: 'Take shelter',
      81904: 'Take shelter',
      82101: 'Take shelter',
    })
    // Both have asked for Portuguese; the carrier in Taiwan writes nothing but KS X 1001.
    const letters = inLanguages('Actual', ['ko', '대피하세요'], ['pt', 'Atenção'])
    letters.infos[0]?.areas[0]?.shapes.push({ kind: 'country', iso2: 'TW' })
    const { broadcastId: second } = await engine.send(letters)
    const { '81903': reader, '88601': taiwan } = await made(second)
    expect([reader?.text, taiwan?.text]).toEqual(['Atenção', '대피하세요'])
  })

  test('are counted for the country of which somebody may be in one', async () => {
    const { broadcastId } = await engine.send(alertOf([{ kind: 'country', iso2: 'MF' }]))
    const tallied = await engine.rows(
      'SELECT reason, country, n FROM audience_tally WHERE broadcast_id = $1',
      broadcastId,
    )
    expect(tallied).toEqual([{ reason: 'roamer-unplaced', country: 'MF', n: 1 }])
  })

  test('cannot be written by a carrier for exercises: that stops no Actual alert', async () => {
    const deaf = carrier('drill', 'reaches: [{ population: roamers }], live: false, text: { unicode: ksx1001 }')
    const alert = inLanguages('Actual', ['vi', 'Sơ tán ngay'])
    const others = profiles.filter(({ id }) => id !== 'drill' && id !== 'hangul')
    await expect(
      previewAlert({ ...engine, profiles: [...others, deaf] }, alert, rulesFor(alert)),
    ).resolves.toBeDefined()
    const exercise = inLanguages('Exercise', ['vi', 'Sơ tán ngay'])
    await expect(
      previewAlert({ ...engine, profiles: [...others, deaf] }, exercise, rulesFor(exercise)),
    ).rejects.toThrow(Problem)
  })
})

async function codeOf(run: Promise<unknown>): Promise<string | undefined> {
  const error = await run.then(
    () => undefined,
    (e: unknown) => e,
  )
  return error instanceof Problem ? error.code : undefined
}

describe('selection', () => {
  const broadcast = async (id: number) =>
    (
      await engine.rows<Record<string, unknown>>(
        'SELECT state, refused, expected, cancelled_at FROM broadcast WHERE id = $1',
        id,
      )
    )[0]
  const count = async (id: number) =>
    (await engine.rows<{ n: number }>('SELECT count(*) n FROM message WHERE broadcast_id = $1', id))[0]?.n

  test('of more people than were approved is refused before the first message', async () => {
    expect(await codeOf(engine.launch(alertOf([japan]), { maxRecipients: 6 }))).toBe('forecast-exceeded')
    const { broadcastId } = await engine.launch(alertOf([japan]), { maxRecipients: 7 })
    await addResidents(engine.db, [{ msisdn: '81905', country: 'JP' }])
    await runSelection(engine.select, broadcastId)
    await engine.rows('DELETE FROM resident WHERE msisdn = 81905')
    expect(await broadcast(broadcastId)).toMatchObject({
      state: 'closed',
      refused: '8 people match, 7 were approved',
      cancelled_at: null,
    })
    expect(await count(broadcastId)).toBe(0)
    await runSelection(engine.select, broadcastId)
    expect(await count(broadcastId)).toBe(0)
    const { broadcastId: enough } = await engine.send(alertOf([japan]), { maxRecipients: 7 })
    expect(await count(enough)).toBe(7)
  })

  test('of more people than the forecast that was approved allows is refused, where the launch counted fewer', async () => {
    const forecast = {
      at: '',
      matched: 6,
      upTo: 7,
      segments: 0,
      seconds: { p50: 0, p90: 0, p99: 0 },
      missingLanguages: [],
    }
    const approved = async (alert: Alert) => {
      const { id } = await createAlert(engine.db, alert, rulesFor(alert), [], composer.person)
      await transaction(engine.db.pool, async (client) => {
        await transition(client, id, 'submit', composer, { forecast })
        await transition(client, id, 'approve', approver)
      })
      return launchAlert({ ...engine, profiles }, id, composer)
    }
    const { broadcastId } = await approved(alertOf([japan]))
    await addResidents(engine.db, [{ msisdn: '81905', country: 'JP' }])
    await runSelection(engine.select, broadcastId)
    expect(await broadcast(broadcastId)).toMatchObject({ refused: '8 people match, 7 were approved' })
    await engine.rows('DELETE FROM resident WHERE msisdn = 81905')
    const sent = alertOf([japan])
    const { broadcastId: enough } = await approved(sent)
    await runSelection(engine.select, enough)
    expect(await count(enough)).toBe(7)
    // What takes it back goes to all who have it, however many were counted.
    await engine.rows(`UPDATE message SET state = 'submitted' WHERE broadcast_id = $1`, enough)
    const { broadcastId: back } = await engine.launch(correction('Cancel', sent), { maxRecipients: 1 })
    await runSelection(engine.select, back)
    expect([await broadcast(back), await count(back)]).toMatchObject([{ refused: null }, 7])
  })

  test('of what is not what was approved is refused', async () => {
    const { broadcastId, alertId } = await engine.launch(alertOf([japan]))
    await engine.rows(`UPDATE alert SET rules = rules || '{"unplaced":"exclude"}' WHERE id = $1`, alertId)
    await runSelection(engine.select, broadcastId)
    expect(await broadcast(broadcastId)).toMatchObject({
      state: 'closed',
      refused: 'the alert is not what was approved',
    })
    expect(await count(broadcastId)).toBe(0)
  })

  test('of what was changed half way is refused, and what was made is cancelled', async () => {
    const { broadcastId, alertId } = await engine.launch(alertOf([japan, { kind: 'country', iso2: 'VN' }]))
    const killed = { ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) }
    await expect(runSelection(killed, broadcastId)).rejects.toThrow()
    expect(await count(broadcastId)).toBe(4)
    await engine.rows(
      `UPDATE alert SET document = jsonb_set(document, '{infos,0,headline}', '"x"') WHERE id = $1`,
      alertId,
    )
    await runSelection(engine.select, broadcastId)
    expect(await broadcast(broadcastId)).toMatchObject({ state: 'sending', cancelled_at: expect.any(Date) })
    expect(await count(broadcastId)).toBe(4)
  })

  test.each([
    ['cancelled', 'cancelled_at = now()'],
    ['expired', `expires = now() - interval '1 s'`],
  ])('that is %s half way stops there', async (_, change) => {
    const { broadcastId } = await engine.launch(alertOf([japan, { kind: 'country', iso2: 'VN' }]))
    const killed = { ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) }
    await expect(runSelection(killed, broadcastId)).rejects.toThrow()
    await engine.rows(`UPDATE broadcast SET ${change} WHERE id = $1`, broadcastId)
    await runSelection(engine.select, broadcastId)
    expect(await count(broadcastId)).toBe(4)
    expect(await broadcast(broadcastId)).toMatchObject({ state: 'sending' })
  })

  test('that is cancelled while a page is being made makes no further page', async () => {
    const { broadcastId } = await engine.launch(alertOf([japan, { kind: 'country', iso2: 'VN' }]))
    let pages = 0
    const queues = {
      ...engine.queues,
      ring: async () => {
        if (++pages === 1) await engine.rows('UPDATE broadcast SET cancelled_at = now() WHERE id = $1', broadcastId)
        return true
      },
    }
    // The bell of the first page rings after its commit; the lock of the second page waits for nothing.
    await runSelection({ ...engine.select, queues: queues as never }, broadcastId)
    expect((await engine.told(broadcastId)).has('84901')).toBe(false)
  })

  test('of nobody is complete', async () => {
    const { broadcastId } = await engine.send(alertOf([nowhere]))
    expect(await broadcast(broadcastId)).toMatchObject({ state: 'sending', expected: 0, refused: null })
  })

  test('that is long lets a more urgent one through between two of its pages', async () => {
    const minor = alertOf([japan, { kind: 'country', iso2: 'VN' }], {}, { severity: 'Minor' })
    const { broadcastId: long } = await engine.launch(minor, { unplaced: 'include' })
    const { broadcastId: urgent } = await engine.launch(alertOf([japan]))
    await runSelection(engine.select, long)
    const [order] = await engine.rows<{ first: boolean }>(
      `SELECT (SELECT max(made_at) FROM message WHERE broadcast_id = $1) < (SELECT min(made_at) FROM message WHERE broadcast_id = $2) AS first`,
      urgent,
      long,
    )
    expect(order).toEqual({ first: true })
    expect(await engine.told(urgent)).toHaveProperty('size', 7)
    expect(await engine.told(long)).toHaveProperty('size', 8)
  })

  test('that has made its first pages lets a more urgent one through before the next', async () => {
    const minor = alertOf([japan, { kind: 'country', iso2: 'VN' }], {}, { severity: 'Minor' })
    const { broadcastId: long } = await engine.launch(minor)
    const killed = { ...engine.select, db: dying(engine.db, 'after-commit', /SET selection_cursor/) }
    await expect(runSelection(killed, long)).rejects.toThrow()
    const { broadcastId: urgent } = await engine.launch(alertOf([japan]))
    await runSelection(engine.select, long)
    const [order] = await engine.rows(
      `SELECT (SELECT max(made_at) FROM message WHERE broadcast_id = $1) < (SELECT max(made_at) FROM message WHERE broadcast_id = $2) AS first`,
      urgent,
      long,
    )
    expect(order).toEqual({ first: true })
    expect(await engine.told(urgent)).toHaveProperty('size', 7)
  })

  test('that fails for ever does not hold up a lesser one', async () => {
    const { broadcastId: broken, alertId } = await engine.launch(alertOf([japan]))
    await engine.rows(`UPDATE alert SET document = '{}' WHERE id = $1`, alertId)
    const { broadcastId: lesser } = await engine.launch(alertOf([japan], {}, { severity: 'Minor' }))
    const warnings: unknown[] = []
    const log = { ...engine.select.log, info: () => undefined, warn: (what: unknown) => warnings.push(what) }
    await runSelection({ ...engine.select, log: log as never }, lesser)
    expect(await engine.told(lesser)).toHaveProperty('size', 7)
    expect(warnings).toEqual([{ broadcast: broken, err: expect.any(String) }])
    expect(await broadcast(broken)).toMatchObject({ state: 'selecting' })
    await engine.rows(`UPDATE broadcast SET state = 'closed' WHERE id = $1`, broken)
  })

  test('rings the bell of each carrier that got something, as urgent as the alert', async () => {
    const { alertId } = await engine.launch(alertOf([nowhere]))
    engine.queues.rings.length = 0
    await engine.send(alertOf([japan]))
    const dispatch = engine.queues.rings.filter(({ queue }) => queue.startsWith('dispatch-'))
    expect(dispatch.map(({ queue, priority }) => `${queue} ${priority}`).sort()).toEqual([
      'dispatch-hangul 2',
      'dispatch-home 2',
      'dispatch-local 2',
      'dispatch-spare 2',
    ])
    expect((await launchAlert({ ...engine, profiles }, alertId, composer)).broadcastId).toBeGreaterThan(0)
  })
})
