import { travellerLanguage } from '../entry/traveller-language.ts'
import { awaitEntrants } from '../store/audience/entrants-barrier.ts'
import { type Client, transaction } from '../store/database.ts'
import { optedOut } from '../store/inbox/opt-outs.ts'
import { daysKept } from '../store/partitions.ts'
import {
  advanceResend,
  insertResends,
  newAlerts,
  newRises,
  type Resend,
  takeResend,
} from '../store/roaming/entry-resends.ts'
import { entrySources } from '../store/roaming/entry-sources.ts'
import { insertWaits, lockWaits, type NewWait } from '../store/roaming/entry-waits.ts'
import { newestJourneys } from '../store/roaming/journeys.ts'
import { roamersIn } from '../store/roaming/roamers.ts'
import { EntryGrounds, type Ground } from './entry-grounds.ts'
import { verdictOn } from './entry-messages.ts'
import { type Bells, type EntrySet, makeSets } from './entry-sets.ts'
import { knownOf } from './follow.ts'
import { InForceAlerts } from './in-force.ts'
import type { Whereabouts } from './journey.ts'
import { ringCarriers } from './ring-carriers.ts'
import { nowOf, type RoamingDeps } from './roaming-deps.ts'

const pageSize = 1000

interface There {
  readonly msisdn: string
  readonly who: Whereabouts
  readonly ground: Ground
}

/**
 * Tells those who are in a country already again, where its policy says so: when its level rises, and when an alert comes into force. It goes
 * through the roamers of the country in pages; journeys, messages and the cursor that leads on are one transaction, so a killed walk goes on
 * without a gap or a repeat. Only who is surely in the country is told: of several candidates it is not known whether it concerns him.
 */
export class EntryResend {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** Looks for what is new, and walks through all that is open; returns how many were told again, or will be in the morning. */
  async work(): Promise<number> {
    const { db, queues, routes } = this.#deps
    // Whoever is entering meanwhile, and was told what stood before, is there when the walk begins.
    if (await transaction(db.pool, (client) => this.#look(client))) await awaitEntrants(db.pool)
    let told = 0
    for (;;) {
      const page = await transaction(db.pool, (client) => this.#walk(client))
      if (!page) return told
      told += page.told
      ringCarriers(queues, routes, [page.bells])
    }
  }

  /** Whether there is anything new. */
  async #look(client: Client): Promise<boolean> {
    const now = nowOf(this.#deps)
    const alerts = await this.#inForce.all(client)
    const ids = alerts.map(({ broadcastId }) => broadcastId)
    const launched = ids.length === 0 ? [] : await newAlerts(client, ids, now)
    const rises = await newRises(client, now)
    if (launched.length === 0 && rises.length === 0) return false
    const { policies } = await entrySources(client, now)
    const asked = (country: string, kind: Resend['kind']) =>
      policies.some(
        ({ area, patch }) =>
          patch.resend?.[kind] && (area === '*' || area === country || area.startsWith(`${country}-`)),
      )
    for (const { ref, country, since } of rises) {
      await insertResends(client, { kind: 'level', ref, since }, asked(country, 'level') ? [country] : [], now)
    }
    for (const { ref, since } of launched) {
      const plan = alerts.find(({ broadcastId }) => broadcastId === ref)?.plan
      const countries = new Set([...(plan?.countries ?? []), ...(plan?.touched ?? [])])
      const where = [...countries].filter((country) => asked(country, 'alert'))
      await insertResends(client, { kind: 'alert', ref, since }, where, now)
    }
    return true
  }

  /** One page; undefined: nothing is open. */
  async #walk(client: Client): Promise<{ told: number; bells: Bells } | undefined> {
    const { countries, regions } = this.#deps
    const resend = await takeResend(client)
    if (!resend) return undefined
    const now = nowOf(this.#deps)
    const grounds = new EntryGrounds(await entrySources(client, now), countries, regions, now)
    const page = await roamersIn(client, resend.country, resend.after, pageSize)
    const people = [...knownOf(page)].flatMap(([msisdn, who]): There[] => {
      const ground = grounds.at(who.countries, who.place)
      return ground.policy.resend[resend.kind] ? [{ msisdn, who, ground }] : []
    })
    const concerned = await this.#concerned(client, resend, people)
    const { sets, waits } = await this.#setsOf(client, resend, concerned, grounds)
    await insertWaits(client, waits)
    const told = sets.length + waits.length
    const last = page.length < pageSize ? null : Number(page.at(-1)?.msisdn)
    await advanceResend(client, resend, last, told, now)
    return { told, bells: await makeSets(client, sets, grounds) }
  }

  async #concerned(
    client: Client,
    { kind, ref, standing }: Resend,
    people: readonly There[],
  ): Promise<readonly There[]> {
    if (kind === 'level') return standing === null ? [] : people.filter((there) => speaksOf(there, standing))
    const persons = people.map((there) => {
      const { countries, hplmn, place, seenAt } = there.who
      return { population: 'roamers' as const, language: null, mission: null, countries, hplmn, place, seenAt, there }
    })
    const found = (await this.#inForce.concerned(client, persons)).find(({ alert }) => alert.broadcastId === ref)
    return found?.people.map(({ person }) => person.there) ?? []
  }

  /** Who was told of the country before it happened is told again; who waits for his texts gets those of today anyhow. */
  async #setsOf(client: Client, resend: Resend, people: readonly There[], grounds: EntryGrounds) {
    const msisdns = people.map(({ msisdn }) => msisdn)
    // What he waits for in a country that he has left tells him nothing of this one.
    const waitHere = (await lockWaits(client, msisdns)).filter(({ country }) =>
      country.split('/').includes(resend.country),
    )
    const waiting = new Set(waitHere.map(({ msisdn }) => msisdn))
    const since = new Date(grounds.now.getTime() - daysKept * 86_400_000)
    const journeys = await newestJourneys(client, resend.country, msisdns, since)
    const told = new Map(journeys.map((journey) => [journey.msisdn, journey]))
    const refused = await optedOut(client, msisdns)
    const sets: EntrySet[] = []
    const waits: NewWait[] = []
    for (const { msisdn, who, ground } of people) {
      const journey = told.get(msisdn)
      if (!journey || waiting.has(msisdn) || !wasBefore(journey, resend)) continue
      const person = { msisdn, hplmn: who.hplmn, language: who.language, enteredAt: grounds.now }
      const verdict = verdictOn(person, ground, grounds, this.#deps.routes, refused)
      if (verdict.outcome !== 'sent') continue
      const { enteredAt } = journey
      const wait = grounds.quietAt(ground, who.place)
      if (wait) waits.push({ msisdn, country: resend.country, enteredAt, ...wait, event: null })
      else sets.push({ msisdn, enteredAt, ground, texts: verdict.texts, route: verdict.route })
    }
    return { sets, waits }
  }
}

/** Whoever is known by country only may be in the part of it that the level is about. */
function speaksOf({ who, ground: { level, where, textsIn } }: There, ref: number): boolean {
  if (level.ids.includes(ref)) return true
  return (
    where.regions.length === 0 &&
    textsIn(travellerLanguage(who.language)).some(({ levelIds }) => levelIds.includes(ref))
  )
}

const wasBefore = (journey: { enteredAt: Date; levels: number }, { kind, ref, since }: Resend) =>
  kind === 'level' ? journey.levels < ref : journey.enteredAt < since
