import { metrics } from '../lib/metrics.ts'
import { type Client, transaction } from '../store/database.ts'
import { optedOut } from '../store/inbox/opt-outs.ts'
import { entrySources } from '../store/roaming/entry-sources.ts'
import {
  delayWait,
  dueWaits,
  endEvents,
  type KeptWait,
  putOffWaits,
  removeWaits,
  takeDueWaits,
} from '../store/roaming/entry-waits.ts'
import { type EventTally, tallyEvents } from '../store/roaming/events.ts'
import { recentJourneys } from '../store/roaming/journeys.ts'
import { readRoamers } from '../store/roaming/roamers.ts'
import { EntryGrounds, type Ground } from './entry-grounds.ts'
import { stayRulesOf, verdictOn } from './entry-messages.ts'
import { type EntrySet, makeSets, usefulMs } from './entry-sets.ts'
import { knownOf } from './follow.ts'
import { countryKey, type EventOutcome, type Whereabouts } from './journey.ts'
import { ringCarriers } from './ring-carriers.ts'
import { nowOf, type RoamingDeps } from './roaming-deps.ts'
import { isWithin, ToldTexts } from './told.ts'

const batchSize = 1000
/** When a text that could not be settled is tried again. */
const againMs = 5 * 60_000

/** What becomes of texts whose time has come: they are made, or not for one reason, or they wait on. */
type Settled =
  | { readonly wait: KeptWait; readonly outcome: EventOutcome; readonly set?: EntrySet }
  | { readonly wait: KeptWait; readonly again: Pick<KeptWait, 'enteredAt' | 'dueAt' | 'why'> }

/**
 * Settles texts that waited. Rows of a batch are taken, and their messages made, in one transaction: killed at whatever instruction, all of it
 * is there or nothing is, and what waited waits. Several processes may work side by side.
 */
export class EntryWaits {
  readonly #deps: RoamingDeps

  constructor(deps: RoamingDeps) {
    this.#deps = deps
  }

  /** Settles all that is due by now; returns how many got their texts. */
  async work(): Promise<number> {
    let sent = 0
    for (let taken = batchSize; taken === batchSize; ) {
      const done = await this.#settle().catch((error: Error) => this.#settleEach(error))
      taken = done.taken
      sent += done.sent
    }
    return sent
  }

