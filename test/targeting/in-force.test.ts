import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert, Severity } from '../../src/alerts/model.ts'
import type { AlertRules } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { type Prng, prng } from '../../src/lib/prng.ts'
import { type AlertRow, findAlert } from '../../src/store/alerts/alert-row.ts'
import { broadcastsInForce } from '../../src/store/alerts/in-force.ts'
import { planZone, type ZonePlan } from '../../src/targeting/audience-plan.ts'
import { concernOf, type Person } from '../../src/targeting/concern.ts'
import { InForceAlerts } from '../../src/targeting/in-force.ts'
import { alertOf, log, startEngine, type TestEngine } from './engine.ts'

let engine: TestEngine

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

const hour = 3_600_000
const countries = ['JP', 'FR', 'FJ'] as const
/** In Japan, France and Fiji, which lies on the antimeridian. */
const centres: readonly (readonly [number, number])[] = [
  [137, 36.5],
  [2.5, 47],
  [179.5, -17.5],
]

function randomShape(random: Prng): Shape {
  const [lon, lat] = random.pick(centres)
  const circle: Shape = {
    kind: 'circle',
    lon: lon + (random.next() - 0.5) * 0.9,
    lat: lat + random.normal(),
    radiusKm: 5 + random.int(150),
  }
  const country: Shape = { kind: 'country', iso2: random.pick(countries) }
  switch (random.int(6)) {
    case 0:
      return country
    case 1:
      return { kind: 'difference', of: country, minus: [circle] }
    case 2:
      return { kind: 'intersection', of: [country, circle] }
    default:
      return circle
  }
}

function randomRules(random: Prng): Partial<AlertRules> {
  return {
    unplaced: random.pick(['include', 'exclude']),
    uncertain: random.pick(['include', 'centre', 'exclude']),
    ...(random.int(4) === 0 ? { placeMaxAgeHours: 2 } : {}),
    ...(random.int(6) === 0 ? { populations: ['roamers'] } : {}),
    ...(random.int(6) === 0 ? { homeNetworks: ['45008'] } : {}),
  }
}

function randomPerson(random: Prng): Person & { no: number } {
  const [lon, lat] = random.pick(centres)
  const at = new Date(Date.now() - random.int(5) * hour)
  const east = lon + random.normal()
  const place = {
    lon: east > 180 ? east - 360 : east,
    lat: lat + random.normal(),
    radiusM: random.pick([null, 0, 500, 20_000, 70_000]),
    at,
  }
  return {
    no: random.int(1e9),
    population: random.pick(['residents', 'roamers']),
    countries: random.pick([['JP'], ['FR'], ['FJ'], ['CN'], [], ['FR', 'JP']]),
    language: random.pick([null, 'ko']),
    hplmn: random.pick(['45008', '45005']),
    mission: null,
    place: random.int(3) === 0 ? null : place,
    seenAt: at,
  }
}

const launch = (shape: Shape, severity: Severity = 'Severe', rules: Partial<AlertRules> = {}) =>
  engine.send(alertOf([shape], {} as Partial<Alert>, { severity }), rules)

const end = (broadcastId: number) =>
  engine.rows(`UPDATE alert SET phase = 'ended' WHERE id = (SELECT alert_id FROM broadcast WHERE id = $1)`, broadcastId)

describe('the alerts in force', () => {
  test('concern exactly those whom each of them concerns, while they come and go', async () => {
    const random = prng(7)
    const alerts = new InForceAlerts(engine.countries, engine.routes, log)
    const people = Array.from({ length: 1500 }, () => randomPerson(random))
    let told = 0
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 14; i++) await launch(randomShape(random), 'Severe', randomRules(random))
      const inForce = await broadcastsInForce(engine.db.pool)
      for (const { broadcastId } of inForce.filter(() => random.int(4) === 0)) await end(broadcastId)
      const found = await alerts.concerned(engine.db.pool, people)
      const seen = new Map(
        found.map(({ alert, people }) => [
          alert.broadcastId,
          people.map(({ person, country }) => `${person.no} ${country}`),
        ]),
      )
      for (const { broadcastId, alertId, launchedAt } of await broadcastsInForce(engine.db.pool)) {
        const { document, rules } = (await findAlert(engine.db.pool, alertId)) as AlertRow
        const expected = whoBy(planZone(engine.countries, document, rules, launchedAt), people)
        expect(seen.get(broadcastId) ?? []).toEqual(expected)
        seen.delete(broadcastId)
        told += expected.length
      }
      expect(seen.size).toBe(0)
    }
    expect(told).toBeGreaterThan(5000)
  })

  test('come in the order of their urgency, whenever they were launched', async () => {
    await engine.rows(`UPDATE alert SET phase = 'ended'`)
    const sea: Shape = { kind: 'circle', lon: 145, lat: 30, radiusKm: 50 }
    const ids: Partial<Record<Severity, number>> = {}
    for (const severity of ['Minor', 'Extreme', 'Severe'] as const) {
      ids[severity] = (await launch(sea, severity)).broadcastId
    }
    const aboard = { ...randomPerson(prng(1)), countries: [], place: { lon: 145, lat: 30, radiusM: null, at: null } }
    const found = await new InForceAlerts(engine.countries, engine.routes, log).concerned(engine.db.pool, [aboard])
    expect(found.map(({ alert }) => alert.broadcastId)).toEqual([ids.Extreme, ids.Severe, ids.Minor])
  })

  test('are right for each of two batches that ask at once, though one was answered before a launch', async () => {
    await engine.rows(`UPDATE alert SET phase = 'ended'`)
    const alerts = new InForceAlerts(engine.countries, engine.routes, log)
    const aboard = { ...randomPerson(prng(1)), countries: [], place: { lon: 145, lat: 30, radiusM: null, at: null } }
    const before = await engine.db.pool.connect()
    try {
      await before.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      await before.query('SELECT 1')
      const { broadcastId } = await launch({ kind: 'circle', lon: 145, lat: 30, radiusKm: 50 })
      const [old, young, again] = await Promise.all([
        alerts.concerned(before, [aboard]),
        alerts.concerned(engine.db.pool, [aboard]),
        alerts.concerned(before, [aboard]),
      ])
      expect([old, again]).toEqual([[], []])
      expect(young.map(({ alert }) => alert.broadcastId)).toEqual([broadcastId])
    } finally {
      await before.query('ROLLBACK')
      before.release()
    }
  })
})

const whoBy = (plan: ZonePlan, people: readonly (Person & { no: number })[]): string[] =>
  people.flatMap((person) => {
    const concern = concernOf(plan, person)
    return concern.told ? [`${person.no} ${concern.country}`] : []
  })
