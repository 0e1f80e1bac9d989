import type { Client } from '../database.ts'

/** Of these carriers, those that have chunks which are still to be sent. */
export async function strandedCarriers(db: Client, nos: readonly number[]): Promise<Set<number>> {
  if (nos.length === 0) return new Set()
  const { rows } = await db.query<{ no: number }>(
    `SELECT no FROM carrier
      WHERE no = ANY ($1::smallint[]) AND (EXISTS (SELECT FROM chunk WHERE carrier_no = carrier.no AND state = 'ready')
                                        OR EXISTS (SELECT FROM chunk WHERE carrier_no = carrier.no AND state = 'sending'))`,
    [nos],
  )
  return new Set(rows.map(({ no }) => no))
}
