import { type Prng, prng } from '../../src/lib/prng.ts'
import { weightOf } from './calendar.ts'
import { type Sighting, trip } from './trips.ts'

const dayMs = 86_400_000
/** Journeys of other days that are still under way on the first one. */
const runUpDays = 12
const tried = 2000

export interface TravelPlan {
  readonly seed: number
  /** Numbers that may travel; nobody sets out who is away. */
  readonly subscribers: number
  /** Arrivals on an average day of the year. */
  readonly arrivals: number
  /** The first day that is asked for, days since 1970. */
  readonly from: number
}

/** A country's subscribers abroad, day after day. All of it follows from the seed. */
export class Travel {
  readonly #random: Prng
  /** When each is home again, days. */
  readonly #home: Float32Array
  readonly #tripsADay: number
  /** What is seen on the days to come. */
  readonly #ahead = new Map<number, Sighting[]>()
  #next: number

  constructor({ seed, subscribers, arrivals, from }: TravelPlan) {
    this.#random = prng(seed)
    this.#home = new Float32Array(subscribers)
    this.#tripsADay = arrivals / arrivalsOfTrip(seed)
    this.#next = from - runUpDays
    while (this.#next < from) this.day()
  }

  /** All that is seen on the next day (UTC), in order of time. */
  day(): Sighting[] {
    const today = this.#next++
    // The Korean day begins nine hours before that of UTC, so tomorrow's first departures are of today.
    let trips = this.#tripsADay * weightOf(today + 1) + this.#random.next()
    for (; trips >= 1; trips--) this.#setOut(today + 1)
    const seen = this.#ahead.get(today) ?? []
    this.#ahead.delete(today)
    return seen.sort((a, b) => a.at - b.at)
  }

  /** @param today by Korean time */
  #setOut(today: number): void {
    for (let look = 0; look < 20; look++) {
      const person = this.#random.int(this.#home.length)
      if ((this.#home[person] as number) >= today - 1) continue
      const seen = trip(this.#random, person, today)
      this.#home[person] = (seen.at(-1) as Sighting).at / dayMs + 1
      for (const one of seen) {
        const day = Math.floor(one.at / dayMs)
        const list = this.#ahead.get(day)
        if (list) list.push(one)
        else this.#ahead.set(day, [one])
      }
      return
    }
  }
}

/** Arrivals of a trip on the average. */
function arrivalsOfTrip(seed: number): number {
  const random = prng(seed)
  let arrivals = 0
  for (let i = 0; i < tried; i++) arrivals += trip(random, i, 20_000).filter((one) => one.arrival).length
  return arrivals / tried
}