  /** One that fails must not hold up all others: it is tried again later. */
  async #settleEach(error: Error): Promise<{ taken: number; sent: number }> {
    const { db, log } = this.#deps
    log.warn({ err: error.message }, 'waiting entry texts failed together; settling them one by one')
    const ids = await dueWaits(db.pool, nowOf(this.#deps), batchSize)
    let sent = 0
    for (const id of ids) {
      try {
        sent += (await this.#settle(id)).sent
      } catch (one) {
        log.error(
          { wait: id, err: (one as Error).message },
          'a waiting entry text failed; it is tried again in minutes',
        )
        await delayWait(db.pool, id, new Date(nowOf(this.#deps).getTime() + againMs))
      }
    }
    return { taken: ids.length, sent }
  }

  /** @param only this one */
  async #settle(only?: number): Promise<{ taken: number; sent: number }> {
    const { db, queues, routes } = this.#deps
    const { taken, sent, outcomes, bells } = await transaction(db.pool, (client) => this.#settleBatch(client, only))
    for (const [outcome, n] of outcomes) metrics.notifications.inc({ outcome }, n)
    ringCarriers(queues, routes, bells)
    return { taken, sent }
  }

  async #settleBatch(client: Client, only: number | undefined) {
    const { countries, regions } = this.#deps
    const now = nowOf(this.#deps)
    const waits = await takeDueWaits(client, now, batchSize, only)
    const outcomes = new Map<EventOutcome, number>()
    if (waits.length === 0) return { taken: 0, sent: 0, outcomes, bells: [] }
    const msisdns = [...new Set(waits.map(({ msisdn }) => msisdn))]
    // Read after the rows are locked: whoever moves and has something waiting waits for this, or has been waited for.
    const known = knownOf(await readRoamers(client, msisdns))
    const refused = await optedOut(client, msisdns)
    const grounds = new EntryGrounds(await entrySources(client, now), countries, regions, now)
    const told = await toldSince(client, waits, msisdns)
    const settled = waits.map((wait): Settled => {
      const who = known.get(wait.msisdn)
      const there = who !== undefined && isWithin(who.countries, wait.country.split('/'))
      if (!there) return whenAway(wait, who?.left ?? null, grounds)
      if (wait.superseded || wasTold(wait, who, told)) return whenAway({ ...wait, superseded: true }, null, grounds)
      const one = this.#whenThere(wait, who, grounds, refused)
      // An older row of the same stay may be in this batch.
      if ('set' in one && one.set) {
        const at = one.set.enteredAt
        told.set(wait.msisdn, countryKey(who.countries) as string, { at, waits: false })
      }
      return one
    })
    const again = settled.flatMap((one) => ('again' in one ? { id: one.wait.id, ...one.again } : []))
    const ended = settled.flatMap((one) => ('again' in one ? [] : one))
    await putOffWaits(client, again)
    await removeWaits(
      client,
      ended.map(({ wait }) => wait.id),
    )
    await endEvents(
      client,
      ended.flatMap(({ wait: { event }, outcome }) => (event ? { ...event, outcome } : [])),
    )
    const tallies = ended.flatMap(talliesOf)
    await tallyEvents(client, tallies)
    for (const { wait, outcome } of ended) if (wait.event) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const sets = ended.flatMap(({ set }) => set ?? [])
    const bells = await makeSets(client, sets, grounds)
    return { taken: waits.length, sent: sets.length, outcomes, bells: [bells] }
  }

  #whenThere(wait: KeptWait, who: Whereabouts, grounds: EntryGrounds, refused: ReadonlySet<string>): Settled {
    const { msisdn } = wait
    const { countries, place, hplmn, language } = who
    const ground = grounds.at(countries, place)
    // He was away for long, and came back: it is that stay which counts now.
    const enteredAt = new Date(Math.max(wait.enteredAt.getTime(), who.enteredAt?.getTime() ?? 0))
    const verdict = verdictOn(
      { msisdn, hplmn, language, enteredAt: usefulSince(wait, enteredAt) },
      ground,
      grounds,
      this.#deps.routes,
      refused,
    )
    if (verdict.outcome !== 'sent') return { wait, outcome: verdict.outcome }
    const more = grounds.waitOf(ground, place, enteredAt)
    if (more) return { wait, again: { enteredAt, ...more } }
    return { wait, outcome: 'sent', set: { msisdn, enteredAt, ground, texts: verdict.texts, route: verdict.route } }
  }
}

/** What these people were told of stays that are as new as what waits, or newer. */
async function toldSince(client: Client, waits: readonly KeptWait[], msisdns: readonly string[]): Promise<ToldTexts> {
  const first = waits.reduce((least, { enteredAt }) => Math.min(least, enteredAt.getTime()), Number.POSITIVE_INFINITY)
  const told = new ToldTexts()
  for (const { msisdn, country, enteredAt } of await recentJourneys(client, msisdns, new Date(first - 1))) {
    told.set(msisdn, country, { at: enteredAt, waits: false })
  }
  return told
}

/** By a later entry whose texts were due before: a policy that had these wait was changed in between. Who is told again was told. */
function wasTold({ event, msisdn, enteredAt }: KeptWait, who: Whereabouts, told: ToldTexts): boolean {
  const last = event === null ? undefined : told.of(msisdn, who.countries)
  return last !== undefined && last.at.getTime() >= Math.max(enteredAt.getTime(), who.enteredAt?.getTime() ?? 0)
}

/** Texts that are sent again are of use from when they were due, however long he has been there. */
const usefulSince = ({ event, dueAt }: KeptWait, enteredAt: Date) => (event === null ? dueAt : enteredAt)

/** He may be back in a moment, from a ship's network or over the border; then he was never away. */
function whenAway(wait: KeptWait, left: Whereabouts['left'], grounds: EntryGrounds): Settled {
  const ground = grounds.at(wait.country.split('/'), null)
  // Looked at because he came back, but he is away again; what is not due by the policy has not ended either.
  const more = wait.superseded ? null : grounds.waitOf(ground, null, wait.enteredAt)
  if (more) return { wait, again: { enteredAt: wait.enteredAt, ...more } }
  const wasThere = left !== null && isWithin(left.country.split('/'), wait.country.split('/'))
  const leftAt = wasThere ? left.at.getTime() : undefined
  const until = leftAt === undefined ? 0 : leftAt + stayRulesOf(ground).returnMs
  const useful = usefulSince(wait, wait.enteredAt).getTime() >= grounds.now.getTime() - usefulMs
  if (until > grounds.now.getTime() && useful) {
    return { wait, again: { enteredAt: wait.enteredAt, dueAt: new Date(until), why: 'away' } }
  }
  return { wait, outcome: wasTransit(wait, leftAt, ground) ? 'transit' : 'left-before' }
}

function wasTransit({ enteredAt }: KeptWait, leftAt: number | undefined, { policy }: Ground): boolean {
  const transitMs = policy.transitMinutes * 60_000
  return transitMs > 0 && (leftAt === undefined || leftAt - enteredAt.getTime() < transitMs)
}

/** What was counted as waiting is taken back. */
function talliesOf({ wait: { event, country }, outcome, set }: Exclude<Settled, { again: unknown }>): EventTally[] {
  if (!event) return []
  const { day } = event
  return [
    { day, country, outcome: 'waits', n: -1 },
    { day, country, outcome, carrierNo: set?.route[0] ?? null, n: 1 },
  ]
}
