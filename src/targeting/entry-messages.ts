import { LANES } from '../alerts/lane.ts'
import type { Countries } from '../geo/countries.ts'
import { insertMessages } from '../store/audience/insert-messages.ts'
import { openBroadcast } from '../store/audience/open-broadcast.ts'
import type { Client } from '../store/database.ts'
import { optedOut } from '../store/inbox/opt-outs.ts'
import { type EntrySources, entryTemplates, lockEntryBroadcast, textVariant } from '../store/roaming/entry-texts.ts'
import { insertJourneys } from '../store/roaming/journeys.ts'
import { type EntryText, entryTextFor } from './entry-text.ts'
import type { Entry } from './follow.ts'
import { countryKey, type EventOutcome } from './journey.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** An entry text is of no use two days later: neither sent that late, nor kept that long by a carrier. */
const usefulMs = 48 * 3600_000
const dayMs = 24 * 3600_000
/** Roamers are subscribers of Korean home carriers. */
const travellerLanguage = 'ko'

interface Due extends Entry {
  readonly text: EntryText
  readonly route: readonly number[]
}

/** The entry texts of one batch: decided one by one, then made together. */
export class EntryMessages {
  readonly #sources: EntrySources
  readonly #countries: Countries
  readonly #routes: RouteNumbers
  readonly #refused: ReadonlySet<string>
  readonly #due: Due[] = []
  /** By the countries entered: a batch enters few. */
  readonly #texts = new Map<string, EntryText | undefined>()

  private constructor(sources: EntrySources, countries: Countries, routes: RouteNumbers, refused: ReadonlySet<string>) {
    this.#sources = sources
    this.#countries = countries
    this.#routes = routes
    this.#refused = refused
  }

  /** @param msisdns of all entries that will be decided on. */
  static async begin(
    client: Client,
    countries: Countries,
    routes: RouteNumbers,
    msisdns: readonly string[],
  ): Promise<EntryMessages> {
    return new EntryMessages(await entryTemplates(client), countries, routes, await optedOut(client, msisdns))
  }

  /** `sent`: `make` will make his text. */
  decide(entry: Entry): Extract<EventOutcome, 'sent' | 'too-late' | 'no-text' | 'opted-out' | 'no-route'> {
    const { msisdn, countries, hplmn, at } = entry
    if (at.getTime() < Date.now() - usefulMs) return 'too-late'
    const text = this.#textFor(countries)
    if (!text) return 'no-text'
    if (this.#refused.has(msisdn)) return 'opted-out'
    const country = countries.length === 1 ? countries[0] : undefined
    const route = this.#routes.find({ population: 'roamers', msisdn, hplmn: hplmn ?? undefined, country }, false)
    if (route.length === 0) return 'no-route'
    this.#due.push({ ...entry, text, route })
    return 'sent'
  }

  #textFor(countries: readonly string[]): EntryText | undefined {
    const key = countries.join('/')
    if (!this.#texts.has(key)) {
      this.#texts.set(key, entryTextFor(countries, travellerLanguage, this.#sources, this.#countries))
    }
    return this.#texts.get(key)
  }

  /** Makes the journeys and one text for each; returns whose bells to ring. Call it once. */
  async make(client: Client): Promise<{ carriers: number[]; lane: number }> {
    const lane = LANES.entry
    if (this.#due.length === 0) return { carriers: [], lane }
    const stays = this.#due.map(({ msisdn, countries, at }) => ({
      msisdn,
      country: countryKey(countries) as string,
      enteredAt: at,
    }))
    const journeys = await insertJourneys(client, stays)
    const broadcastId = await todaysBroadcast(client)
    const variants = new Map<string, number>()
    for (const { text } of this.#due) {
      if (!variants.has(text.text)) variants.set(text.text, await textVariant(client, broadcastId, text))
    }
    const messages = this.#due.map(({ msisdn, countries, text, route }, i) => ({
      recipientKey: journeys[i] as number,
      msisdn,
      variant: variants.get(text.text) as number,
      reason: 'entry' as const,
      country: countryKey(countries) as string,
      route,
    }))
    const { carriers } = await insertMessages(client, broadcastId, lane, messages)
    return { carriers, lane }
  }
}

async function todaysBroadcast(client: Client): Promise<number> {
  const day = new Date().toISOString().slice(0, 10)
  const open = await lockEntryBroadcast(client, day)
  if (open !== undefined) return open
  return openBroadcast(client, {
    alertId: null,
    day,
    lane: LANES.entry,
    state: 'sending',
    exercise: false,
    resend: false,
    digest: null,
    // The last text of the day is of use for as long.
    expires: new Date(Date.parse(day) + dayMs + usefulMs),
    validityMs: usefulMs,
    texts: [],
  })
}
