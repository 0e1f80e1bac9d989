import type { Client } from '../database.ts'
import { type Choice, isNobody, Values } from './choice.ts'
import { type Group, type Grouping, groupColumns } from './groups.ts'
import { type PeopleRange, placedIn, rangesFor } from './people-ranges.ts'

/** Somebody near the border: his place decides. */
export interface LookedAt extends Group {
  readonly msisdn: number
  readonly lon: number
  readonly lat: number
  /** Uncertainty in metres; null: exact. */
  readonly radiusM: number | null
}

/** The placed of the ranges whose place has to be looked at. */
export async function peopleToLookAt(
  db: Client,
  choice: Choice,
  ranges: readonly PeopleRange[],
  grouping: Grouping,
): Promise<LookedAt[]> {
  const some = rangesFor(choice, ranges, 'looked-at')
  if (some.length === 0 || isNobody(choice)) return []
  const values = new Values()
  const radius = choice.population === 'roamers' ? 'p.radius_m' : 'NULL::float8'
  const columns = `p.msisdn, p.lon, p.lat, ${radius} AS "radiusM", ${groupColumns(choice, grouping, values, 'placed')}`
  const { rows } = await db.query<LookedAt>(
    `SELECT '${choice.population}' AS population, p.* FROM ${placedIn(choice, some, 'looked-at', columns, values)}`,
    values.list,
  )
  return rows
}
