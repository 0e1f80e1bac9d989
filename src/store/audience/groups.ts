import type { Client } from '../database.ts'
import { type Choice, conditions, isNobody, type Population, tableOf, traitOf, unplaced, Values } from './choice.ts'
import { type PeopleRange, placedIn, rangesFor } from './people-ranges.ts'
import { isPerhaps, servedSets } from './served-sets.ts'

/** People who are alike in all that decides their carriers and their text. */
export interface Group {
  readonly population: Population
  readonly country: string | null
  /** Language of residents, home network of roamers. */
  readonly trait: string | null
  /** Which of the number prefixes that routes ask for theirs begin with: see `Prefixes`. */
  readonly bucket: number
  /** No place of theirs counts. */
  readonly unplaced: boolean
  /** They asked for no more texts, and the alert is one that can be refused. */
  readonly refused: boolean
}

export interface GroupCount extends Group {
  readonly n: number
}

/** How groups are told apart. */
export interface Grouping {
  /** Ascending: the bucket of a number is how many of these are not above it. */
  readonly thresholds: readonly number[]
  /** Whether those who asked for no more texts are told apart. */
  readonly refusable: boolean
}

/** The columns that make the group of a row of table `p`. What is the same for all of them is a constant: it is neither made nor compared. */
class GroupColumns {
  readonly #expressions: readonly (readonly [name: string, expression: string, isConstant: boolean])[]

  constructor(
    choice: Choice,
    { thresholds, refusable }: Grouping,
    values: Values,
    which: 'placed' | 'unplaced' | 'all',
  ) {
    this.#expressions = [
      ['country', 'p.country', false],
      ['trait', `p.${traitOf[choice.population]}`, false],
      thresholds.length === 0
        ? ['bucket', '0', true]
        : ['bucket', `width_bucket(p.msisdn, ${values.add(thresholds, 'bigint[]')})`, false],
      which === 'all'
        ? ['unplaced', unplaced(choice, values), false]
        : ['unplaced', String(which === 'unplaced'), true],
      refusable
        ? ['refused', 'EXISTS (SELECT FROM opt_out o WHERE o.msisdn = p.msisdn)', false]
        : ['refused', 'false', true],
    ]
  }

  /** All of them, by their names, of table `p`. */
  get all(): string {
    return this.#expressions.map(([name, expression]) => `${expression} AS ${name}`).join()
  }

  /** Those that differ. */
  get different(): string {
    return this.#differing.map(([name, expression]) => `${expression} AS ${name}`).join()
  }

  /** All of them, of a query `p` that has those that differ. */
  get fromDifferent(): string {
    return this.#expressions
      .map(([name, expression, isConstant]) => (isConstant ? `${expression} AS ${name}` : `p.${name}`))
      .join()
  }

  get names(): string {
    return this.#differing.map(([name]) => `p.${name}`).join()
  }

  get #differing() {
    return this.#expressions.filter(([, , isConstant]) => !isConstant)
  }
}

/** Expressions over table `p` that make its group. @param which only of those whose place counts, or does not */
export const groupColumns = (
  choice: Choice,
  grouping: Grouping,
  values: Values,
  which: 'placed' | 'unplaced' | 'all',
): string => new GroupColumns(choice, grouping, values, which).all

/** Counts the placed of the ranges that are taken whole, by group: index-only scans, 0.2 us a person. */
export async function countPlaced(
  db: Client,
  choice: Choice,
  ranges: readonly PeopleRange[],
  grouping: Grouping,
): Promise<GroupCount[]> {
  const whole = rangesFor(choice, ranges, 'whole')
  if (whole.length === 0 || isNobody(choice)) return []
  const values = new Values()
  const columns = new GroupColumns(choice, grouping, values, 'placed')
  return count(db, choice, columns, placedIn(choice, whole, 'whole', columns.different, values), values)
}

/** Counts those of countries with MSISDNs in a range, both bounds inclusive, by group. */
export async function countInCountries(
  db: Client,
  choice: Choice,
  countries: readonly string[],
  which: 'all' | 'unplaced',
  msisdns: { readonly from: number; readonly to: number },
  grouping: Grouping,
): Promise<GroupCount[]> {
  if (isNobody(choice)) return []
  const values = new Values()
  const columns = new GroupColumns(choice, grouping, values, which)
  const people = ofCountries(choice, countries, which, msisdns, values)
  return count(db, choice, columns, `(SELECT ${columns.different} FROM ${people}) p`, values)
}

/** Counts the unplaced of countries with MSISDNs in a range, both bounds inclusive, by country. */
export async function countUnplaced(
  db: Client,
  choice: Choice,
  countries: readonly string[],
  msisdns: { readonly from: number; readonly to: number },
): Promise<{ country: string; n: number }[]> {
  if (isNobody(choice)) return []
  const values = new Values()
  const { rows } = await db.query<{ country: string; n: number }>(
    `SELECT p.country, count(*)::int AS n FROM ${ofCountries(choice, countries, 'unplaced', msisdns, values)} GROUP BY p.country`,
    values.list,
  )
  return rows
}

/**
 * Counts roamers whose network serves several countries, some of these among them, by all that it serves and by group; which country
 * they are told for is for the caller to say.
 */
export async function countPerhaps(
  db: Client,
  choice: Choice,
  countries: readonly string[],
  grouping: Grouping,
): Promise<(GroupCount & { readonly candidates: readonly string[] })[]> {
  if (isNobody(choice)) return []
  const values = new Values()
  const columns = new GroupColumns(choice, grouping, values, 'all')
  const { rows } = await db.query<GroupCount & { candidates: string[] }>(
    `${servedSets(values.add(countries, 'char(2)[]'))}
     SELECT 'roamers' AS population, p.candidates::text[], ${columns.fromDifferent}, count(*)::int AS n
       FROM served s CROSS JOIN LATERAL (
         SELECT p.candidates, ${columns.different} FROM roamer p
          WHERE ${isPerhaps} AND p.candidates = s.candidates${conditions(choice, values)} OFFSET 0) p
      GROUP BY p.candidates, ${columns.names}`,
    values.list,
  )
  return rows
}

/** What follows FROM: the people of countries, as `p`. */
export function ofCountries(
  choice: Choice,
  countries: readonly string[],
  which: 'all' | 'unplaced',
  msisdns: { readonly from: number; readonly to: number },
  values: Values,
): string {
  return `${tableOf[choice.population]} p
    WHERE ${inCountries(countries, values)} AND p.msisdn >= ${values.add(msisdns.from, 'bigint')}
          AND p.msisdn <= ${values.add(msisdns.to, 'bigint')}
          ${which === 'unplaced' ? `AND ${unplaced(choice, values)}` : ''}${conditions(choice, values)}`
}

/** A single one by equality: its people then come in the order of their numbers. */
const inCountries = (countries: readonly string[], values: Values) =>
  countries.length === 1
    ? `p.country = ${values.add(countries[0], 'char(2)')}`
    : `p.country = ANY (${values.add(countries, 'char(2)[]')})`

async function count(
  db: Client,
  { population }: Choice,
  columns: GroupColumns,
  from: string,
  values: Values,
): Promise<GroupCount[]> {
  const { rows } = await db.query<GroupCount>(
    `SELECT '${population}' AS population, ${columns.fromDifferent}, count(*)::int AS n FROM ${from} GROUP BY ${columns.names}`,
    values.list,
  )
  return rows
}
