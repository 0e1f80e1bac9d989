import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Alert, Severity } from '../../src/alerts/model.ts'
import type { ChosenRules } from '../../src/alerts/rules.ts'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { type AlertRow, findAlert } from '../../src/store/alerts/alert-row.ts'
import { transaction } from '../../src/store/database.ts'
import { upsertResidents } from '../../src/store/subscribers/upsert-residents.ts'
import { explainNumber } from '../../src/targeting/explain.ts'
import { alertOf, correction, profiles, startEngine, type TestEngine } from './engine.ts'

let engine: TestEngine
const zone: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 50 }
const inside = [137.1, 37.1] as const
const outside = [139, 37] as const
/** 49.9 km from the centre. */
const border = [137.5617, 37] as const

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(() => engine.rows('TRUNCATE resident, roamer, linked_number, opt_out'))

interface Resident {
  readonly country?: string
  readonly place?: readonly [number, number] | null
  readonly language?: string
  readonly mission?: string
  readonly nameRef?: string
}

const addResident = (
  msisdn: string,
  { country = 'JP', place = inside, language, mission = 'tokyo', nameRef }: Resident = {},
) =>
  engine.rows(
    `INSERT INTO resident (msisdn, mission, country, language, name_ref, lon, lat, cell, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() - interval '1 day')`,
    ...[msisdn, mission, country, language ?? null, nameRef ?? null, place?.[0] ?? null, place?.[1] ?? null],
    place && cellOf(...place),
  )

interface Roamer {
  readonly countries?: readonly string[]
  readonly place?: readonly [number, number] | null
  readonly radiusM?: number
  readonly hplmn?: string
  readonly placedAgo?: number
  readonly seenAgo?: number
}

const addRoamer = (
  msisdn: string,
  { countries = ['JP'], place = inside, radiusM, hplmn = '45008', placedAgo = 1, seenAgo = 1 }: Roamer = {},
) =>
  engine.rows(
    `INSERT INTO roamer (msisdn, hplmn, country, candidates, lon, lat, cell, radius_m, placed_at, seen_at)
     VALUES ($1, $2, $3, $4::char(2)[], $5, $6, $7, $8, now() - $9 * interval '1 hour', now() - $10 * interval '1 hour')`,
    ...[msisdn, hplmn, countries.length === 1 ? countries[0] : null, countries.length > 1 ? countries : []],
    ...[place?.[0] ?? null, place?.[1] ?? null, place && cellOf(...place), radiusM ?? null, placedAgo, seenAgo],
  )

const explained = async (row: AlertRow | undefined, msisdn: string) =>
  explainNumber({ ...engine, profiles }, row as AlertRow, msisdn)

/** What an alert that is not launched makes of a number. */
async function asDraft(msisdn: string, rules: ChosenRules = {}, shapes: Shape[] = [zone], alert: Partial<Alert> = {}) {
  return explained(await engine.approve(alertOf(shapes, alert), rules), msisdn)
}

async function asLaunched(alertId: string, msisdn: string) {
  return explained(await findAlert(engine.db.pool, alertId), msisdn)
}

const number = '819011112222'

describe('who is told', () => {
  test.each<[string, Roamer, Shape[], ChosenRules, RegExp]>([
    ['country', { place: null }, [{ kind: 'country', iso2: 'JP' }], {}, /He is in JP, which is meant as a whole/],
    ['inside', {}, [zone], {}, /inside the zone/],
    [
      'ring',
      { place: border, radiusM: 500 },
      [zone],
      { uncertain: 'centre' },
      /within the uncertainty.*\(centre\) counts him in/,
    ],
    ['unplaced', { place: null }, [zone], { unplaced: 'include' }, /Only his country is known, JP/],
    [
      'unplaced',
      { placedAgo: 30 },
      [zone],
      { unplaced: 'include', placeMaxAgeHours: 24 },
      /older than 24 hours: it does not count/,
    ],
  ])('%s', async (standing, person, shapes, rules, words) => {
    await addRoamer(number, person)
    const { told, rows, sentences, carriers } = await asDraft(number, rules, shapes)
    expect(rows).toMatchObject([{ population: 'roamers', told: true, standing, because: null }])
    expect(told).toBe(true)
    expect(sentences).toEqual([expect.stringMatching(/^As a roamer: /)])
    expect(sentences[0]).toMatch(words)
    expect(carriers).toEqual(['home', 'spare'])
  })
})

