import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { workedOff } from '../worked-off.ts'
import type { Due } from './due.ts'
import { type Batch, homes, notificationOf, secondFeed } from './feeds.ts'

/** A key for each feed: a home carrier's writes of its own subscribers only. */
export async function feedKeys(db: Database): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>()
  for (const home of homes) keys.set(home, await addKey(db, `feed ${home}`, 'carrier', 'replay', { hplmns: [home] }))
  return keys.set(secondFeed, await addKey(db, secondFeed, 'carrier', 'replay'))
}

/** Sends a batch; resolves when it is acknowledged, and so committed. @throws where the connection breaks */
export async function post(
  url: string,
  keys: ReadonlyMap<string, string>,
  { source, deliveries }: Batch,
): Promise<void> {
  const answer = await fetch(`${url}/v1/roaming-notifications`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys.get(source)}`, 'content-type': 'application/json' },
    body: JSON.stringify(deliveries.map(notificationOf)),
  })
  const { accepted, rejected } = (await answer.json()) as { accepted?: number; rejected?: number }
  if (answer.status !== 202 || accepted !== deliveries.length)
    throw new RefusedError(
      `a batch of ${deliveries.length} was answered ${answer.status}: ${accepted} accepted, ${rejected} rejected`,
    )
}

/** The engine does not want what it gets: sending it again is of no use. */
class RefusedError extends Error {}

/** An engine that can be asked for its API, and killed. */
export interface Target {
  readonly db: Database
  readonly keys: ReadonlyMap<string, string>
  url(): string
  /** SIGKILL, and a new one in its place. */
  kill(): Promise<void>
}

/**
 * Sends all batches, each when the one before is worked off, so that it is certain in what order they are believed; tells the model what the
 * engine has kept. `killAt`: while the batch of this number is under way, so many milliseconds after it was sent, the engine is killed. Its
 * feed does not know then what became of it, answer or not, and sends it once more. Returns how many requests got no answer.
 */
export async function sendAll(
  target: Target,
  batches: readonly Batch[],
  due: Due,
  killAt: ReadonlyMap<number, number>,
): Promise<number> {
  const { db, keys } = target
  let unanswered = 0
  let kept = await keptBatches(db)
  const note = async (batch: Batch) => {
    const now = await keptBatches(db)
    if (now > kept) due.take(batch, Date.now())
    kept = now
  }
  for (const [no, batch] of batches.entries()) {
    const after = killAt.get(no)
    if (after !== undefined) {
      const killing = pause(after).then(() => target.kill())
      await post(target.url(), keys, batch).catch((error: Error) => {
        if (error instanceof RefusedError) throw error
        unanswered++
      })
      await killing
      await note(batch)
    }
    await post(target.url(), keys, batch)
    await note(batch)
    await workedOff(db)
  }
  return unanswered
}

async function keptBatches({ pool }: Database): Promise<number> {
  return (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM roaming_batch')).rows[0]?.n ?? 0
}
