import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { NextNumbers } from '../../src/targeting/next-numbers.ts'
import { alertOf, startEngine, type TestEngine } from './engine.ts'

let engine: TestEngine
let numbers: NextNumbers

beforeAll(async () => {
  engine = await startEngine()
  numbers = new NextNumbers(engine.select)
})

afterAll(() => engine?.close())

const zone: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 40 }
const inside = [137, 37] as const
const elsewhere = [10, 50] as const

/** Registered this many hours ago. */
async function register(
  msisdn: number,
  mission: string,
  nameRef: string | null,
  hours: number,
  place: readonly [number, number] = inside,
) {
  await engine.rows(
    `INSERT INTO resident (msisdn, mission, country, name_ref, lon, lat, cell, updated_at)
     VALUES ($1, $2, 'JP', $3, $4, $5, $6, now() - $7 * interval '1 hour')`,
    ...[msisdn, mission, nameRef, ...place, cellOf(...place), hours],
  )
}

const lesser = () => alertOf([zone], {}, { severity: 'Moderate' })
const told = async (broadcastId: number) => Object.fromEntries(await engine.told(broadcastId))
const move = (broadcastId: number, msisdn: number, state: string, minutes = 0) =>
  engine.rows(
    `UPDATE message SET state = $3::message_state, submitted_at = now() - $4 * interval '1 minute'
      WHERE broadcast_id = $1 AND recipient_key = $2`,
    ...[broadcastId, msisdn, state, minutes],
  )
const waiting = () => engine.rows('SELECT msisdn FROM next_number ORDER BY msisdn')

beforeEach(async () => {
  await engine.rows('TRUNCATE resident, roamer, linked_number, next_number')
})

describe('a person of three numbers', () => {
  beforeEach(async () => {
    await register(81_1, 'tokyo', 'A-1', 30)
    await register(81_2, 'tokyo', 'A-1', 10)
    await register(81_3, 'tokyo', 'A-1', 20)
    await register(81_4, 'osaka', 'A-1', 5)
    await register(81_5, 'tokyo', null, 5)
  })

  test('is told of a grave alert on every one', async () => {
    const { broadcastId } = await engine.send(alertOf([zone]))
    expect(Object.keys(await told(broadcastId))).toEqual(['811', '812', '813', '814', '815'])
    expect(await waiting()).toEqual([])
  })

  test('is told of a lesser one on the one last seen; the same reference at another mission is another person', async () => {
    const { broadcastId } = await engine.send(lesser())
    expect(Object.keys(await told(broadcastId))).toEqual(['812', '814', '815'])
    expect(await waiting()).toEqual([{ msisdn: 811 }, { msisdn: 813 }])
  })

  test('is told on the next when five minutes have passed, number after number', async () => {
    const { broadcastId } = await engine.send(lesser())
    expect(await numbers.work()).toBe(0)
    await move(broadcastId, 812, 'submitted', 4)
    expect(await numbers.work()).toBe(0)
    await move(broadcastId, 812, 'submitted', 6)
    expect(await numbers.work()).toBe(1)
    expect(await told(broadcastId)).toMatchObject({ 813: 'other-number' })
    expect(await waiting()).toEqual([{ msisdn: 811 }])
    expect(await numbers.work()).toBe(0)
    await move(broadcastId, 813, 'submitted', 6)
    expect(await numbers.work()).toBe(1)
    expect(await told(broadcastId)).toMatchObject({ 811: 'other-number' })
  })

  test('is told on the next at once where a number fails', async () => {
    const { broadcastId } = await engine.send(lesser())
    await move(broadcastId, 812, 'failed')
    expect(await numbers.work()).toBe(1)
    expect(await told(broadcastId)).toMatchObject({ 813: 'other-number' })
  })

  test('is left in peace once it is delivered', async () => {
    const { broadcastId } = await engine.send(lesser())
    await move(broadcastId, 812, 'delivered', 10)
    expect(await numbers.work()).toBe(0)
    expect(await waiting()).toEqual([])
  })

  test('is not told on a number that has left the zone', async () => {
    const { broadcastId } = await engine.send(lesser())
    await engine.rows(
      'UPDATE resident SET lon = $1, lat = $2, cell = $3 WHERE msisdn = 813',
      ...elsewhere,
      cellOf(...elsewhere),
    )
    await move(broadcastId, 812, 'failed')
    expect(await numbers.work()).toBe(0)
    expect(await numbers.work()).toBe(1)
    expect(await told(broadcastId)).toMatchObject({ 811: 'other-number' })
  })

  test('who comes into the zone with another number is told there only if it does not arrive on the first', async () => {
    const { broadcastId } = await engine.send(lesser())
    await register(81_9, 'tokyo', 'A-1', 0, elsewhere)
    const [lon, lat] = inside
    await engine.report({ msisdn: '819', event: 'location', countries: ['JP'], at: new Date(), lon, lat })
    expect(await told(broadcastId)).not.toHaveProperty('819')
    await move(broadcastId, 812, 'failed')
    await numbers.work()
    expect(await told(broadcastId)).toMatchObject({ 819: 'other-number' })
  })

  test('is told on no more numbers when the alert is over', async () => {
    const { broadcastId } = await engine.send(lesser())
    await engine.rows('UPDATE broadcast SET cancelled_at = now() WHERE id = $1', broadcastId)
    await move(broadcastId, 812, 'failed')
    expect(await numbers.work()).toBe(0)
    expect(await waiting()).toEqual([])
  })
})

