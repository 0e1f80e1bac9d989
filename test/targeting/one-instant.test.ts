import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import type { Database } from '../../src/store/database.ts'
import { previewAlert } from '../../src/targeting/preview.ts'
import { alertOf, correction, profiles, startEngine, type TestEngine } from './engine.ts'
import { addResidents } from './people.ts'
import { watched } from './watched.ts'

let engine: TestEngine
const noto: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 50 }
const fiji: Shape = { kind: 'country', iso2: 'FJ' }
const people = Array.from({ length: 40 }, (_, i) => String(81900 + i))

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows('DELETE FROM resident')
  await addResidents(
    engine.db,
    people.map((msisdn) => ({ msisdn, country: 'JP', place: [137, 37] as const })),
  )
})

/** Five go from Noto to Fiji. */
const move = () =>
  engine.rows(`UPDATE resident SET country = 'FJ', lon = NULL, lat = NULL, cell = NULL WHERE msisdn < 81905`)

/** The database, in which people move, and that is committed, after the first answer and before the second question about people. */
function moving(): { db: Database; moves: () => number } {
  const question = /FROM (resident|roamer) p|count\(\*\)/
  let moved: Promise<unknown> | undefined
  let moves = 0
  const db = watched(engine.db, () => async (text, run) => {
    if (!question.test(text)) return run()
    if (moved) {
      await moved
      return run()
    }
    const result = run()
    moved = result.then(move).then(() => moves++)
    await moved
    return result
  })
  return { db, moves: () => moves }
}

test('a preview counts whoever moves from one part of the zone into another meanwhile, and once', async () => {
  const alert = alertOf([noto, fiji])
  const preview = (db: Database) => previewAlert({ ...engine, db, profiles }, alert, rulesFor(alert))
  const { db, moves } = moving()
  expect(await preview(db)).toMatchObject({ matched: 40, byCountry: { JP: 40 } })
  expect(moves()).toBe(1)
  expect(await preview(engine.db)).toMatchObject({ matched: 40, byCountry: { JP: 35, FJ: 5 } })
})

test('the preview of a correction takes nobody off who has the text and has left meanwhile', async () => {
  const alert = alertOf([noto])
  const { broadcastId, alertId } = await engine.send(alert)
  await engine.rows(`UPDATE message SET state = 'delivered' WHERE broadcast_id = $1 AND msisdn < 81910`, broadcastId)
  const update = correction('Update', alert, [noto])
  const { id, chainId } = await engine.approve(update)
  const preview = (db: Database) =>
    previewAlert({ ...engine, db, profiles }, update, rulesFor(update), { alertId: id, chainId })
  expect(id).not.toBe(alertId)
  const { db, moves } = moving()
  expect(await preview(db)).toMatchObject({ matched: 40, byStanding: { holder: 10, inside: 30 } })
  expect(moves()).toBe(1)
  expect(await preview(engine.db)).toMatchObject({ matched: 40, byStanding: { holder: 10, inside: 30 } })
})
