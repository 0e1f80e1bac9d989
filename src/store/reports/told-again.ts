import type { Client } from '../database.ts'

/** How many were told the texts of a country again, or will be in the morning, because its level rose or an alert came into force. */
export interface ToldAgain {
  readonly level: number
  readonly alert: number
}

/** @param days of the rise or the launch, inclusive, `2026-01-01` */
export async function toldAgain(db: Client, { from, to }: { from: string; to: string }): Promise<ToldAgain> {
  const { rows } = await db.query<ToldAgain>(
    `SELECT coalesce(sum(told) FILTER (WHERE kind = 'level'), 0)::int AS level,
            coalesce(sum(told) FILTER (WHERE kind = 'alert'), 0)::int AS alert
       FROM entry_resend
      WHERE since >= $1::date::timestamp AT TIME ZONE 'UTC' AND since < ($2::date + 1)::timestamp AT TIME ZONE 'UTC'`,
    [from, to],
  )
  return rows[0] as ToldAgain
}
