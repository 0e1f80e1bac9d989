import { availableParallelism } from 'node:os'
import { audienceSettings } from '../store/audience/choice.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { sharedSnapshot } from '../store/shared-snapshot.ts'

/** A question about an audience. */
export type Task = (client: Client) => Promise<void>

/** Small questions share a transaction, which costs as much as they do; after this time the more urgent may come between. */
const shareMs = 50

const connectionsFor = (tasks: number) => Math.min(tasks, Math.max(2, Math.min(4, availableParallelism())))

/**
 * Asks on several connections, all of one instant: whoever moves meanwhile is found where he was, once.
 *
 * @param rounds each begins when the one before is answered
 */
export async function askOfOneInstant(db: Database, rounds: readonly (readonly Task[])[]): Promise<void> {
  const most = Math.max(...rounds.map((tasks) => tasks.length))
  if (most === 0) return
  const work = async (clients: readonly Client[]) => {
    for (const tasks of rounds) await workOff(tasks, clients)
  }
  await sharedSnapshot(db.pool, connectionsFor(most), work, [audienceSettings])
}

/** After a failure no other task is begun; all connections are at rest when it is told of. */
async function workOff(tasks: readonly Task[], clients: readonly Client[]): Promise<void> {
  const left = [...tasks].reverse()
  const worker = async (client: Client) => {
    try {
      for (let task = left.pop(); task; task = left.pop()) await task(client)
    } catch (error) {
      left.length = 0
      throw error
    }
  }
  const ends = await Promise.allSettled(clients.map(worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
}

/**
 * Asks on several connections, in short transactions, after each of which others may come `between`; no instant is held meanwhile, so
 * that the more urgent may take their time.
 */
export async function askByAndBy(db: Database, tasks: readonly Task[], between: () => Promise<void>): Promise<void> {
  const left = tasks.values()
  const worker = async () => {
    for (let done = false; !done; ) {
      const some = async (client: Client) => {
        const started = performance.now()
        do {
          const next = left.next()
          if (next.done) done = true
          else await next.value(client)
        } while (!done && performance.now() - started < shareMs)
      }
      await transaction(db.pool, some, audienceSettings)
      await between()
    }
  }
  await Promise.all(Array.from({ length: connectionsFor(tasks.length) }, worker))
}
