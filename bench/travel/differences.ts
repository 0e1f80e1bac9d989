import type { Database } from '../../src/store/database.ts'
import type { Due } from './due.ts'

/** What was made is held against what is due: a line for each difference, the first `most` of each kind. */
export async function differences(db: Database, due: Due, most = 5): Promise<string[]> {
  return [
    ...(await differentSets(db, due, most)),
    ...(await differentOutcomes(db, due, most)),
    ...(await sums(db, due)),
  ]
}

/** Texts of a set by journey, in the order in which they go out. A journey without any is as wrong as a text without one. */
async function differentSets({ pool }: Database, due: Due, most: number): Promise<string[]> {
  const { rows } = await pool.query<{ journey: string; texts: (string | null)[] }>(
    `SELECT format('%s %s %s', j.msisdn, j.country, (extract(epoch FROM j.entered_at) * 1000)::bigint) AS journey,
            array_agg(t.text ORDER BY m.broadcast_id, m.seq) AS texts
       FROM (SELECT * FROM message WHERE reason = 'entry') m
       FULL JOIN journey j ON j.id = m.recipient_key / 8 AND j.msisdn = m.msisdn
       LEFT JOIN broadcast_text t ON t.broadcast_id = m.broadcast_id AND t.variant = m.variant
      GROUP BY 1`,
  )
  const made = new Map(rows.map(({ journey, texts }) => [journey, texts.join(' | ')]))
  const wanted = new Map(
    due.sets.map(({ msisdn, country, enteredAt, texts }) => [`${msisdn} ${country} ${enteredAt}`, texts.join(' | ')]),
  )
  const twice = due.sets.length - wanted.size
  return [
    ...unequal('set', wanted, made, most),
    ...(twice > 0 ? [`the model itself has ${twice} sets for journeys that have one already`] : []),
  ]
}

/** By what an event says: what two feeds say of one has two outcomes. */
async function differentOutcomes({ pool }: Database, due: Due, most: number): Promise<string[]> {
  const { rows } = await pool.query<{ event: string; outcomes: string[] }>(
    `SELECT format('%s %s %s %s', msisdn, event, country, (extract(epoch FROM at) * 1000)::bigint) AS event,
            array_agg(outcome ORDER BY outcome) AS outcomes FROM roaming_event GROUP BY 1`,
  )
  const made = new Map(rows.map(({ event, outcomes }) => [event, outcomes.join(', ')]))
  const lists = new Map<string, string[]>()
  for (const { delivery, outcome } of due.judged) {
    const { at, event, countries } = delivery.sighting
    const key = `${delivery.msisdn} ${event} ${countries.toSorted().join('/')} ${at}`
    const list = lists.get(key)
    if (list) list.push(outcome)
    else lists.set(key, [outcome])
  }
  const wanted = new Map([...lists].map(([key, outcomes]) => [key, outcomes.toSorted().join(', ')]))
  return unequal('event', wanted, made, most)
}

/** Of all notifications, repeats included: the sums that reports are made of. */
async function sums({ pool }: Database, due: Due): Promise<string[]> {
  const { rows } = await pool.query<{ outcome: string; n: string }>(
    'SELECT outcome, sum(n)::text AS n FROM event_tally GROUP BY 1 HAVING sum(n) <> 0',
  )
  const made = new Map(rows.map(({ outcome, n }) => [outcome, n]))
  const wanted = new Map([...outcomeCounts(due)].map(([outcome, n]) => [outcome, String(n)]))
  return unequal('sum', wanted, made, 20)
}

/** How many notifications ended how, by the model. */
export function outcomeCounts(due: Due): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { outcome } of due.judged) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  if (due.duplicates > 0) counts.set('duplicate', due.duplicates)
  return counts
}

function unequal(what: string, wanted: Map<string, string>, made: Map<string, string>, most: number): string[] {
  const lines: string[] = []
  let more = 0
  for (const key of new Set([...wanted.keys(), ...made.keys()])) {
    if (wanted.get(key) === made.get(key)) continue
    if (lines.length < most)
      lines.push(`${what} ${key}: due ${wanted.get(key) ?? 'nothing'}; made ${made.get(key) ?? 'nothing'}`)
    else more++
  }
  return more === 0 ? lines : [...lines, `${what}: ${more} more`]
}
