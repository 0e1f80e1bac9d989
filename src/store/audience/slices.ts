import type { Client } from '../database.ts'
import { type Choice, conditions, freshlyPlaced, tableOf, Values } from './choice.ts'
import { ofCountries } from './groups.ts'
import { beyondAll, type PeopleRange, placedIn } from './people-ranges.ts'

/** Counts all placed of each range, looked at or not. */
export async function countRanges(db: Client, choice: Choice, ranges: readonly PeopleRange[]): Promise<number[]> {
  const values = new Values()
  const { rows } = await db.query<{ i: number; n: number }>(
    `SELECT r.i::int AS i, count(*)::int AS n FROM ${placedIn(choice, ranges, 'all', 'true', values)} GROUP BY r.i`,
    values.list,
  )
  const counts = new Array<number>(ranges.length).fill(0)
  for (const { i, n } of rows) counts[i - 1] = n
  return counts
}

/** The last of the first `size` people of a range; undefined where they are fewer. */
export async function lastOfRange(
  db: Client,
  choice: Choice,
  range: PeopleRange,
  size: number,
): Promise<{ cell: number; msisdn: number } | undefined> {
  const values = new Values()
  const bigint = (n: number) => values.add(n, 'bigint')
  // Not `placedIn`: for an order and a limit the planner would read the index from its beginning, and join the range to each row.
  const { rows } = await db.query<{ cell: number; msisdn: number }>(
    `SELECT p.cell, p.msisdn FROM ${tableOf[choice.population]} p
      WHERE p.cell IS NOT NULL AND (p.cell, p.msisdn) >= (${bigint(range.from)}, ${bigint(range.fromMsisdn)})
            AND (p.cell, p.msisdn) <= (${bigint(range.to)}, ${bigint(range.toMsisdn)})
            ${freshlyPlaced(choice, values)}${conditions(choice, values)}
      ORDER BY p.cell, p.msisdn OFFSET ${values.add(size - 1, 'int')} LIMIT 1`,
    values.list,
  )
  return rows[0]
}

/** The MSISDN of the last of the first `size` of a country from `from` on; undefined where they are fewer. */
export async function lastInCountry(
  db: Client,
  choice: Choice,
  country: string,
  which: 'all' | 'unplaced',
  from: number,
  size: number,
): Promise<number | undefined> {
  const values = new Values()
  const people = ofCountries(choice, [country], which, { from, to: beyondAll }, values)
  const { rows } = await db.query<{ msisdn: number }>(
    `SELECT p.msisdn FROM ${people} ORDER BY p.msisdn OFFSET ${values.add(size - 1, 'int')} LIMIT 1`,
    values.list,
  )
  return rows[0]?.msisdn
}
