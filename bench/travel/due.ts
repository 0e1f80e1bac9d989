import type { Batch, Delivery } from './feeds.ts'

/**
 * What is due to whom, told a second time: from what the issue and docs/entry.md say, and not from the engine's code. It is slow and plain,
 * and knows nothing of databases, batches that are worked off together, or messages.
 */

/** What stands for a country, or for the several that somebody is in one of. */
export interface CountryRules {
  readonly enabled: boolean
  readonly coolDownHours: number
  readonly returnMinutes: number
  readonly transitMinutes: number
  readonly delaySeconds: number
  /** Hours of the day in the destination, `from` later than `to`; null: none. */
  readonly quiet: { readonly from: number; readonly to: number; readonly utcOffsetHours: number } | null
  /** The texts of the set in their order, by what is written in them, at a time. */
  readonly texts: (at: number) => readonly string[]
}

export interface Rules {
  readonly of: (countries: readonly string[]) => CountryRules
  readonly optedOut: (msisdn: string) => boolean
  readonly reached: (hplmn: string) => boolean
}

/** A set of texts that is due to one journey. */
export interface DueSet {
  readonly msisdn: string
  readonly country: string
  readonly enteredAt: number
  readonly texts: readonly string[]
}

/** What became of one notification that was not a repeat. */
export interface Judged {
  readonly delivery: Delivery
  outcome: string
}

interface Person {
  /** '' for nowhere that counts: at home, at sea, never seen. */
  country: string
  enteredAt: number
  seenAt: number
  /** The country that was left last; where he was before that is forgotten. */
  leftLast: string
  /** When each country was last left. */
  readonly left: Map<string, number>
  /** When the set of a country was last due, or will be, by its entry. */
  readonly told: Map<string, number>
}

interface Wait {
  readonly judged: Judged
  readonly country: string
  /** When he was told of the country before. */
  readonly toldBefore: number | undefined
  enteredAt: number
  dueAt: number
}

const hour = 3_600_000
const day = 24 * hour
const home = 'KR'
const usefulMs = 48 * hour

export class Due {
  readonly sets: DueSet[] = []
  readonly judged: Judged[] = []
  duplicates = 0
  /** By country, who was ever known to be there when a request had been read: whoever an alert that is in force all day is told to. */
  readonly present = new Map<string, Set<string>>()
  readonly #rules: Rules
  readonly #people = new Map<string, Person>()
  readonly #known = new Set<string>()
  #waits: Wait[] = []

  constructor(rules: Rules) {
    this.#rules = rules
  }

  /** How many texts wait. */
  get waiting(): number {
    return this.#waits.length
  }

