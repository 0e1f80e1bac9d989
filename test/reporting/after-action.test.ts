import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/alerts/model.ts'
import type { AfterActionReport, BroadcastReport } from '../../src/reporting/after-action.ts'
import { sampleInfo } from '../alerts/sample.ts'
import { startApi, type TestApi } from '../api/support.ts'
import { accepted, choose, currentAlert, launched, move, selected } from './broadcast.ts'
import { bodyOf, elements, numberOf, parsePage, rowsOf, textOf } from './report-html.ts'

let api: TestApi

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api.close())

async function reportOf(alertId: string, role: 'auditor' | 'viewer' = 'auditor'): Promise<AfterActionReport> {
  const { status, text, body } = await api.call(role, 'GET', `/v1/alerts/${alertId}/report`)
  if (status !== 200) throw new Error(text)
  return body
}

const broadcastOf = (report: AfterActionReport): BroadcastReport => report.alerts[0]?.broadcast as BroadcastReport

async function pageOf(alertId: string): Promise<string> {
  const { status, text, headers } = await api.call('auditor', 'GET', `/v1/alerts/${alertId}/report`, {
    headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
  })
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  return text
}

/** Half a percent, and the rounding to three figures. */
const nearly = (seconds: number) => [seconds * 0.994, seconds * 1.011] as const

