import { LANES } from '../alerts/lane.ts'
import type { EntryText } from '../entry/model.ts'
import { insertMessages, type NewMessage } from '../store/audience/insert-messages.ts'
import { openBroadcast } from '../store/audience/open-broadcast.ts'
import type { Client } from '../store/database.ts'
import { lockEntryBroadcast } from '../store/roaming/entry-broadcast.ts'
import { slotsPerJourney } from '../store/roaming/entry-keys.ts'
import { entryVariants } from '../store/roaming/entry-variants.ts'
import { insertJourneys } from '../store/roaming/journeys.ts'
import type { EntryGrounds, Ground } from './entry-grounds.ts'
import { countryKey } from './journey.ts'

/** An entry text is of no use two days later: neither sent that late, nor kept that long by a carrier. */
export const usefulMs = 48 * 3_600_000
const dayMs = 24 * 3_600_000

/** The texts of one journey: an ordered set of one to four. */
export interface EntrySet {
  readonly msisdn: string
  readonly enteredAt: Date
  readonly ground: Ground
  /** Those of the ground in one language, as `textsIn` has them. */
  readonly texts: readonly EntryText[]
  readonly route: readonly number[]
}

export interface Bells {
  readonly carriers: number[]
  readonly lane: number
}

const firstSlot: Readonly<Record<EntryText['kind'], number>> = { mission: 0, level: 1, campaign: 2 }

/**
 * Makes the journeys and their texts, in the order in which they are to be sent; returns whose bells to ring. What may wait for row locks is
 * to be done before: from here on makers of the day's texts go one after the other until the end of the transaction.
 */
export async function makeSets(client: Client, sets: readonly EntrySet[], grounds: EntryGrounds): Promise<Bells> {
  const lane = LANES.entry
  if (sets.length === 0) return { carriers: [], lane }
  const stays = sets.map(({ msisdn, enteredAt, ground }) => ({ msisdn, enteredAt, country: countryOf(ground) }))
  const journeys = await insertJourneys(client, stays, grounds.newestLevel)
  const broadcastId = await broadcastOfDay(client, grounds.now)
  const variants = await variantsOf(client, broadcastId, sets)
  const messages = sets.flatMap(({ msisdn, ground, texts, route }, i) => {
    const first = (journeys[i] as number) * slotsPerJourney
    return (variants.get(texts) as Slotted[]).map(
      ({ slot, variant }): NewMessage => ({
        recipientKey: first + slot,
        msisdn,
        variant,
        reason: 'entry',
        country: countryOf(ground),
        route,
      }),
    )
  })
  const { carriers } = await insertMessages(client, broadcastId, lane, messages)
  return { carriers, lane }
}

const countryOf = ({ where }: Ground) => countryKey(where.countries) as string

interface Slotted {
  readonly slot: number
  readonly variant: number
}

async function variantsOf(
  client: Client,
  broadcastId: number,
  sets: readonly EntrySet[],
): Promise<Map<readonly EntryText[], Slotted[]>> {
  // Many sets are of few texts.
  const told = new Map(sets.map(({ texts, ground }) => [texts, ground.policyIds]))
  const variants = [...told].flatMap(([texts, policyIds]) => texts.map((text) => ({ ...text, policyIds })))
  const numbers = (await entryVariants(client, broadcastId, variants)).values()
  const found = new Map<readonly EntryText[], Slotted[]>()
  for (const texts of told.keys()) {
    const taken = { ...firstSlot }
    found.set(
      texts,
      texts.map(({ kind }) => ({ slot: taken[kind]++, variant: numbers.next().value as number })),
    )
  }
  return found
}

async function broadcastOfDay(client: Client, now: Date): Promise<number> {
  const day = now.toISOString().slice(0, 10)
  const open = await lockEntryBroadcast(client, day)
  if (open !== undefined) return open
  return openBroadcast(client, {
    alertId: null,
    day,
    lane: LANES.entry,
    state: 'sending',
    exercise: false,
    resend: false,
    digest: null,
    // The last text of the day is of use for as long.
    expires: new Date(Date.parse(day) + dayMs + usefulMs),
    validityMs: usefulMs,
    texts: [],
  })
}