describe('who is not told', () => {
  test.each<[string, Roamer | Resident, ChosenRules, RegExp]>([
    ['population', {}, { populations: ['residents'] }, /for residents only/],
    ['language', { language: 'ja-JP' }, { languages: ['ko', 'und'] }, /languages ko, und only; his is ja\./],
    ['mission', { mission: 'osaka' }, { missions: ['tokyo'] }, /registered at tokyo only; he is at osaka/],
    ['home-network', { hplmn: '45006' }, { homeNetworks: ['45008', '45005'] }, /45008, 45005 only; his is 45006/],
    ['not-seen-lately', { seenAgo: 100 }, { seenMaxAgeHours: 48 }, /not heard of for more than 48 hours/],
    ['elsewhere', { place: outside }, {}, /not in the zone/],
    ['elsewhere', { countries: [], place: null }, {}, /Nobody knows where he is/],
    [
      'uncertain-place',
      { place: border, radiusM: 3000 },
      { uncertain: 'exclude' },
      /uncertain by 3000 m.*\(exclude\) leaves him out/,
    ],
    ['unplaced', { place: null }, { unplaced: 'exclude' }, /Only his country is known \(JP\).*leaves them out/],
    ['unplaced', { countries: ['JP', 'KR'], place: null }, { unplaced: 'exclude' }, /\(JP or KR\)/],
  ])('%s', async (because, person, rules, words) => {
    const isResident = 'language' in person || 'mission' in person
    await (isResident ? addResident(number, person as Resident) : addRoamer(number, person as Roamer))
    const { told, rows, sentences, carriers, message } = await asDraft(number, rules)
    expect(rows).toMatchObject([{ told: false, standing: null, because }])
    expect({ told, carriers, message }).toEqual({ told: false, carriers: [], message: null })
    expect(sentences.join()).toMatch(words)
  })

  test('of whom nothing is known', async () => {
    const { told, rows, sentences } = await asDraft(number)
    expect({ told, rows }).toEqual({ told: false, rows: [] })
    expect(sentences).toEqual([expect.stringMatching(/Nothing is known of the number/)])
  })
})

describe('what is said of a number', () => {
  test('has no number in full and no place to a metre', async () => {
    await addResident(number, { nameRef: 'A' })
    await addResident('819033334444', { nameRef: 'A' })
    const said = await asDraft(number, { numbers: 'last-seen' }, [zone], {})
    expect(JSON.stringify(said)).not.toMatch(/819011112222|819033334444|11112222|33334444/)
    expect(said.number).toBe('8190******22')
    await engine.rows('UPDATE resident SET lon = 137.123456, lat = 37.054321')
    expect((await asDraft(number)).rows[0]?.place).toMatchObject({ lon: 137.12, lat: 37.05 })
  })

  test('is of both populations, and of the one that decides', async () => {
    await addResident(number, { place: outside })
    await addRoamer(number, {})
    const { told, rows, carriers } = await asDraft(number)
    expect(told).toBe(true)
    expect(rows.map(({ population, because }) => [population, because]).sort()).toEqual([
      ['residents', 'elsewhere'],
      ['roamers', null],
    ])
    expect(carriers).toEqual(['home', 'spare'])
  })

  test('tells which number of a person is told first', async () => {
    await addResident('819000000001', { nameRef: 'A' })
    await addRoamer('819000000001', { seenAgo: 2 })
    await addResident('819000000002', { nameRef: 'A' })
    const first = await asDraft('819000000001', { numbers: 'last-seen' })
    expect(first.numbers).toEqual([
      { number: '8190******01', asked: true },
      { number: '8190******02', asked: false },
    ])
    expect(first.sentences.join()).toMatch(/Of the 2 numbers of this person it is the one last seen/)
    const second = await asDraft('819000000002', { numbers: 'last-seen' })
    expect(second.sentences.join()).toMatch(/Another number of this person, 8190\*+01, was seen later/)
    expect((await asDraft('819000000002', { numbers: 'every' })).numbers).toHaveLength(1)
  })

  test.each<[Severity, RegExp, string[]]>([
    ['Severe', /cannot be refused/, ['home', 'spare']],
    ['Minor', /asked for no more texts: his message is made as suppressed/, []],
  ])('tells who refuses a %s alert', async (severity, words, carriers) => {
    await addRoamer(number)
    await engine.rows('INSERT INTO opt_out (msisdn) VALUES ($1)', number)
    const said = await explained(await engine.approve(alertOf([zone], {}, { severity })), number)
    expect(said).toMatchObject({ told: true, optedOut: true, carriers })
    expect(said.sentences.join()).toMatch(words)
  })

  test('tells whom no carrier reaches', async () => {
    await addResident(number, { country: 'VN', place: null })
    const said = await asDraft(number, {}, [{ kind: 'country', iso2: 'VN' }])
    expect(said.carriers).toEqual([])
    expect(said.sentences.join()).toMatch(/No carrier reaches him/)
  })
})

