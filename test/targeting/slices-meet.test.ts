import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { lockInForce } from '../../src/store/alerts/in-force.ts'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { type Database, transaction } from '../../src/store/database.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { expectToAddUp } from './adds-up.ts'
import { Killed } from './dying.ts'
import { alertOf, startEngine, type TestEngine } from './engine.ts'
import { addResidents } from './people.ts'
import { waitingFor } from './waiting.ts'
import { watched } from './watched.ts'

let engine: TestEngine
const noto = { kind: 'circle', lon: 137, lat: 37, radiusKm: 50 } as const satisfies Shape
const osaka = { kind: 'circle', lon: 135.5, lat: 34.7, radiusKm: 50 } as const satisfies Shape

/** A slice at either place: that of Osaka, further south and west, comes first. */
const each = 1200
const people = [osaka, noto].flatMap(({ lon, lat }, i) =>
  Array.from({ length: each }, (_, n) => ({ msisdn: String(81_900_000_000 + i * each + n), country: 'JP', lon, lat })),
)
const msisdns = people.map(({ msisdn }) => msisdn)
const firstOfNoto = msisdns[each] as string

beforeAll(async () => {
  engine = await startEngine()
})

afterAll(() => engine?.close())

beforeEach(async () => {
  await engine.rows('DELETE FROM resident')
  await addResidents(
    engine.db,
    people.map(({ lon, lat, ...person }) => ({ ...person, place: [lon, lat] })),
  )
})

const launch = () => engine.launch(alertOf([noto, osaka]))

async function expectEverybodyOnce(broadcastId: number): Promise<void> {
  expect([...(await engine.told(broadcastId)).keys()]).toEqual(msisdns)
  await expectToAddUp(engine, broadcastId, people.length)
  const [broadcast] = await engine.rows('SELECT state FROM broadcast WHERE id = $1', broadcastId)
  expect(broadcast).toEqual({ state: 'sending' })
}

/** Puts something around the statements that make the messages of slices. @param of which slice, from 1 in the order of their transactions */
function aroundInserts(around: (of: number, run: () => Promise<unknown>) => Promise<unknown>): Database {
  let slices = 0
  return watched(engine.db, () => {
    let slice = 0
    return (text, run) => {
      if (/pg_advisory_xact_lock_shared/.test(text)) slice = ++slices
      return /INSERT INTO message /.test(text) && /WITH keys/.test(text) ? around(slice, run) : run()
    }
  })
}

interface Gate {
  readonly passed: Promise<void>
  readonly open: () => void
}

function gate(): Gate {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { passed, open: () => open() }
}

test('a slice that waits for the next one, which waits for its turn, gives up, and both are made again', async () => {
  const { broadcastId } = await launch()
  const second = gate()
  const codes: string[] = []
  const db = aroundInserts(async (slice, run) => {
    if (slice === 1) {
      await second.passed
      // Whose message the second slice has made and not committed is found by the first one as well.
      await engine.rows(
        `UPDATE resident SET (lon, lat, cell) = (SELECT lon, lat, cell FROM resident WHERE msisdn = $2) WHERE msisdn = $1`,
        firstOfNoto,
        msisdns[0],
      )
    }
    return run()
      .finally(() => {
        if (slice === 2) second.open()
      })
      .catch((error) => {
        codes.push(error.code)
        throw error
      })
  })
  await runSelection({ ...engine.select, db }, broadcastId)
  expect(codes).toEqual(['55P03'])
  await expectEverybodyOnce(broadcastId)
})

describe('a slice whose people another process is about to tell', () => {
  test.each([
    ['is made by one of the two where that goes on', true],
    ['is made where that dies', false],
  ])('%s', async (_, goesOn) => {
    const { broadcastId } = await launch()
    const [made, answered] = [gate(), gate()]
    const db = aroundInserts(async (slice, run) => {
      const result = await run()
      if (slice > 1) return result
      made.open()
      await answered.passed
      if (!goesOn) throw new Killed()
      return result
    })
    const other = runSelection({ ...engine.select, db }, broadcastId).then(
      () => 'returned',
      (error: Error) => error,
    )
    await made.passed
    const own = runSelection(engine.select, broadcastId)
    // It knows no groups, because it has not counted: it makes messages one by one, holding the broadcast.
    await waitingFor(engine.db, /INSERT INTO message /).finally(answered.open)
    await own
    if (goesOn) expect(await other).toBe('returned')
    else expect(await other).toBeInstanceOf(Killed)
    await expectEverybodyOnce(broadcastId)
  })
})

describe('somebody who comes late, and is told after the selection has counted', () => {
  test.each([
    ['has no second message', true],
    ['has one from his slice where the other was never committed', false],
  ])('%s', async (_, commits) => {
    const { broadcastId } = await launch()
    let selection: Promise<void> | undefined
    const late = transaction(engine.db.pool, async (client) => {
      await lockInForce(client, broadcastId)
      const message = { recipientKey: Number(firstOfNoto), msisdn: firstOfNoto, variant: 1, country: 'JP' } as const
      await insertMessages(client, broadcastId, LANES.extreme, [
        { ...message, reason: 'late-entrant', route: [engine.no('local')] },
      ])
      selection = runSelection(engine.select, broadcastId)
      await waitingFor(engine.db, /UPDATE broadcast SET expected/)
      if (!commits) throw new Killed()
    }).catch((error: Error) => error)
    if (commits) expect(await late).toBeUndefined()
    else expect(await late).toBeInstanceOf(Killed)
    await selection
    await expectEverybodyOnce(broadcastId)
    expect((await engine.told(broadcastId)).get(firstOfNoto)).toBe(commits ? 'late-entrant' : 'resident')
  })
})