describe('the numbers of one person are known', () => {
  const linked = async () =>
    (
      await engine.rows<{ msisdn: number; twice: boolean; who: number }>(
        'SELECT msisdn, twice, dense_rank() OVER (ORDER BY person) AS who FROM linked_number ORDER BY msisdn',
      )
    ).map(({ msisdn, twice }) => [msisdn, twice])

  test('also where the Korean number of a resident is seen as a roamer, before or after he registered it', async () => {
    const roam = (msisdn: number) => engine.rows('INSERT INTO roamer (msisdn, seen_at) VALUES ($1, now())', msisdn)
    await roam(821)
    await register(821, 'tokyo', 'B', 1)
    await register(822, 'tokyo', null, 1)
    await roam(822)
    await roam(823)
    expect(await linked()).toEqual([
      [821, true],
      [822, true],
    ])
  })

  test('and a number that becomes another person’s is his', async () => {
    await register(811, 'tokyo', 'A', 1)
    await register(812, 'tokyo', 'A', 1)
    await engine.rows(`UPDATE resident SET name_ref = 'Z' WHERE msisdn = 812`)
    const { broadcastId } = await engine.send(lesser())
    expect(Object.keys(await told(broadcastId))).toEqual(['811', '812'])
    expect(await waiting()).toEqual([])
  })

  test('but not where many share a reference: each is a person of his own, also those who had it first', async () => {
    for (let i = 0; i < 10; i++) await register(8100 + i, 'tokyo', '-', 1)
    expect((await linked()).length).toBe(10)
    const { broadcastId } = await engine.send(lesser())
    expect((await engine.told(broadcastId)).size).toBe(1)
    for (let i = 10; i < 30; i++) await register(8100 + i, 'tokyo', '-', 1)
    const { broadcastId: next } = await engine.send(lesser())
    expect((await engine.told(next)).size).toBe(30)
  })

  test('also of those who come into the zone together: one is told, the other waits', async () => {
    const { broadcastId } = await engine.send(lesser())
    await register(811, 'tokyo', 'C', 1, elsewhere)
    await register(812, 'tokyo', 'C', 1, elsewhere)
    const [lon, lat] = inside
    const come = (msisdn: string) => ({
      msisdn,
      event: 'location' as const,
      countries: ['JP'],
      at: new Date(),
      lon,
      lat,
    })
    await engine.report(come('811'), come('812'))
    expect(Object.values(await told(broadcastId))).toEqual(['late-entrant'])
    const waits = await engine.rows('SELECT FROM next_number WHERE broadcast_id = $1', broadcastId)
    expect(waits.length).toBe(1)
  })

  test('and who is still a roamer is looked at, though his registration is gone', async () => {
    await register(811, 'tokyo', null, 1)
    await engine.rows('INSERT INTO roamer (msisdn, seen_at) VALUES (811, now())')
    await engine.rows('DELETE FROM resident WHERE msisdn = 811')
    expect(await linked()).toEqual([[811, true]])
  })

  test('nor is one that was given up still somebody’s', async () => {
    await register(811, 'tokyo', 'A', 1)
    await register(812, 'tokyo', 'A', 1)
    await engine.rows('DELETE FROM resident WHERE msisdn = 812')
    expect(await linked()).toEqual([[811, false]])
  })
})