describe('the delivery over time', () => {
  test('is that of the messages, by carrier and by country, with what was suppressed left out and what failed left in', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    const north = await choose(api.db, broadcastId, { n: 100, carrier: 'north' })
    const south = await choose(api.db, broadcastId, { n: 40, reason: 'roamer', country: 'FR', carrier: 'south' })
    await choose(api.db, broadcastId, { n: 10 })
    await selected(api.db, broadcastId)
    for (const [i, seq] of north.entries()) {
      const how = { afterMs: (i + 1) * 100, receiptMs: 2_000 }
      if (i < 94) await move(api.db, broadcastId, [seq], 'delivered', how)
      else if (i < 97) await move(api.db, broadcastId, [seq], 'failed', { ...how, receiptMs: 0, error: 0x0b })
    }
    await move(api.db, broadcastId, south, 'submitted', { afterMs: 30_000 })

    const { delivery } = broadcastOf(await reportOf(alertId))
    expect(delivery.countriesBy).toBe('selection')
    const { north: byNorth, south: bySouth } = delivery.carriers
    expect(Object.keys(delivery.carriers)).toEqual(['north', 'south'])
    expect(byNorth).toMatchObject({ due: 100, handedOver: 94, delivered: 94 })
    expect(bySouth).toMatchObject({ due: 40, handedOver: 40, delivered: 0 })
    expect(delivery.all).toMatchObject({ due: 140, handedOver: 134, delivered: 94 })
    const between = (seconds: number | null | undefined, exact: number) => {
      const [least, most] = nearly(exact)
      expect(seconds).toBeGreaterThanOrEqual(least)
      expect(seconds).toBeLessThanOrEqual(most)
    }
    between(byNorth?.handedOverSeconds.p50, 5)
    between(byNorth?.handedOverSeconds.p90, 9)
    between(byNorth?.deliveredSeconds.p50, 7)
    // Of a hundred six were never handed over: the 95th never came.
    expect(byNorth?.handedOverSeconds.p95).toBeNull()
    between(bySouth?.handedOverSeconds.p95, 30)
    expect(bySouth?.deliveredSeconds.p50).toBeNull()
    expect(
      delivery.countries.map(({ country, matched, due, delivered }) => [country, matched, due, delivered]),
    ).toEqual([
      ['JP', 110, 100, 94],
      ['FR', 40, 40, 0],
    ])
    expect(delivery.all.curve.handedOver.at(-1)).toBe(134)
    expect(delivery.seconds.at(-1)).toBeGreaterThanOrEqual(30)
    for (const curve of Object.values(delivery.all.curve)) expect(curve).toEqual([...curve].sort((a, b) => a - b))
  })

  test('late entrants have a line of their own and hold up nobody else’s', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    await api.db.pool.query(`UPDATE broadcast SET created_at = now() - interval '3 days' WHERE id = $1`, [broadcastId])
    await move(api.db, broadcastId, await choose(api.db, broadcastId, { n: 20, carrier: 'north' }), 'delivered')
    const late = await choose(api.db, broadcastId, { n: 7, reason: 'late-entrant', carrier: 'north' })
    await move(api.db, broadcastId, late, 'delivered', { afterMs: 3 * 86_400_000 })
    await api.db.pool.query(
      `UPDATE message SET made_at = made_at - interval '2 days' WHERE broadcast_id = $1 AND seq = $2`,
      [broadcastId, late[0]],
    )
    const { delivery, lateEntrants } = broadcastOf(await reportOf(alertId))
    expect(lateEntrants).toBe(7)
    expect(delivery.all).toMatchObject({ due: 20, delivered: 20 })
    expect(delivery.all.deliveredSeconds.p99).toBeLessThan(2)
    expect(delivery.seconds.at(-1)).toBeLessThan(3)
    const { seconds, n } = delivery.lateEntrants
    expect(n.at(-1)).toBe(7)
    expect(n[seconds.findIndex((time) => time >= 1.5 * 86_400)]).toBe(1)
  })

  test('where people of one reason are in several countries the registers say where each is', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    const seqs = {
      JP: await choose(api.db, broadcastId, { n: 6, carrier: 'north' }),
      FR: await choose(api.db, broadcastId, { n: 8, country: 'FR', carrier: 'north' }),
      roamers: await choose(api.db, broadcastId, { n: 9, reason: 'late-entrant', country: 'GP/MQ', carrier: 'north' }),
    }
    await api.db.pool.query(
      `INSERT INTO resident (msisdn, mission, country)
       SELECT msisdn, 'x', CASE WHEN seq = ANY ($2) THEN 'JP' ELSE 'FR' END FROM message
        WHERE broadcast_id = $1 AND seq = ANY ($3)`,
      [broadcastId, seqs.JP, [...seqs.JP, ...seqs.FR.slice(1)]],
    )
    await move(api.db, broadcastId, [...seqs.JP, ...seqs.FR], 'delivered')
    const { delivery } = broadcastOf(await reportOf(alertId))
    expect(delivery.countriesBy).toBe('registers')
    expect(delivery.countries.map(({ country, matched, due }) => [country, matched, due])).toEqual([
      ['GP/MQ', 9, 0],
      ['FR', 8, 7],
      ['JP', 6, 6],
      // Whoever was erased since.
      ['', 0, 1],
    ])
    expect(delivery.countries.reduce((sum, { due }) => sum + due, 0)).toBe(delivery.all.due)
  })

  test('a roamer counts for the country where he was when he was told, also if he has moved on', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    const [here, gone, perhaps] = await choose(api.db, broadcastId, { n: 3, reason: 'roamer', carrier: 'north' })
    await choose(api.db, broadcastId, { n: 1, reason: 'roamer', country: 'FR', carrier: 'north' })
    const roamer = (seq: number | undefined, columns: string, values: string) =>
      api.db.pool.query(
        `INSERT INTO roamer (msisdn, seen_at, ${columns}) SELECT msisdn, now(), ${values} FROM message WHERE broadcast_id = $1 AND seq = $2`,
        [broadcastId, seq],
      )
    await roamer(here, 'country, entered_at', `'JP', now() - interval '1 day'`)
    await roamer(
      gone,
      'country, entered_at, left_country, left_at',
      `'US', now() + interval '1 h', 'KP', now() + interval '1 h'`,
    )
    await roamer(perhaps, 'candidates, entered_at', `'{GP,MQ}', now() - interval '1 day'`)
    const { delivery } = broadcastOf(await reportOf(alertId))
    expect(new Map(delivery.countries.map(({ country, due }) => [country, due]))).toEqual(
      new Map([
        ['JP', 1],
        ['KP', 1],
        ['GP/MQ', 1],
        ['FR', 0],
        ['', 1],
      ]),
    )
  })
})

describe('small counts', () => {
  test('are shown by country to nobody who sees no numbers, and cannot be had by subtracting', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    for (const [country, n] of [
      ['JP', 30],
      ['FR', 6],
      ['FJ', 2],
    ] as const) {
      await choose(api.db, broadcastId, { n, country, carrier: 'north' })
    }
    await choose(api.db, broadcastId, { n: 3, reason: 'roamer', carrier: 'north' })
    const exact = broadcastOf(await reportOf(alertId, 'auditor'))
    expect(exact.delivery.countries.map(({ country, matched }) => [country, matched])).toEqual(
      expect.arrayContaining([['FJ', 2]]),
    )
    const shown = broadcastOf(await reportOf(alertId, 'viewer'))
    expect(shown.matched).toBe(41)
    expect(shown.delivery.countries.map(({ country, matched }) => [country, matched])).toEqual([
      ['JP', 33],
      // Fiji alone would be the total less the others.
      ['*', 8],
    ])
    expect(shown.audience).toEqual([
      { reason: 'resident', country: '*', n: 38 },
      { reason: 'roamer', country: '*', n: 3 },
    ])
  })
})

