import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isPlaced, isResident, makeWorld, moves, msisdnOf } from '../../bench/people.ts'
import { movePeople, populate } from '../../bench/populate.ts'
import { cellOf } from '../../src/geo/cells.ts'
import { createLogger } from '../../src/lib/log.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { cloneDatabase } from '../support/database.ts'

const world = makeWorld(2_000, 1)
let db: Database
let drop: () => Promise<void>

const indexes = async () =>
  (await db.pool.query(`SELECT indexdef FROM pg_indexes WHERE tablename IN ('resident', 'roamer') ORDER BY 1`)).rows
const places = async () =>
  (
    await db.pool.query(
      `SELECT msisdn, 'resident' AS kind, country, lon, lat, cell FROM resident
       UNION ALL SELECT msisdn, 'roamer', country, lon, lat, cell FROM roamer ORDER BY msisdn`,
    )
  ).rows

let before: unknown

beforeAll(async () => {
  const clone = await cloneDatabase()
  drop = clone.drop
  db = openDatabase(clone.url, createLogger('silent'))
  before = await indexes()
  await populate(db, world)
})

afterAll(async () => {
  await db.close()
  await drop()
})

describe('populating the engine for a benchmark', () => {
  test('registers everybody with his exact place', async () => {
    const rows = await places()
    expect(rows).toHaveLength(world.people)
    for (const [i, row] of rows.entries()) {
      const [lon, lat] = isPlaced(world, i) ? [world.lon[i] as number, world.lat[i] as number] : [null, null]
      const cell = lon === null || lat === null ? null : cellOf(lon, lat)
      expect(row).toMatchObject({ msisdn: msisdnOf(i), kind: isResident(i) ? 'resident' : 'roamer', lon, lat, cell })
      if (row.country !== null) expect(row.country).toBe(world.countryOf(i))
    }
    const { rows: several } = await db.pool.query(`SELECT FROM roamer WHERE country IS NULL AND candidates <> '{}'`)
    expect(several.length).toBeGreaterThan(10)
    expect(several.length).toBe(rows.filter(({ country }) => country === null).length)
  })

  test('leaves the indexes as they were', async () => {
    expect(await indexes()).toEqual(before)
  })

  test('links the numbers of those who have two: one in a hundred is the second number of the one before', async () => {
    const { rows } = await db.pool.query<{ msisdn: number }>('SELECT msisdn FROM linked_number ORDER BY msisdn')
    const linked = Array.from({ length: world.people }, (_, i) => i).filter((i) => i % 100 < 2)
    expect(rows.map(({ msisdn }) => msisdn)).toEqual(linked.map(msisdnOf))
  })

  test('moves those who move and nobody else', async () => {
    const expected = await places()
    for (const { i, lon, lat } of moves(world, 1)) Object.assign(expected[i], { lon, lat, cell: cellOf(lon, lat) })
    await movePeople(db, moves(world, 1))
    expect(await places()).toEqual(expected)
  })
})
