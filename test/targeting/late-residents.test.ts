import { afterEach, beforeEach, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import { transaction } from '../../src/store/database.ts'
import { upsertResidents } from '../../src/store/subscribers/upsert-residents.ts'
import type { Resident } from '../../src/subscribers/resident.ts'
import { LateResidents } from '../../src/targeting/late-residents.ts'
import { dying, Killed } from './dying.ts'
import { alertOf, allClear, startEngine, type TestEngine } from './engine.ts'

const noto = { kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 } as const

let engine: TestEngine
let late: LateResidents

beforeEach(async () => {
  engine = await startEngine()
  late = new LateResidents(engine.select)
})

afterEach(() => engine.close())

function resident(msisdn: string, place?: [lon: number, lat: number]): Resident {
  const where = place && { lon: place[0], lat: place[1], cell: cellOf(place[0], place[1]) }
  return { msisdn, mission: 'tokyo', country: 'JP', ...where }
}

const upsert = (residents: Resident[]) => transaction(engine.db.pool, (client) => upsertResidents(client, residents))
const told = async (broadcastId: number) => Object.fromEntries(await engine.told(broadcastId))
const arrivals = () => engine.rows('SELECT FROM resident_arrival')

test('a resident who registers inside the zone while the alert is in force is told, one outside it is not', async () => {
  await upsert([resident('8190000000', [137, 37.2])])
  const { broadcastId } = await engine.send(alertOf([noto]))
  await upsert([resident('8190000001', [137.1, 37.1]), resident('8190000002', [139.7, 35.7])])
  await late.work()
  expect(await told(broadcastId)).toEqual({ 8190000000: 'resident', 8190000001: 'late-entrant' })
  expect(await arrivals()).toEqual([])
})

test('a resident whose place is corrected into the zone is told, and only once', async () => {
  await upsert([resident('8190000001', [139.7, 35.7])])
  const { broadcastId } = await engine.send(alertOf([noto]))
  expect(await told(broadcastId)).toEqual({})
  for (const _ of [1, 2]) {
    await upsert([resident('8190000001', [137, 37.2])])
    await late.work()
  }
  expect(await told(broadcastId)).toEqual({ 8190000001: 'late-entrant' })
})

test('the rule for the unplaced holds for residents who come late too', async () => {
  const including = await engine.send(alertOf([noto]), { unplaced: 'include' })
  const excluding = await engine.send(alertOf([noto]), { unplaced: 'exclude' })
  await upsert([resident('8190000001')])
  await late.work()
  expect(await told(including.broadcastId)).toEqual({ 8190000001: 'late-entrant' })
  expect(await told(excluding.broadcastId)).toEqual({})
})

test('nobody is noted while no alert is in force, and nobody is told after the all-clear', async () => {
  expect(await upsert([resident('8190000001', [137, 37.2])])).toEqual({ added: 1, alerted: false })
  expect(await arrivals()).toEqual([])
  const first = alertOf([noto])
  const { broadcastId } = await engine.send(first)
  await upsert([resident('8190000002', [137, 37.2])])
  await engine.send(allClear(first))
  await late.work()
  expect(await told(broadcastId)).toEqual({ 8190000001: 'resident' })
})

test('killed before the commit, the arrivals are told of by the next run', async () => {
  const { broadcastId } = await engine.send(alertOf([noto]))
  await upsert([resident('8190000001', [137, 37.2])])
  const killed = new LateResidents({ ...engine.select, db: dying(engine.db, 'before-commit', /INSERT INTO message/) })
  await expect(killed.work()).rejects.toThrow(Killed)
  expect(await told(broadcastId)).toEqual({})
  await late.work()
  expect(await told(broadcastId)).toEqual({ 8190000001: 'late-entrant' })
})