describe('small counts of failures', () => {
  test('are shown by cause to nobody who sees no numbers; sums by state and by carrier are exact', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    const north = await choose(api.db, broadcastId, { n: 20, carrier: 'north' })
    const south = await choose(api.db, broadcastId, { n: 20, carrier: 'south' })
    await move(api.db, broadcastId, [...north.slice(0, 8), ...south.slice(0, 2)], 'failed', {
      receiptMs: 100,
      error: 69,
    })
    await move(api.db, broadcastId, north.slice(8, 9), 'failed', { receiptMs: 100, error: 1 })
    const failuresFor = async (role: 'auditor' | 'viewer') =>
      broadcastOf(await reportOf(alertId, role)).failures.map(({ carrier, cause, n }) => [carrier, cause, n])
    expect(await failuresFor('auditor')).toEqual([
      ['north', 'receipt, err 69', 8],
      ['south', 'receipt, err 69', 2],
      ['north', 'receipt, err 1', 1],
    ])
    expect(await failuresFor('viewer')).toEqual([
      ['*', 'receipt, err 69', 10],
      ['*', 'causes of fewer than five people each', 1],
    ])
    const { text } = await api.call('viewer', 'GET', `/v1/alerts/${alertId}/report`, {
      headers: { accept: 'text/html' },
    })
    expect(text).not.toContain('receipt, err 1<')
    expect(broadcastOf(await reportOf(alertId, 'viewer')).states.failed).toBe(11)
  })
})

