import { type Prng, prng } from '../../src/lib/prng.ts'
import type { Sighting } from './trips.ts'

/** A notification as a feed sends it. */
export interface Delivery {
  readonly sighting: Sighting
  /** Of the feed; without one the event is known by its content. */
  readonly id: string | null
  readonly source: string
  readonly hplmn: string
  readonly msisdn: string
  /** BCP 47; null: the feed says nothing of it. */
  readonly language: string | null
  /** When it is sent, milliseconds of the epoch. */
  readonly sentAt: number
}

/** What one feed sends in one request. */
export interface Batch {
  readonly source: string
  /** When it is sent: that of its last. */
  readonly sentAt: number
  readonly deliveries: readonly Delivery[]
}

const minute = 60_000
const firstNumber = 821_000_000_000

/** Home networks; the last one's subscribers no carrier reaches. */
export const homes = ['45005', '45008', '45006', '45011'] as const
/** One in so many is a subscriber of the last. */
const unreachedEvery = 1501
/** Of one in three subscribers some notifications tell it; a few of them change it now and then, back to Korean too. */
const languages = ['en-US', 'ja', 'ko-KR', 'zh-Hant-TW'] as const
function languageOf({ person, at }: Sighting): string | null {
  if (person % 3 !== 1 || at % 3 === 0) return null
  return languages[person % 4 === 0 ? Math.floor(at / (6 * 60 * minute)) % 4 : person % 4] as string
}
/** A feed of its own that reports some of what the others do, and knows no language. */
export const secondFeed = 'clearing house'

export interface Disturbance {
  /** The same event again, half of them by the second feed, with an id of its own. */
  readonly duplicates: number
  /** Sent after what came later: ten to ninety minutes late. */
  readonly outOfOrder: number
  /** Sent three to twenty hours late. */
  readonly late: number
  /** Of events that carry an id. */
  readonly withId: number
}

export const disturbed: Disturbance = { duplicates: 0.05, outOfOrder: 0.02, late: 0.002, withId: 0.8 }

export const msisdnOf = (person: number) => String(firstNumber + person)
export const homeOf = (person: number): string =>
  person % unreachedEvery === 1 ? homes[3] : (homes[person % 3] as string)

/** What three carriers and a clearing house send, in requests of at most `size`, in the order in which they are sent. */
export function batchesOf(sightings: readonly Sighting[], size: number, seed: number, how = disturbed): Batch[] {
  const random = prng(seed)
  const deliveries = sightings.flatMap((sighting, no) => deliveriesOf(random, sighting, `e${seed}-${no}`, how))
  deliveries.sort((a, b) => a.sentAt - b.sentAt)
  const open = new Map<string, Delivery[]>()
  const batches: Batch[] = []
  const close = (source: string) => {
    const list = open.get(source) ?? []
    open.delete(source)
    const last = list.at(-1)
    if (last) batches.push({ source, sentAt: last.sentAt, deliveries: list })
  }
  for (const delivery of deliveries) {
    const { source } = delivery
    const list = open.get(source) ?? []
    list.push(delivery)
    open.set(source, list)
    // The clearing house has little to tell, and does not keep it for hours.
    if (list.length >= (source === secondFeed ? Math.ceil(size / 10) : size)) close(source)
  }
  for (const source of [...open.keys()]) close(source)
  return batches.sort((a, b) => a.sentAt - b.sentAt)
}

function deliveriesOf(random: Prng, sighting: Sighting, id: string, how: Disturbance): Delivery[] {
  const hplmn = homeOf(sighting.person)
  const kind = random.next()
  const delay =
    kind < how.outOfOrder
      ? (10 + random.next() * 80) * minute
      : kind < how.outOfOrder + how.late
        ? (180 + random.next() * 1020) * minute
        : random.next() * 20_000
  const first: Delivery = {
    sighting,
    id: random.next() < how.withId ? id : null,
    source: hplmn,
    hplmn,
    msisdn: msisdnOf(sighting.person),
    language: languageOf(sighting),
    sentAt: sighting.at + delay,
  }
  if (random.next() >= how.duplicates) return [first]
  const sentAt = first.sentAt + random.next() * 30 * minute
  const again = random.next() < 0.5
  return [
    first,
    again
      ? { ...first, sentAt }
      : { ...first, sentAt, source: secondFeed, language: null, id: first.id && `c-${first.id}` },
  ]
}

/** As JSON of `POST /v1/roaming-notifications`. */
export function notificationOf({ sighting, id, hplmn, msisdn, language }: Delivery): object {
  const { at, event, countries, vplmn } = sighting
  return {
    msisdn,
    hplmn,
    event,
    at: new Date(at).toISOString(),
    ...(id !== null && { id }),
    ...(language !== null && { language }),
    ...(vplmn === undefined ? { country: countries[0] } : { vplmn }),
  }
}
