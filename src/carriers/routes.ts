import { carries, type Use } from '../lib/use.ts'
import type { CarrierProfile } from './schema.ts'

export interface Destination {
  readonly population: 'roamers' | 'residents'
  readonly msisdn: string
  readonly hplmn?: string | undefined
  /** ISO 3166-1 alpha-2 of where he is. */
  readonly country?: string | undefined
}

interface Entry {
  readonly carrier: CarrierProfile
  readonly order: number
  readonly reach: CarrierProfile['reaches'][number]
}

/** Which carriers can reach a subscriber, the preferred one first. Prefixes never identify a carrier: numbers are portable. */
export class Routes {
  readonly #entries: Entry[]
  readonly #cache = new Map<string, readonly CarrierProfile[]>()
  readonly #longestPrefix: number

  constructor(profiles: readonly CarrierProfile[]) {
    this.#entries = profiles
      .flatMap((carrier) => carrier.reaches.map((reach) => ({ carrier, reach, order: reach.priority })))
      .sort((a, b) => a.order - b.order || (a.carrier.id < b.carrier.id ? -1 : 1))
    this.#longestPrefix = Math.max(
      0,
      ...this.#entries.flatMap((e) => e.reach.msisdnPrefixes ?? []).map((p) => p.length),
    )
  }

  /** The prefixes that any carrier asks for: numbers that begin with the same of these go the same way. */
  get prefixes(): readonly string[] {
    return [...new Set(this.#entries.flatMap(({ reach }) => reach.msisdnPrefixes ?? []))]
  }

  /** Live texts go through live carriers only, Exercise and Test texts never do, and those of a rehearsal through simulated ones only. */
  find(to: Destination, use: Use): readonly CarrierProfile[] {
    const key = `${to.population}|${to.hplmn ?? ''}|${to.country ?? ''}|${to.msisdn.slice(0, this.#longestPrefix)}|${use}`
    const known = this.#cache.get(key)
    if (known) return known
    const found = [
      ...new Set(this.#entries.filter((e) => carries(e.carrier, use) && matches(e.reach, to)).map((e) => e.carrier)),
    ]
    if (this.#cache.size > 100_000) this.#cache.clear()
    this.#cache.set(key, found)
    return found
  }
}

function matches(reach: Entry['reach'], to: Destination): boolean {
  if (reach.population !== to.population) return false
  if (reach.hplmn && !(to.hplmn !== undefined && reach.hplmn.includes(to.hplmn))) return false
  if (reach.countries && !(to.country !== undefined && reach.countries.includes(to.country))) return false
  if (reach.msisdnPrefixes && !reach.msisdnPrefixes.some((prefix) => to.msisdn.startsWith(prefix))) return false
  return true
}