describe('what is said after a launch', () => {
  test('tells the message of the selection, and that something else may have been known then', async () => {
    await addRoamer(number)
    const { alertId, broadcastId } = await engine.send(alertOf([zone]))
    const said = await asLaunched(alertId, number)
    expect(said).toMatchObject({
      told: true,
      broadcastId,
      message: { madeAs: 'selection', state: 'pending', reason: 'roamer' },
    })
    expect(said.sentences[0]).toMatch(
      /^Message \d+ was made for him at .*when the people of the zone were chosen; it is pending\.$/,
    )
    expect(said.sentences.at(-1)).toMatch(/by what is known now; the launch was at/)
    await engine.report({
      msisdn: number,
      countries: ['JP'],
      at: new Date(Date.now() + 1000),
      event: 'location',
      hplmn: '45008',
      lon: 139,
      lat: 37,
    })
    const later = await asLaunched(alertId, number)
    expect(later).toMatchObject({ told: false, rows: [{ because: 'elsewhere' }], message: { madeAs: 'selection' } })
    expect(later.sentences.at(-1)).toMatch(/He was heard of after the launch/)
  })

  test('tells a late entrant', async () => {
    const { alertId } = await engine.send(alertOf([{ kind: 'country', iso2: 'JP' }]))
    await engine.report({ msisdn: number, countries: ['JP'], at: new Date(), event: 'enter', hplmn: '45008' })
    const said = await asLaunched(alertId, number)
    expect(said.message).toMatchObject({ madeAs: 'late-entrant' })
    expect(said.sentences[0]).toMatch(/because he came into the zone/)
  })

  test('tells that nobody made a message, or that a number waits for its turn', async () => {
    await addResident('819000000001', { nameRef: 'A' })
    await addRoamer('819000000001')
    await addResident('819000000002', { nameRef: 'A' })
    await addResident('819000000003', { place: outside })
    const { alertId } = await engine.send(alertOf([zone]), { numbers: 'last-seen' })
    expect((await asLaunched(alertId, '819000000003')).sentences[0]).toBe('No message was made for him.')
    const { message, sentences } = await asLaunched(alertId, '819000000002')
    expect(message).toBeNull()
    expect(sentences[1]).toMatch(/waits for his turn: he is told should 8190\*+01 not have the text in time/)
  })

  test('tells who gets a correction because he may have the text, wherever he is', async () => {
    await addRoamer(number)
    await addRoamer('819099999999')
    const original = alertOf([zone])
    const { broadcastId } = await engine.send(original)
    await engine.rows(`UPDATE message SET state = 'submitted' WHERE broadcast_id = $1`, broadcastId)
    await engine.rows(`UPDATE roamer SET country = 'KR', lon = NULL, lat = NULL, cell = NULL`)
    await engine.rows('INSERT INTO opt_out (msisdn) VALUES ($1)', number)
    const update = correction('Update', original, [zone])
    const row = await engine.approve(update)
    const before = await explained(row, number)
    expect(before).toMatchObject({ told: true, holderOf: broadcastId, message: null, carriers: ['home', 'spare'] })
    expect(before.sentences.join()).toMatch(
      /may have the text of broadcast .* what corrects a text that he may have is sent all the same/,
    )
    const sent = await engine.send(correction('Cancel', original))
    const after = await asLaunched(sent.alertId, number)
    expect(after).toMatchObject({ holderOf: broadcastId, message: { madeAs: 'holder' } })
    // Whose text was never taken does not have it.
    await engine.rows(
      `UPDATE message SET state = 'failed' WHERE broadcast_id = $1 AND msisdn = $2`,
      broadcastId,
      number,
    )
    expect(await explained(row, number)).toMatchObject({ told: false, holderOf: null })
  })
})

test('a resident who moves after the launch is said to be registered anew', async () => {
  await addResident(number)
  const { alertId } = await engine.send(alertOf([zone]))
  const moved = { msisdn: number, mission: 'tokyo', country: 'JP', lon: 139, lat: 37, cell: cellOf(139, 37) }
  await transaction(engine.db.pool, (client) => upsertResidents(client, [moved]))
  expect((await asLaunched(alertId, number)).sentences.at(-1)).toMatch(/He was registered anew after the launch/)
})
