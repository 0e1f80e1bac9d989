import type { Client } from '../database.ts'
import { type Choice, isNobody, Values } from './choice.ts'
import { type PeopleRange, placedIn } from './people-ranges.ts'

/** Counts the placed of the ranges by the quads that hold their cells: `cell >> shift`. Who is uncertain is where his centre is. */
export async function countByQuad(
  db: Client,
  choice: Choice,
  ranges: readonly PeopleRange[],
  shift: number,
): Promise<{ quad: number; n: number }[]> {
  if (isNobody(choice)) return []
  const values = new Values()
  const columns = `p.cell >> ${values.add(shift, 'int')} AS quad`
  const { rows } = await db.query<{ quad: number; n: number }>(
    `SELECT quad, count(*)::int AS n FROM ${placedIn(choice, ranges, 'all', columns, values)} GROUP BY quad`,
    values.list,
  )
  return rows
}
