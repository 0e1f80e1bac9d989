import { type Database, snapshot } from '../store/database.ts'
import { type EntryMessageCount, entryMessages } from '../store/reports/entry-messages.ts'
import { entryTally, type TallyKey, type TallyRow } from '../store/reports/entry-tally.ts'
import { type ToldAgain, toldAgain } from '../store/reports/told-again.ts'
import { type MessageState, noStates, type StateCounts } from '../store/states.ts'
import { type EntryTextRow, type EntryTextSummary, groupRows, summed } from './entry-text-summary.ts'

/** A year of entry texts. Notifications are counted to the day of their own time, texts to the day on which they were made; both UTC. */
export interface EntryYear {
  readonly year: number
  /** Until when it is counted, where the year is not over. */
  readonly at: string
  readonly total: EntryTextSummary
  /** The messages, one to four for an entry, where they stand now. */
  readonly texts: { readonly made: number; readonly states: StateCounts }
  /** People who got the texts once more while they were there; not in `total`, as no notification asked for it. */
  readonly toldAgain: ToldAgain
  readonly months: readonly (EntryTextRow & { readonly texts: number })[]
  /** Those with the most notifications first; a network of several countries is their codes joined by `/`. */
  readonly countries: readonly EntryTextRow[]
  readonly carriers: readonly CarrierYear[]
  /** The day with the most notifications; null where there were none. */
  readonly busiestDay: EntryTextRow | null
}

export interface CarrierYear {
  readonly carrier: string
  /** Entries whose texts it was to carry when they were made. */
  readonly sent: number
  /** The messages that it carries now: another may have taken over. */
  readonly texts: number
  readonly delivered: number
}

export async function entryYear(db: Database, year: number, now = new Date()): Promise<EntryYear> {
  const days = { from: `${year}-01-01`, to: `${year}-12-31` }
  // Of one instant: what comes in meanwhile would be in one sum and not in the other.
  return snapshot(db.pool, async (client) => {
    const by = async (key: TallyKey) => entryTally(client, days, [key])
    const [months, byCountry] = [await by('month'), await by('country')]
    const [byCarrier, byDay] = [await by('carrier'), await by('day')]
    const messages = await entryMessages(client, days)
    const states = noStates()
    for (const { state, n } of messages) states[state] += n
    return {
      year,
      at: now.toISOString(),
      total: summed(months),
      texts: { made: sumOf(messages), states },
      toldAgain: await toldAgain(client, days),
      months: groupRows(months, ['month']).map((row) => ({
        ...row,
        texts: sumOf(messages.filter(({ month }) => month === row.month)),
      })),
      countries: groupRows(byCountry, ['country']).sort((a, b) => b.notifications - a.notifications),
      carriers: carriersOf(byCarrier, messages),
      busiestDay: groupRows(byDay, ['day']).reduce<EntryTextRow | null>(
        (most, day) => (most === null || day.notifications > most.notifications ? day : most),
        null,
      ),
    }
  })
}

function carriersOf(tally: readonly TallyRow[], messages: readonly EntryMessageCount[]): CarrierYear[] {
  const names = new Set([...tally, ...messages].flatMap(({ carrier }) => carrier ?? []))
  const of = (carrier: string, state?: MessageState) =>
    sumOf(messages.filter((one) => one.carrier === carrier && (state === undefined || one.state === state)))
  return [...names].sort().map((carrier) => ({
    carrier,
    sent: summed(tally.filter((row) => row.carrier === carrier)).sent,
    texts: of(carrier),
    delivered: of(carrier, 'delivered'),
  }))
}

const sumOf = (rows: readonly { n: number }[]) => rows.reduce((sum, { n }) => sum + n, 0)
