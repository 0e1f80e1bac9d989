import { metrics } from '../lib/metrics.ts'
import { holdSelections } from '../store/audience/entrants-barrier.ts'
import { type Client, transaction } from '../store/database.ts'
import { closeBatches, type KeptBatch, takeBatches } from '../store/roaming/batches.ts'
import { hastenWaits, lockWaits } from '../store/roaming/entry-waits.ts'
import { dayOf, type EventTally, insertEvents, tallyEvents, writtenEvents } from '../store/roaming/events.ts'
import { recentJourneys } from '../store/roaming/journeys.ts'
import { lockRoamers, saveRoamers } from '../store/roaming/roamers.ts'
import { EntryMessages } from './entry-messages.ts'
import { type EventResult, followEvents, type Known, knownOf, mayEnter, rememberedMs, rowOf } from './follow.ts'
import { InForceAlerts } from './in-force.ts'
import type { Whereabouts } from './journey.ts'
import { type Present, tellLateEntrants } from './late-entrants.ts'
import { readEvents } from './read-events.ts'
import { ringCarriers } from './ring-carriers.ts'
import { nowOf, type RoamingDeps } from './roaming-deps.ts'
import { isWithin, ToldTexts } from './told.ts'

/**
 * Batches that are worked off in one transaction where more than one waits: what a transaction costs by itself is shared, and no
 * message row comes later than some tenths of a second.
 */
const batchesAtOnce = 4

/** Works off batches of the inbox: whereabouts, late entrants, journeys and entry texts, in one transaction. */
export class RoamingWorker {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** This batch, and with it others that wait. Idempotent: what is done, or in other hands, is left alone. */
  async work(batchId: number): Promise<void> {
    const { db, routes, queues, log } = this.#deps
    let together = false
    const take = (atMost: number) =>
      transaction(db.pool, async (client) => {
        const batches = await takeBatches(client, batchId, atMost)
        together = batches.length > 1
        return batches.length === 0 ? undefined : this.#workOff(client, batches)
      })
    // One that always fails must not take the others with it.
    const done = await take(batchesAtOnce).catch((error: Error) => {
      if (!together) throw error
      log.warn({ batch: batchId, err: error.message }, 'notifications failed together; trying this batch alone')
      return take(1)
    })
    if (!done) return
    for (const { outcome, n } of done.tallies) metrics.notifications.inc({ outcome }, n)
    metrics.lateEntrants.inc(done.made)
    ringCarriers(queues, routes, done.bells)
  }

  async #workOff(client: Client, batches: readonly KeptBatch[]) {
    const { countries, routes } = this.#deps
    const now = nowOf(this.#deps)
    const events = readEvents(batches, countries, now.getTime())
    const first = events[0]?.event.at ?? now
    const known = knownOf(await lockRoamers(client, [...new Set(events.map(({ event }) => event.msisdn))]))
    const written = await writtenEvents(
      client,
      events.filter(({ recorded }) => recorded),
    )
    const movers = mayEnter(events, known)
    const waits = await lockWaits(client, movers)
    const journeys = await recentJourneys(client, movers, new Date(first.getTime() - rememberedMs))
    // Who waits for the texts of this stay may have had those of an earlier one.
    const texts = new ToldTexts()
    for (const { msisdn, country, enteredAt } of journeys) texts.set(msisdn, country, { at: enteredAt, waits: false })
    for (const { msisdn, country, enteredAt } of waits) texts.set(msisdn, country, { at: enteredAt, waits: true })
    // Before it is read which levels stand: a rise that is not in them finds these people there (`EntryResend`).
    await holdSelections(client)
    const entries = await EntryMessages.begin(client, this.#deps, movers, now)
    const { results, moved, returned } = followEvents(events, { known, written, texts }, entries)
    const isThere = (msisdn: string, country: string) =>
      isWithin(known.get(msisdn)?.countries ?? [], country.split('/'))
    const back = waits.filter(({ msisdn, country }) => returned.has(msisdn) && isThere(msisdn, country))
    await hastenWaits(
      client,
      back.map(({ id }) => id),
      now,
    )
    await saveRoamers(
      client,
      [...moved].map((msisdn) => rowOf(msisdn, known.get(msisdn) as Whereabouts)),
    )
    const late = await tellLateEntrants(client, this.#inForce, routes, presentOf(moved, known))
    const entry = await entries.make(client)
    await insertEvents(client, results.flatMap(rowsOf))
    const tallies = talliesOf(results)
    await tallyEvents(client, tallies)
    await closeBatches(
      client,
      batches.map(({ id }) => id),
    )
    return { tallies, made: late.made, bells: [...late.bells, entry] }
  }
}

/** Those who are anywhere abroad. A ship in the zone is in no country, but in the zone. */
function presentOf(moved: ReadonlySet<string>, known: Known): Present[] {
  const present: Present[] = []
  for (const msisdn of moved) {
    const { countries, place, hplmn, seenAt } = known.get(msisdn) as Whereabouts
    if (countries.length === 0 && place === null) continue
    present.push({ msisdn, population: 'roamers', language: null, hplmn, mission: null, countries, place, seenAt })
  }
  return present
}

function rowsOf({ read, outcome }: EventResult) {
  const { key, at, recorded, event, country } = read
  if (!recorded || outcome === 'duplicate') return []
  return [{ key, at, msisdn: event.msisdn, event: event.event, country, outcome }]
}

function talliesOf(results: readonly EventResult[]) {
  const tallies = new Map<string, EventTally & { outcome: EventResult['outcome']; n: number }>()
  for (const { read, outcome, carrierNo } of results) {
    const day = dayOf(read.at)
    const key = `${day} ${read.country} ${outcome} ${carrierNo}`
    const tally = tallies.get(key)
    if (tally) tally.n++
    else tallies.set(key, { day, country: read.country, outcome, carrierNo, n: 1 })
  }
  return [...tallies.values()]
}