  /** Takes what a feed reports at once, in the order of the events' own time. */
  take({ deliveries }: Pick<Batch, 'deliveries'>, now: number): void {
    const returned = new Set<string>()
    for (const delivery of deliveries.toSorted((a, b) => a.sighting.at - b.sighting.at)) {
      const name = nameOf(delivery)
      if (this.#known.has(name)) {
        this.duplicates++
        continue
      }
      this.#known.add(name)
      const judged: Judged = { delivery, outcome: '' }
      this.judged.push(judged)
      judged.outcome = this.#judge(judged, now)
      if (judged.outcome === 'returned') returned.add(delivery.msisdn)
    }
    for (const { msisdn } of deliveries) {
      const { country } = this.#personOf(msisdn)
      const there = this.present.get(country)
      if (there) there.add(msisdn)
      else this.present.set(country, new Set([msisdn]))
    }
    // Who is back need not wait until it is certain that he is gone.
    for (const wait of this.#waits) {
      const { msisdn } = wait.judged.delivery
      if (returned.has(msisdn) && this.#personOf(msisdn).country === wait.country)
        wait.dueAt = Math.min(wait.dueAt, now)
    }
  }

  /** Tells those whose time has come. Who was gone by then and is back so soon that he was never away is told on his return. */
  settle(now: number): void {
    const due = this.#waits.filter(({ dueAt }) => dueAt <= now)
    this.#waits = this.#waits.filter(({ dueAt }) => dueAt > now)
    for (const wait of due) {
      const { judged, country } = wait
      const { msisdn } = judged.delivery
      const person = this.#personOf(msisdn)
      const rules = this.#rules.of(country.split('/'))
      if (person.country === country) {
        wait.enteredAt = Math.max(wait.enteredAt, person.enteredAt)
        wait.dueAt = dueAt(rules, wait.enteredAt, now)
        if (wait.dueAt > now) this.#waits.push(wait)
        else judged.outcome = this.#tell(msisdn, country, wait.enteredAt, now)
        continue
      }
      const leftAt = person.left.get(country) as number
      const forGood = leftAt + rules.returnMinutes * 60_000
      if (forGood > now) this.#waits.push({ ...wait, dueAt: forGood })
      else {
        judged.outcome = leftAt - wait.enteredAt < rules.transitMinutes * 60_000 ? 'transit' : 'left-before'
        // Nobody was told, so whoever comes back is told then.
        if (wait.toldBefore === undefined) person.told.delete(country)
        else person.told.set(country, wait.toldBefore)
      }
    }
  }

  #judge(judged: Judged, now: number): string {
    const { delivery } = judged
    const { sighting, msisdn, hplmn } = delivery
    const { at, event } = sighting
    const person = this.#personOf(msisdn)
    if (at < person.seenAt) return 'out-of-order'
    const country = sighting.countries.toSorted().join('/')
    const elsewhere = country !== '' && country !== person.country
    if (event === 'leave') {
      // He left where he is not: where he is instead is known already.
      if (person.seenAt === 0 || !elsewhere) this.#moves(person, '', at)
      return 'left'
    }
    const was = person.country
    const { leftLast } = person
    this.#moves(person, country === home ? '' : country, at)
    if (country === '') return 'no-country'
    if (country === home) return 'home'
    if (country === was) return 'already-here'
    const rules = this.#rules.of(sighting.countries)
    const told = person.told.get(country)
    if (told !== undefined) {
      if (leftLast === country && at - (person.left.get(country) as number) < rules.returnMinutes * 60_000) {
        person.enteredAt = told
        return 'returned'
      }
      if (at - told < rules.coolDownHours * hour) return 'cool-down'
    }
    if (now - at > usefulMs) return 'too-late'
    if (!rules.enabled) return 'policy-off'
    if (rules.texts(now).length === 0) return 'no-text'
    if (this.#rules.optedOut(msisdn)) return 'opted-out'
    if (!this.#rules.reached(hplmn)) return 'no-route'
    const due = dueAt(rules, at, now)
    // What is delayed is delayed by a moment even where its time has passed: the rest of the request may say that he is gone.
    const delayed = rules.delaySeconds > 0 || rules.transitMinutes > 0
    if (due <= now && !delayed) return this.#tell(msisdn, country, at, now)
    person.told.set(country, at)
    this.#waits.push({ judged, country, toldBefore: told, enteredAt: at, dueAt: due })
    return 'waits'
  }

  #tell(msisdn: string, country: string, enteredAt: number, now: number): string {
    this.#personOf(msisdn).told.set(country, enteredAt)
    const texts = this.#rules.of(country.split('/')).texts(now)
    this.sets.push({ msisdn, country, enteredAt, texts })
    return 'sent'
  }

  #moves(person: Person, country: string, at: number): void {
    person.seenAt = at
    if (person.country === country) return
    if (person.country !== '') {
      person.left.set(person.country, at)
      person.leftLast = person.country
    }
    person.country = country
    person.enteredAt = at
  }

  #personOf(msisdn: string): Person {
    let person = this.#people.get(msisdn)
    if (!person) {
      person = { country: '', enteredAt: 0, seenAt: 0, leftLast: '', left: new Map(), told: new Map() }
      this.#people.set(msisdn, person)
    }
    return person
  }
}

/** The same event always has the same: the feed's own number, or else all that it says. */
function nameOf({ id, source, msisdn, sighting: { event, at, countries, vplmn } }: Delivery): string {
  return id === null ? [msisdn, event, at, vplmn, ...countries].join() : `${source} ${id}`
}

/** When texts are due that are asked for now: after the delay, after what would be a transit, and not in the night. */
function dueAt({ delaySeconds, transitMinutes, quiet }: CountryRules, enteredAt: number, now: number): number {
  const earliest = Math.max(now, enteredAt + delaySeconds * 1000, enteredAt + transitMinutes * 60_000)
  if (quiet === null) return earliest
  const ahead = quiet.utcOffsetHours * hour
  const clock = (earliest + ahead) % day
  if (clock < quiet.from * hour && clock >= quiet.to * hour) return earliest
  const midnight = earliest - clock
  return midnight + (clock >= quiet.from * hour ? day : 0) + quiet.to * hour
}
