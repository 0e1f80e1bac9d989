import type { Client } from '../database.ts'
import type { Population } from './choice.ts'

/** Looking for those who came while a standing alert paused for its review. */
export interface ReviewWalk {
  readonly id: number
  readonly alertId: string
  readonly population: Population
  /** Numbers of the population up to this one are done. */
  readonly after: number
}

/**
 * Begins a walk where the alert pauses now; call it in the transaction of the review, under the alert's row lock. A walk of an earlier review
 * begins anew: who came in the second pause may have a number that it had passed.
 *
 * It begins also where the pause is a minute ahead: until the review is committed, others find the alert paused from that moment on.
 */
export async function beginReviewWalk(client: Client, alertId: string): Promise<void> {
  await client.query(
    `INSERT INTO review_walk (alert_id)
     SELECT id FROM alert WHERE id = $1 AND phase = 'live' AND review_at <= clock_timestamp() + interval '1 minute'
     ON CONFLICT (alert_id) DO UPDATE SET id = DEFAULT, population = DEFAULT, after = DEFAULT`,
    [alertId],
  )
}

const goesOn = '(a.review_at IS NULL OR a.review_at > now())'

/** Walks of alerts that have ended lead nowhere, and go. Returns those whose alerts do not pause again, the oldest first. */
export async function openReviewWalks(db: Client): Promise<Pick<ReviewWalk, 'id' | 'alertId'>[]> {
  await db.query(
    `DELETE FROM review_walk w USING alert a WHERE a.id = w.alert_id AND (a.phase <> 'live' OR a.expires <= now())`,
  )
  const { rows } = await db.query<Pick<ReviewWalk, 'id' | 'alertId'>>(
    `SELECT w.id, w.alert_id "alertId" FROM review_walk w JOIN alert a ON a.id = w.alert_id WHERE ${goesOn} ORDER BY w.id`,
  )
  return rows
}

/** How many walks there are to be done, and how long ago the review was that the oldest of them follows; 0 where there is none. */
export async function reviewWalksLeft(db: Client): Promise<{ readonly open: number; readonly oldestSeconds: number }> {
  const { rows } = await db.query<{ open: number; oldestSeconds: number }>(
    `SELECT count(*)::int open, coalesce(extract(epoch FROM now() - min(r.at)), 0)::float "oldestSeconds"
       FROM review_walk w JOIN alert a ON a.id = w.alert_id
            LEFT JOIN LATERAL (SELECT max(at) at FROM alert_event WHERE alert_id = w.alert_id AND act = 'review') r ON true
      WHERE a.phase = 'live' AND a.expires > now() AND ${goesOn}`,
  )
  return rows[0] as { open: number; oldestSeconds: number }
}

/** The walk under its row lock; undefined: it is done, has begun anew, or is in other hands. */
export async function takeReviewWalk(client: Client, id: number): Promise<ReviewWalk | undefined> {
  const { rows } = await client.query<ReviewWalk>(
    `SELECT id, alert_id "alertId", population, after FROM review_walk WHERE id = $1 FOR UPDATE SKIP LOCKED`,
    [id],
  )
  return rows[0]
}

/** Keeps how far it has got; in the transaction that tells those of the page. */
export async function advanceReviewWalk(
  client: Client,
  { id, population, after }: Pick<ReviewWalk, 'id' | 'population' | 'after'>,
  told: number,
): Promise<void> {
  await client.query('UPDATE review_walk SET population = $2, after = $3, told = told + $4 WHERE id = $1', [
    id,
    population,
    after,
    told,
  ])
}

/** Returns how many were told before the last page. */
export async function endReviewWalk(client: Client, id: number): Promise<number> {
  const { rows } = await client.query<{ told: number }>('DELETE FROM review_walk WHERE id = $1 RETURNING told', [id])
  return rows[0]?.told ?? 0
}
