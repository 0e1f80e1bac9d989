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
  readonly texts: (at: number, english: boolean) => readonly string[]
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
  /** As he was last said to speak; '' for never. */
  language: string
  /** The one country of which it is remembered that he left it, and when. */
  left: { readonly country: string; readonly at: number } | undefined
  /** When the set of a country, or of several together, was last due, or will be, by its entry. */
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
      if (returned.has(msisdn) && isPartOf(this.#personOf(msisdn).country, wait.country))
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
      // Meanwhile it may be known in which of several countries he is: he gets the set of that one.
      if (isPartOf(person.country, country)) {
        wait.enteredAt = Math.max(wait.enteredAt, person.enteredAt)
        wait.dueAt = dueAt(this.#rules.of(person.country.split('/')), wait.enteredAt, now)
        if (wait.dueAt > now) this.#waits.push(wait)
        else {
          forget(person, wait)
          judged.outcome = this.#tell(msisdn, person.country, wait.enteredAt, now)
        }
        continue
      }
      const rules = this.#rules.of(country.split('/'))
      const leftAt = person.left && isPartOf(person.left.country, country) ? person.left.at : undefined
      const forGood = leftAt === undefined ? now : leftAt + rules.returnMinutes * 60_000
      if (forGood > now) this.#waits.push({ ...wait, dueAt: forGood })
      else {
        // When he left is forgotten only where he was for a moment.
        const stayed = leftAt === undefined ? 0 : leftAt - wait.enteredAt
        judged.outcome = stayed < rules.transitMinutes * 60_000 ? 'transit' : 'left-before'
        // Nobody was told, so whoever comes back is told then.
        forget(person, wait)
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
    const elsewhere = country !== '' && !overlap(country, person.country)
    if (event === 'leave') {
      // He left where he is not: where he is instead is known already.
      if (person.seenAt === 0 || !elsewhere) {
        this.#moves(person, '', at, msisdn)
        person.language = delivery.language ?? person.language
      }
      return 'left'
    }
    person.language = delivery.language ?? person.language
    const was = person.country
    const rules = this.#rules.of(sighting.countries)
    if (country !== '' && country !== home) {
      // A network that serves several countries, one of which he is known to be in, says nothing new.
      if (isPartOf(was, country)) {
        person.seenAt = at
        return 'already-here'
      }
      // Now it is known in which of several he is. Who was told of them knows enough, also if the cool-down kept it from him in this stay.
      const coolDown = was === '' ? 0 : this.#rules.of(was.split('/')).coolDownHours * hour
      const told = newestTold(person, country)
      if (isPartOf(country, was) && told !== undefined && person.enteredAt - told < coolDown) {
        person.seenAt = at
        person.country = country
        return 'already-here'
      }
    }
    const { left } = person
    this.#moves(person, country === home ? '' : country, at, msisdn)
    if (country === '') return 'no-country'
    if (country === home) return 'home'
    if (left && at - left.at < rules.returnMinutes * 60_000) {
      // He is where he was, however much his network says of it now.
      const back = isPartOf(country, left.country) ? country : isPartOf(left.country, country) ? left.country : ''
      const toldThere = newestTold(person, back)
      if (toldThere !== undefined) {
        person.country = back
        person.enteredAt = toldThere
        return 'returned'
      }
    }
    const toldLast = newestTold(person, country)
    if (toldLast !== undefined && at - toldLast < rules.coolDownHours * hour) return 'cool-down'
    if (now - at > usefulMs) return 'too-late'
    if (!rules.enabled) return 'policy-off'
    if (rules.texts(now, this.#readsEnglish(msisdn)).length === 0) return 'no-text'
    if (this.#rules.optedOut(msisdn)) return 'opted-out'
    if (!this.#rules.reached(hplmn)) return 'no-route'
    const due = dueAt(rules, at, now)
    // What is delayed is delayed by a moment even where its time has passed: the rest of the request may say that he is gone.
    const delayed = rules.delaySeconds > 0 || rules.transitMinutes > 0
    if (due <= now && !delayed) return this.#tell(msisdn, country, at, now)
    const toldBefore = person.told.get(country)
    person.told.set(country, at)
    this.#waits.push({ judged, country, toldBefore, enteredAt: at, dueAt: due })
    return 'waits'
  }

  #tell(msisdn: string, country: string, enteredAt: number, now: number): string {
    this.#personOf(msisdn).told.set(country, enteredAt)
    const texts = this.#rules.of(country.split('/')).texts(now, this.#readsEnglish(msisdn))
    this.sets.push({ msisdn, country, enteredAt, texts })
    return 'sent'
  }

  /** Whose language nobody told reads Korean. */
  #readsEnglish(msisdn: string): boolean {
    return !/^(ko(-.*)?)?$/.test(this.#personOf(msisdn).language)
  }

  #moves(person: Person, country: string, at: number, msisdn: string): void {
    person.seenAt = at
    if (person.country === country) return
    if (person.country !== '' && !this.#wasOnTrip(person, country, at, msisdn))
      person.left = { country: person.country, at }
    person.country = country
    person.enteredAt = at
  }

  /**
   * Whether the country that he leaves is to be remembered less than the one that he left before: he may be back there in a moment, and here it
   * is not needed, because nothing waits for him and its cool-down would keep its texts from him.
   */
  #wasOnTrip({ country, left, told }: Person, next: string, at: number, msisdn: string): boolean {
    if (!left || left.country === country || isPartOf(next, left.country)) return false
    const [before, here] = [left.country, country].map((of) => this.#rules.of(of.split('/'))) as [
      CountryRules,
      CountryRules,
    ]
    if (at - left.at >= before.returnMinutes * 60_000 || newestTold({ told }, left.country) === undefined) return false
    const toldHere = newestTold({ told }, country)
    if (toldHere === undefined) return true
    if (toldHere + here.coolDownHours * hour < at + here.returnMinutes * 60_000) return false
    return !this.#waits.some((wait) => wait.judged.delivery.msisdn === msisdn && isPartOf(country, wait.country))
  }

  #personOf(msisdn: string): Person {
    let person = this.#people.get(msisdn)
    if (!person) {
      person = { country: '', enteredAt: 0, seenAt: 0, language: '', left: undefined, told: new Map() }
      this.#people.set(msisdn, person)
    }
    return person
  }
}

/** Whether a country, or several together, are all among others; nowhere is not. */
function isPartOf(country: string, others: string): boolean {
  const all = others.split('/')
  return country !== '' && country.split('/').every((one) => all.includes(one))
}

const overlap = (a: string, b: string) => b !== '' && a.split('/').some((one) => isPartOf(one, b))

/** By the newest entry whose set named all countries in which he may be. */
function newestTold({ told }: Pick<Person, 'told'>, country: string): number | undefined {
  const times = [...told].flatMap(([of, at]) => (isPartOf(country, of) ? [at] : []))
  return times.length === 0 ? undefined : Math.max(...times)
}

/** That he was to be told. */
function forget({ told }: Person, { country, toldBefore }: Wait): void {
  if (toldBefore === undefined) told.delete(country)
  else told.set(country, toldBefore)
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
