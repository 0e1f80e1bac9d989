import { spawn } from 'node:child_process'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { transaction } from '../../src/store/database.ts'
import { EntryWaits } from '../../src/targeting/entry-waits.ts'
import { builtFile } from '../support/built.ts'
import { EntryWorld } from './entry-world.ts'
import { waitingFor } from './waiting.ts'
import { watched } from './watched.ts'

let world: EntryWorld

beforeAll(async () => {
  world = await EntryWorld.start()
})

afterAll(() => world?.engine.close())
beforeEach(() => world.reset())

/** So many enter Japan, and wait for two minutes; half of them leave. */
async function arrive(count: number): Promise<void> {
  await world.policy('*', { delaySeconds: 120, returnMinutes: 0 })
  const numbers = Array.from({ length: count }, (_, i) => String(821_000_000_000 + i))
  await world.report(...numbers.map((msisdn) => world.event(0, msisdn, 'JP')))
  const leaving = numbers.filter((_, i) => i % 2 === 1)
  await world.report(...leaving.map((msisdn) => world.event(1, msisdn, 'JP', { event: 'leave' })))
}

const counts = async () => {
  const [row] = await world.engine.rows<Record<string, number>>(`
    SELECT (SELECT count(*)::int FROM entry_wait) waits, (SELECT count(*)::int FROM journey) journeys,
           (SELECT count(*)::int FROM message) messages, (SELECT count(*)::int FROM roaming_event WHERE outcome = 'waits') open`)
  return row
}

describe('texts that wait', () => {
  test('of which one cannot be made hold up none of the others, and it is tried again later', async () => {
    await world.policy('*', { delaySeconds: 120 })
    const [him, her] = ['821000000001', '821000000002']
    await world.enter(0, him, 'JP')
    await world.enter(0, her, 'JP')
    await world.engine.rows(`ALTER TABLE journey ADD CONSTRAINT poison CHECK (msisdn <> ${him})`)
    try {
      await world.at(2)
      expect([await world.texts(him), await world.texts(her)]).toMatchObject([[], [expect.any(String)]])
      await world.at(3)
    } finally {
      await world.engine.rows('ALTER TABLE journey DROP CONSTRAINT poison')
    }
    await world.at(8)
    expect(await world.texts(him)).toHaveLength(1)
    expect(await world.texts(her)).toHaveLength(1)
    expect(await world.tallies()).toEqual({ sent: 2 })
  })

  test('are settled in batches, each by one of the workers that ask at once', async () => {
    await arrive(2300)
    const clock = () => world.time(2).getTime()
    const workers = [1, 2, 3].map(() => new EntryWaits({ ...world.deps, clock }))
    const sent = await Promise.all(workers.map((worker) => worker.work()))
    expect(sent.reduce((sum, n) => sum + n, 0)).toBe(1150)
    expect(await counts()).toEqual({ waits: 0, journeys: 1150, messages: 1150, open: 0 })
    expect(await world.tallies()).toEqual({ sent: 1150, 'left-before': 1150, left: 1150 })
    const twice = await world.engine.rows('SELECT msisdn FROM message GROUP BY msisdn HAVING count(*) > 1')
    expect(twice).toEqual([])
  })

  test('lose nobody and tell nobody twice, at whatever statement the worker is killed', async () => {
    await arrive(4)
    const clock = () => world.time(2).getTime()
    let statements = 1
    for (; statements < 100; statements++) {
      let left = statements
      const { db } = world.deps
      const mortal = watched(db, () => async (_, run) => {
        if (--left <= 0) throw new Error('killed')
        return run()
      })
      const query = async (...args: unknown[]) => {
        if (--left <= 0) throw new Error('killed')
        return (db.pool.query as (...a: unknown[]) => Promise<unknown>).apply(db.pool, args)
      }
      const pool = new Proxy(mortal.pool, { get: (of, name) => (name === 'query' ? query : Reflect.get(of, name)) })
      const killed = { ...mortal, pool }
      const before = await counts()
      const died = await new EntryWaits({ ...world.deps, db: killed, clock }).work().then(
        () => false,
        () => true,
      )
      const { waits } = (await counts()) as { waits: number }
      if (waits === 0) break
      // The server had not noticed the death before: the rows were in other hands.
      if (!died) statements--
      expect(await counts()).toEqual(before)
      expect(before).toEqual({ waits: 4, journeys: 0, messages: 0, open: 4 })
    }
    // All of them were tried.
    expect(statements).toBeGreaterThan(15)
    expect(await counts()).toEqual({ waits: 0, journeys: 2, messages: 2, open: 0 })
  })

  test('lose nobody and tell nobody twice where the process is killed in the middle', async () => {
    await arrive(4)
    // The process goes by the real clock.
    await world.engine.rows(
      `UPDATE entry_wait SET due_at = now() - interval '1 second', entered_at = now() - interval '1 hour'`,
    )
    await world.engine.rows(
      `UPDATE roamer SET left_at = now() - interval '1 hour', entered_at = now() - interval '1 hour'`,
    )
    const { db } = world.deps
    const child = await transaction(db.pool, async (blocker) => {
      // Its last statements wait here: rows are taken, journeys and messages are made.
      await blocker.query('LOCK TABLE chunk IN SHARE MODE')
      const child = spawn(process.execPath, [builtFile('test/targeting/entry-waits-child.ts'), db.url], {
        stdio: 'inherit',
      })
      await expect.poll(() => waitingFor(db, /INSERT INTO chunk/), { timeout: 60_000 }).toBeUndefined()
      expect(await counts()).toEqual({ waits: 4, journeys: 0, messages: 0, open: 4 })
      const ended = new Promise((resolve) => child.once('close', (_, signal) => resolve(signal)))
      child.kill('SIGKILL')
      return ended
    })
    expect(child).toBe('SIGKILL')
    // Its connection goes when the server notices; until then its rows are in other hands.
    await expect
      .poll(async () => {
        await new EntryWaits(world.engine.select).work()
        return counts()
      })
      .toEqual({ waits: 0, journeys: 2, messages: 2, open: 0 })
  }, 90_000)

  test('are waited for by whoever comes back while they are being settled', async () => {
    await world.policy('*', { delaySeconds: 120, returnMinutes: 0, coolDownHours: 24 })
    await world.enter(0, '821000000000', 'JP')
    await world.leave(1, '821000000000', 'JP')
    const { db } = world.deps
    const clock = () => world.time(2).getTime()
    await transaction(db.pool, async (blocker) => {
      await blocker.query('LOCK TABLE event_tally IN SHARE MODE')
      const settling = new EntryWaits({ ...world.deps, clock }).work()
      await waitingFor(db, /INSERT INTO event_tally/)
      const coming = world.enter(2, '821000000000', 'JP')
      await waitingFor(db, /entry_wait/)
      return { both: Promise.all([settling, coming]) }
    }).then(({ both }) => both)
    // The first entry was found to be over; so the second is one.
    expect(await world.outcomes('821000000000')).toEqual(['left-before', 'left', 'waits'])
    await world.at(4)
    expect(await world.outcomes('821000000000')).toEqual(['left-before', 'left', 'sent'])
    expect(await world.texts('821000000000')).toHaveLength(1)
  })

  test('ring for whoever got something', async () => {
    await arrive(2)
    world.engine.queues.rings.length = 0
    await world.at(2)
    expect(world.engine.queues.rings.map(({ queue }) => queue)).toEqual(['dispatch-home'])
  })
})
