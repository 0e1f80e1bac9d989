import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { purge } from '../../src/targeting/upkeep.ts'
import { alertOf, log, startEngine, type TestEngine } from '../targeting/engine.ts'

let engine: TestEngine
beforeAll(async () => {
  engine = await startEngine()
})
afterAll(() => engine?.close())
beforeEach(async () => {
  await engine.rows(`UPDATE alert SET phase = 'ended'`)
  await engine.rows('TRUNCATE roamer')
})

/** Roamers who told their place so many hours ago. */
async function placed(...people: readonly (readonly [msisdn: number, country: string | null, hours: number])[]) {
  for (const [msisdn, country, hours] of people) {
    await engine.rows(
      `INSERT INTO roamer (msisdn, country, candidates, seen_at, lon, lat, radius_m, cell, placed_at)
       VALUES ($1::bigint, $2::char(2), CASE WHEN $2::char(2) IS NULL AND $1::bigint > 90 THEN '{GP,MF}'::char(2)[] ELSE '{}' END, now(), 1, 1, 5, 1, now() - make_interval(hours => $3))`,
      msisdn,
      country,
      hours,
    )
  }
}

const stillPlaced = async () =>
  (await engine.rows<{ msisdn: number }>('SELECT msisdn FROM roamer WHERE cell IS NOT NULL ORDER BY 1')).map(
    ({ msisdn }) => msisdn,
  )

const live = async (iso2: string) => (await engine.send(alertOf([{ kind: 'country', iso2 }]))).alertId

describe('where exactly a roamer was', () => {
  test('is forgotten after three days, his country is not', async () => {
    await placed([1, 'JP', 71], [2, 'JP', 73], [3, null, 73], [91, null, 73])
    await purge({ ...engine, log })
    expect(await stillPlaced()).toEqual([1])
    expect(await engine.rows('SELECT country, lon, lat, radius_m, placed_at FROM roamer WHERE msisdn = 2')).toEqual([
      { country: 'JP', lon: null, lat: null, radius_m: null, placed_at: null },
    ])
  })

  test('is kept for as long as the operator says', async () => {
    await placed([1, 'JP', 1], [2, 'JP', 3])
    await purge({ ...engine, log, placeKeepMs: 2 * 3_600_000 })
    expect(await stillPlaced()).toEqual([1])
  })

  test('is kept while an alert in force concerns his country, and is forgotten when it ends', async () => {
    const alertId = await live('GP')
    await placed([1, 'GP', 100], [2, 'JP', 100], [3, null, 100], [91, null, 100])
    await purge({ ...engine, log })
    // 3: of whom no country is known the place alone decides. 91: he may be in Guadeloupe.
    expect(await stillPlaced()).toEqual([1, 3, 91])
    await engine.rows(`UPDATE alert SET review_at = now() - interval '1 hour' WHERE id = $1`, alertId)
    await purge({ ...engine, log })
    expect(await stillPlaced()).toEqual([1, 3, 91])
    await engine.rows(`UPDATE alert SET phase = 'ended' WHERE id = $1`, alertId)
    await purge({ ...engine, log })
    expect(await stillPlaced()).toEqual([])
  })

  test('is kept by a zone at sea, whatever country he is reported in', async () => {
    await engine.send(alertOf([{ kind: 'circle', lon: -150, lat: -40, radiusKm: 50 }]))
    await placed([1, 'JP', 100])
    await purge({ ...engine, log })
    expect(await stillPlaced()).toEqual([1])
  })
})
