import { entryFloor, laneShares } from '../alerts/lane-shares.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { carrierRows } from '../store/chunks/carriers.ts'
import { type Queued, queuedMessages, textsOfBroadcasts } from '../store/chunks/queued.ts'
import type { Client } from '../store/database.ts'
import type { CarrierLoad } from './forecast.ts'
import { unitsOf, writingOf } from './writings.ts'

/** Why nothing leaves through a carrier now. */
export type HeldBy = 'paused' | 'down'

/** What waits for each carrier now. */
export interface CarrierQueues {
  /** Of a carrier by its id, in what its contract counts. @param lane of what is to be queued behind it */
  of(profile: CarrierProfile, lane: number): Pick<CarrierLoad, 'ahead' | 'behind'> & { readonly heldBy: HeldBy | null }
}

/** @param but broadcasts that are not counted: what an alert corrects is withdrawn when it is launched. */
export async function carrierQueues(db: Client, but: readonly number[]): Promise<CarrierQueues> {
  const rows = await carrierRows(db)
  const queued = (await queuedMessages(db)).filter(({ broadcastId }) => !but.includes(broadcastId))
  const texts = new Map<number, string[]>()
  for (const { broadcastId, text } of await textsOfBroadcasts(db, [...new Set(queued.map((one) => one.broadcastId))])) {
    texts.set(broadcastId, [...(texts.get(broadcastId) ?? []), text])
  }
  return {
    of(profile, lane) {
      const row = rows.get(profile.id)
      const units = new Map<number, number>()
      for (const one of queued) {
        if (one.carrierNo !== row?.no) continue
        units.set(one.lane, (units.get(one.lane) ?? 0) + unitsQueued(one, texts.get(one.broadcastId) ?? [], profile))
      }
      const lanes = [...units].sort(([a], [b]) => a - b)
      const shares = laneShares(profile.throughput, entryFloor)
      return {
        ahead: lanes.reduce((sum, [of, n]) => sum + (of <= lane ? n : 0), 0),
        behind: lanes.flatMap(([of, n]) => {
          const share = shares[of]
          return of > lane && share ? [{ units: n, share }] : []
        }),
        heldBy: row?.pausedAt ? 'paused' : row?.down ? 'down' : null,
      }
    },
  }
}

/** As if each were the longest text of its broadcast: rather late than early. */
function unitsQueued({ messages }: Queued, texts: readonly string[], profile: CarrierProfile): number {
  let most = 1
  for (const text of texts) {
    const writing = writingOf(text, profile)
    if (writing) most = Math.max(most, unitsOf(profile, writing))
  }
  return messages * most
}
