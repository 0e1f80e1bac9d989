import { type EventPage, eventsAfter, eventsWithin } from '../store/alerts/event-pages.ts'
import { jurisdictionOf } from '../store/people/jurisdiction.ts'
import { reckonCountries } from './alert-countries.ts'
import type { ApiDeps } from './deps.ts'

const pageSize = 500

/** Everything that has happened after an event, a page at a time, as fast as it is read. */
export type EventPages = (after: number) => AsyncGenerator<EventPage & { readonly last: number }>

/**
 * What a person may follow: all, or of mission staff what befalls alerts that touch a country of their missions now. Of these a page
 * may hold nothing, and says all the same how far it was looked.
 */
export function eventPages(
  { db, countries }: Pick<ApiDeps, 'db' | 'countries'>,
  missions: readonly string[] | null,
): EventPages {
  const page = async (after: number): Promise<EventPage> => {
    const jurisdiction = await jurisdictionOf(db.pool, missions)
    if (jurisdiction === null) return eventsAfter(db.pool, after, pageSize)
    await reckonCountries(db, countries)
    return eventsWithin(db.pool, after, pageSize, jurisdiction.countries)
  }
  return async function* (after) {
    for (let last = after; ; ) {
      const { events, last: upTo } = await page(last)
      if (upTo === undefined) return
      yield { events, last: upTo }
      last = upTo
    }
  }
}
