import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rulesFor } from '../../src/alerts/rules.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { previewAlert } from '../../src/targeting/preview.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { expectToAddUp } from './adds-up.ts'
import { dying, Killed } from './dying.ts'
import { alertOf, profiles, startEngine, type TestEngine } from './engine.ts'
import { addRoamers, type RoamerRow } from './people.ts'
import { watched } from './watched.ts'

let engine: TestEngine
const guadeloupe: Shape = { kind: 'country', iso2: 'GP' }
const saintMartin: Shape = { kind: 'country', iso2: 'MF' }
/** Both islands and their neighbours, as a drawing. */
const islands: Shape = {
  kind: 'polygon',
  rings: [
    [
      [-63.5, 15.5],
      [-60.5, 15.5],
      [-60.5, 18.5],
      [-63.5, 18.5],
      [-63.5, 15.5],
    ],
  ],
}

/** More than two pages of those who may be on either island; some have a place, on one of them or far away. */
const either: RoamerRow[] = Array.from({ length: 4500 }, (_, i) => {
  const place = i % 10 === 0 ? ([-61.5, 16.2] as const) : i % 10 === 1 ? ([2.35, 48.85] as const) : undefined
  const countries = i % 3 === 0 ? ['MF', 'GP'] : i % 3 === 1 ? ['GP', 'MF', 'BL'] : ['GP', 'MF']
  return { msisdn: String(821_000_000_000 + i), countries, ...(place && { place }) }
})
const elsewhere: RoamerRow[] = Array.from({ length: 50 }, (_, i) => ({
  msisdn: String(822_000_000_000 + i),
  countries: ['FJ', 'TV'],
}))
const msisdns = (people: readonly RoamerRow[]) => people.map(({ msisdn }) => msisdn)
const notFarAway = either.filter((_, i) => i % 10 !== 1)

beforeAll(async () => {
  engine = await startEngine()
  await addRoamers(engine.db, [...either, ...elsewhere])
})

afterAll(() => engine?.close())

const preview = (shapes: Shape[], unplaced: 'include' | 'exclude') => {
  const alert = alertOf(shapes)
  return previewAlert({ ...engine, profiles }, alert, rulesFor(alert, { unplaced }))
}

describe('a roamer who may be in several countries of a zone', () => {
  test.each([
    ['that are meant as a whole', [guadeloupe, saintMartin], either],
    ['that it reaches into', [islands], notFarAway],
    ['of which one is meant as a whole', [guadeloupe, islands], either],
  ] as const)('%s is counted once and told once', async (_, shapes, expected) => {
    expect(await preview([...shapes], 'include')).toMatchObject({ matched: expected.length, apart: 0 })
    const { broadcastId } = await engine.send(alertOf([...shapes]), { unplaced: 'include' })
    expect([...(await engine.told(broadcastId)).keys()]).toEqual(msisdns(expected))
    const [broadcast] = await engine.rows('SELECT expected FROM broadcast WHERE id = $1', broadcastId)
    expect(broadcast).toEqual({ expected: expected.length })
    await expectToAddUp(engine, broadcastId, expected.length)
  })

  test('is counted apart once where the rule leaves him out', async () => {
    const placed = either.filter((_, i) => i % 10 === 0)
    const unplaced = either.filter(({ place }) => place === undefined)
    expect(await preview([islands], 'exclude')).toMatchObject({ matched: placed.length, apart: unplaced.length })
  })

  test('is found by one look for all of them, page after page', async () => {
    const { broadcastId } = await engine.launch(alertOf([guadeloupe, saintMartin]))
    const looks = { all: 0, pages: 0 }
    const db = watched(engine.db, () => (text, run) => {
      if (/array_agg\(p.msisdn/.test(text)) looks.all++
      if (/selection_cursor = /.test(text)) looks.pages++
      return run()
    })
    await runSelection({ ...engine.select, db }, broadcastId)
    // The count asks for groups.
    expect(looks.all).toBe(1)
    expect(looks.pages).toBeGreaterThan(either.length / 2000)
    expect((await engine.told(broadcastId)).size).toBe(either.length)
  })

  test('is told once where the selection is killed after each page', async () => {
    const { broadcastId } = await engine.launch(alertOf([guadeloupe, saintMartin]))
    let kills = 0
    for (let done = false; !done; ) {
      const db = dying(engine.db, 'after-commit', /SET selection_cursor/)
      done = await runSelection({ ...engine.select, db }, broadcastId).then(
        () => true,
        (error) => {
          expect(error).toBeInstanceOf(Killed)
          kills++
          return false
        },
      )
    }
    expect(kills).toBeGreaterThan(3)
    expect([...(await engine.told(broadcastId)).keys()]).toEqual(msisdns(either))
    await expectToAddUp(engine, broadcastId, either.length)
  })
})