describe('the page', () => {
  /** Whatever a person may write, in every place where he may. */
  const hostile = `"'><script>alert(1)</script><img src=x onerror="alert(2)">&amp; ]]> {{x}} \u202e evil`

  test('is one well-formed file whose figures are those of the messages, and says that they add up', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    const seqs = await choose(api.db, broadcastId, { n: 12, carrier: 'north' })
    await choose(api.db, broadcastId, { n: 3, country: 'FR' })
    await choose(api.db, broadcastId, { n: 1_500, reason: 'roamer', carrier: 'south' })
    await selected(api.db, broadcastId)
    await accepted(api.db, broadcastId, seqs)
    await move(api.db, broadcastId, seqs.slice(0, 7), 'delivered', { receiptMs: 1_000 })
    await move(api.db, broadcastId, seqs.slice(7, 9), 'failed', { receiptMs: 100, error: 69 })
    const page = parsePage(await pageOf(alertId))
    const states = new Map(rowsOf(page, 'Messages by state').map(([state, n]) => [state, numberOf(n as string)]))
    const { rows } = await api.db.pool.query<{ state: string; n: number }>(
      'SELECT state, count(*) AS n FROM message WHERE broadcast_id = $1 GROUP BY 1',
      [broadcastId],
    )
    expect(states).toEqual(new Map(rows.map(({ state, n }) => [state, n])))
    expect(bodyOf(page)).toContain('1,515 matched = 1,503 pending + 3 suppressed + 2 failed + 7 delivered.')
    expect(bodyOf(page)).toContain('Counted one by one, the messages agree.')
    expect(rowsOf(page, 'The most frequent cause first')).toEqual([
      ['no carrier reaches the number, or the person sent STOP', 'suppressed', 'none', '3'],
      ['receipt, err 69', 'failed', 'north', '2'],
    ])
    const byCountry = rowsOf(page, 'Messages and times until half, 90 % and 95 % came so far, by country')
    expect(byCountry.map((row) => row.slice(0, 3))).toEqual([
      ['Japan (JP)', '1,512', '1,500'],
      ['France (FR)', '3', '0'],
      // Of two countries, and in no register.
      ['not known', '0', '12'],
    ])
    // Each drawing says what it shows, and has a table beside it.
    const drawings = elements(page, 'svg').filter((svg) => svg.getAttribute('role') === 'img')
    expect(drawings.length).toBe(3)
    for (const drawing of drawings) {
      const named = drawing.getAttribute('aria-labelledby').split(' ')
      expect(named).toEqual(
        [...elements(drawing, 'title'), ...elements(drawing, 'desc')].map((one) => one.getAttribute('id')),
      )
      for (const line of elements(drawing, 'polyline')) {
        expect(line.getAttribute('points')).toMatch(/^([\d.]+,[\d.]+ ?)+$/)
      }
    }
  })

  test('says where the sums do not agree with the messages', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    await choose(api.db, broadcastId, { n: 3, carrier: 'north' })
    await api.db.pool.query(`UPDATE message SET state = 'delivered' WHERE broadcast_id = $1 AND seq = 1`, [broadcastId])
    expect(bodyOf(parsePage(await pageOf(alertId)))).toMatch(
      /DO NOT AGREE: pending 3 in the sums, 2 messages; delivered 0/,
    )
  })

  test('takes nothing that people wrote for HTML, and forbids whatever might get through', async () => {
    const wrote = currentAlert({
      identifier: hostile.replaceAll(/[\s,<&]/g, '') + Math.random(),
      infos: currentAlert().infos.map((info) => ({
        ...info,
        event: hostile,
        headline: hostile,
        instruction: hostile,
        areas: info.areas.map((area) => ({ ...area, areaDesc: hostile })),
      })),
    } as Partial<Alert>)
    const { alertId, broadcastId } = await launched(api.db, wrote)
    await choose(api.db, broadcastId, { n: 1, country: '<b>', carrier: 'north' })
    await api.db.pool.query(
      `UPDATE alert SET lifecycle = jsonb_set(lifecycle, '{approval}', $2::jsonb) WHERE id = $1`,
      [alertId, JSON.stringify({ by: hostile, at: '2026-11-21T03:04:05.000Z', digest: '', glassBroken: hostile })],
    )
    await api.db.pool.query(`UPDATE broadcast SET refused = $2 WHERE id = $1`, [broadcastId, hostile])
    const { text, headers } = await api.call('auditor', 'GET', `/v1/alerts/${alertId}/report`, {
      headers: { accept: 'text/html' },
    })
    const page = parsePage(text)
    expect(new Set(elements(page, '*').map(({ nodeName }) => nodeName))).toEqual(
      new Set(
        'head meta title style body main h1 h2 h3 p div table caption thead tbody tr th td section dl dt dd bdi blockquote span figure svg desc line text polyline figcaption ul li'.split(
          ' ',
        ),
      ),
    )
    expect(
      elements(page, '*')
        .flatMap((one) => Array.from(one.attributes ?? []))
        .filter(({ name }) => /^on|^style$|href|src/.test(name)),
    ).toEqual([])
    const shown = hostile.replace(/\s+/g, ' ')
    for (const name of ['h1', 'blockquote', 'dl']) expect(elements(page, name).map(textOf).join(' ')).toContain(shown)
    expect(bodyOf(page)).toContain(`GLASS BROKEN: ${shown}`)
    expect(headers['content-security-policy']).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]+=*'; form-action 'none'; base-uri 'none'$/,
    )
    expect(elements(page, 'meta').map((meta) => meta.getAttribute('content'))).toContain(
      headers['content-security-policy'],
    )
  })

  test('of an exercise bears its mark, of a real alert none', async () => {
    const pageFor = async (status: 'Actual' | 'Exercise') =>
      parsePage(
        await pageOf(
          (await launched(api.db, currentAlert({ status, infos: [sampleInfo({ expires: '2030-01-01T00:00:00Z' })] })))
            .alertId,
        ),
      )
    const marks = (page: ReturnType<typeof parsePage>) =>
      elements(page, 'div')
        .filter((div) => div.getAttribute('class') === 'watermark')
        .map(textOf)
    const exercise = await pageFor('Exercise')
    expect(marks(exercise)).toEqual(['EXERCISE 훈련'])
    expect(textOf(elements(exercise, 'title')[0] as never)).toMatch(/^EXERCISE /)
    expect(bodyOf(exercise)).toContain('Exercise: this was not a real alert')
    const actual = await pageFor('Actual')
    expect(marks(actual)).toEqual([])
    expect(bodyOf(actual)).not.toMatch(/exercise/i)
  })

  test('shows what was expected beside what came of it', async () => {
    const { alertId, broadcastId } = await launched(api.db)
    await api.db.pool.query(`UPDATE alert SET forecast = $2 WHERE id = $1`, [
      alertId,
      JSON.stringify({
        at: '2026-11-21T03:04:05.000Z',
        matched: 9,
        upTo: 109,
        segments: 18,
        seconds: { p50: 1.5, p90: 20, p99: 7_500 },
        missingLanguages: [],
      }),
    ])
    const seqs = await choose(api.db, broadcastId, { n: 10, carrier: 'north' })
    await choose(api.db, broadcastId, { n: 2, reason: 'late-entrant', carrier: 'north' })
    await accepted(api.db, broadcastId, seqs)
    await move(api.db, broadcastId, seqs, 'submitted', { afterMs: 3_000 })
    expect(rowsOf(parsePage(await pageOf(alertId)), 'Forecast of 2026-11-21 03:04:05')).toEqual([
      ['people, late entrants apart', '9 (approved up to 109)', '10'],
      ['segments', '18', '10'],
      ['50 % handed over', '1.5 s', expect.stringMatching(/^3(\.0\d)? s$/)],
      ['90 % handed over', '20 s', expect.stringMatching(/^3(\.0\d)? s$/)],
      ['99 % handed over', '2 h 5 min', expect.stringMatching(/^3(\.0\d)? s$/)],
    ])
  })
})
