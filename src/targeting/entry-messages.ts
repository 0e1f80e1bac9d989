import { delayOf, type Wait } from '../entry/due.ts'
import type { EntryText } from '../entry/model.ts'
import { travellerLanguage } from '../entry/traveller-language.ts'
import type { Client } from '../store/database.ts'
import { optedOut } from '../store/inbox/opt-outs.ts'
import { entrySources } from '../store/roaming/entry-sources.ts'
import { insertWaits, type NewWait } from '../store/roaming/entry-waits.ts'
import { dayOf } from '../store/roaming/events.ts'
import { EntryGrounds, type Ground } from './entry-grounds.ts'
import { type Bells, type EntrySet, makeSets, usefulMs } from './entry-sets.ts'
import type { Entry } from './follow.ts'
import { countryKey, type EntryOutcome, type StayRules, type Whereabouts } from './journey.ts'
import type { RoamingDeps } from './roaming-deps.ts'
import type { RouteNumbers } from './route-numbers.ts'

type Told = { readonly outcome: EntryOutcome; readonly carrierNo: number | null }

/** The entry texts of one batch: decided one by one, then made together. */
export class EntryMessages {
  readonly #grounds: EntryGrounds
  readonly #routes: RouteNumbers
  readonly #refused: ReadonlySet<string>
  readonly #due: EntrySet[] = []
  readonly #waits: NewWait[] = []

  private constructor(grounds: EntryGrounds, routes: RouteNumbers, refused: ReadonlySet<string>) {
    this.#grounds = grounds
    this.#routes = routes
    this.#refused = refused
  }

  /** @param msisdns of all entries that will be decided on. */
  static async begin(
    client: Client,
    { countries, regions, routes }: RoamingDeps,
    msisdns: readonly string[],
    now: Date,
  ): Promise<EntryMessages> {
    const grounds = new EntryGrounds(await entrySources(client, now), countries, regions, now)
    return new EntryMessages(grounds, routes, await optedOut(client, msisdns))
  }

  /** How long somebody is remembered where he is now. */
  readonly stayRulesOf = ({ countries, place }: Pick<Whereabouts, 'countries' | 'place'>): StayRules =>
    stayRulesOf(this.#grounds.at(countries, place))

  /** `sent`: `make` will make his texts; `waits`: it will keep them. */
  readonly tell = (entry: Entry): Told => {
    const { read, msisdn, countries, place, at } = entry
    const ground = this.#grounds.at(countries, place)
    const verdict = verdictOn({ ...entry, enteredAt: at }, ground, this.#grounds, this.#routes, this.#refused)
    if (verdict.outcome !== 'sent') return { outcome: verdict.outcome, carrierNo: null }
    const wait = this.#waitOf(ground, entry)
    if (wait) {
      const event = { day: dayOf(read.at), key: read.key }
      this.#waits.push({ msisdn, country: countryKey(countries) as string, enteredAt: at, ...wait, event })
      return { outcome: 'waits', carrierNo: null }
    }
    this.#due.push({ msisdn, enteredAt: at, ground, texts: verdict.texts, route: verdict.route })
    return { outcome: 'sent', carrierNo: verdict.route[0] ?? null }
  }

  /** Makes the texts that are due and keeps the others; returns whose bells to ring. Call it once. */
  async make(client: Client): Promise<Bells> {
    await insertWaits(client, this.#waits)
    return makeSets(client, this.#due, this.#grounds)
  }

  /** Where texts are delayed they wait even if the time has passed: a later event, perhaps of this batch, may tell that he is gone. */
  #waitOf(ground: Ground, { at, place }: Entry): Wait | null {
    const { ms, why } = delayOf(ground.policy)
    const wait = this.#grounds.waitOf(ground, place, at)
    return wait ?? (ms > 0 ? { dueAt: this.#grounds.now, why } : null)
  }
}

export const stayRulesOf = ({ policy }: Ground): StayRules => ({
  coolDownMs: policy.coolDownHours * 3_600_000,
  returnMs: policy.returnMinutes * 60_000,
})

type Verdict =
  | { readonly outcome: 'sent'; readonly texts: readonly EntryText[]; readonly route: readonly number[] }
  | { readonly outcome: Exclude<EntryOutcome, 'sent' | 'waits'> }

/** Whether somebody who entered gets texts, or why not; when is another matter. */
export function verdictOn(
  { msisdn, hplmn, language, enteredAt }: Pick<Entry, 'msisdn' | 'hplmn' | 'language'> & { enteredAt: Date },
  { policy, textsIn, where }: Ground,
  { now }: EntryGrounds,
  routes: RouteNumbers,
  refused: ReadonlySet<string>,
): Verdict {
  if (enteredAt.getTime() < now.getTime() - usefulMs) return { outcome: 'too-late' }
  if (!policy.enabled) return { outcome: 'policy-off' }
  const texts = textsIn(travellerLanguage(language))
  if (texts.length === 0) return { outcome: 'no-text' }
  if (refused.has(msisdn)) return { outcome: 'opted-out' }
  const country = where.countries.length === 1 ? where.countries[0] : undefined
  const route = routes.find({ population: 'roamers', msisdn, hplmn: hplmn ?? undefined, country }, 'live')
  return route.length === 0 ? { outcome: 'no-route' } : { outcome: 'sent', texts, route }
}
