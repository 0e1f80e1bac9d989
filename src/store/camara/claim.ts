import type { Client } from '../database.ts'

/** A subscription that something is to be done about. */
export interface Claimed {
  readonly id: string
  /** What it was in; of `due` it is `asked` now, so that a kill leaves a trace of what may have been sent. */
  readonly was: 'due' | 'requested' | 'active' | 'ending'
  readonly msisdn: string | null
  readonly type: string
  readonly remoteId: string | null
  readonly askedUntil: Date | null
  readonly expiresAt: Date | null
  readonly changedAt: Date
  readonly tries: number
  /** So many before it ended soon after they began. */
  readonly shortLives: number
  /** Another one of the same number and type works. */
  readonly covered: boolean
  /** The number is still to be watched. */
  readonly wanted: boolean
}

/** The next that is due of an operator, for `leaseMs`: after that it is due again, whatever became of the claim. */
export async function claimSubscription(
  db: Client,
  operator: string,
  { now, leaseMs, until }: { now: Date; leaseMs: number; until: Date },
): Promise<Claimed | undefined> {
  const { rows } = await db.query<Claimed>({
    name: 'camara-claim',
    text: `
      WITH next AS (
        SELECT id, state FROM camara_subscription
         WHERE operator = $1 AND state NOT IN ('asked', 'ended') AND next_try_at <= $2
         ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED)
      UPDATE camara_subscription s
         SET state = CASE next.state WHEN 'due' THEN 'asked' ELSE s.state END,
             changed_at = CASE next.state WHEN 'due' THEN $2 ELSE s.changed_at END,
             asked_until = CASE next.state WHEN 'due' THEN $4 ELSE s.asked_until END,
             next_try_at = $3
        FROM next WHERE s.id = next.id
      RETURNING s.id, next.state AS was, s.msisdn::text AS msisdn, s.type, s.remote_id "remoteId", s.asked_until "askedUntil",
                s.expires_at "expiresAt", s.changed_at "changedAt", s.tries, s.short_lives "shortLives",
                EXISTS (SELECT FROM camara_subscription o
                         WHERE o.operator = s.operator AND o.msisdn = s.msisdn AND o.type = s.type AND o.id <> s.id
                           AND o.state = 'active' AND o.expires_at > $2) AS covered,
                EXISTS (SELECT FROM camara_number n WHERE n.operator = s.operator AND n.msisdn = s.msisdn) AS wanted`,
    values: [operator, now, new Date(now.getTime() + leaseMs), until],
  })
  return rows[0]
}

/** Without the operator's list: what is in doubt stays so until `at`, and what has been since before `givenUp` is asked for anew. */
export async function putOffDoubts(
  db: Client,
  operator: string,
  { now, at, givenUp, problem }: { now: Date; at: Date; givenUp: Date; problem: string },
): Promise<void> {
  await db.query(
    `UPDATE camara_subscription
        SET state = CASE WHEN changed_at < $4 THEN 'due' ELSE state END,
            next_try_at = CASE WHEN changed_at < $4 THEN $2 ELSE $3 END, problem = $5
      WHERE operator = $1 AND state = 'asked' AND next_try_at <= $2`,
    [operator, now, at, givenUp, problem],
  )
}

/** One that was asked for, and of which it is not known whether it was made. */
export interface InDoubt {
  readonly id: string
  readonly msisdn: string
  readonly type: string
  readonly askedUntil: Date
  readonly tries: number
}

export async function inDoubt(db: Client, operator: string, now: Date, limit: number): Promise<InDoubt[]> {
  const { rows } = await db.query<InDoubt>(
    `SELECT id, msisdn::text AS msisdn, type, asked_until "askedUntil", tries FROM camara_subscription
      WHERE operator = $1 AND state = 'asked' AND next_try_at <= $2 ORDER BY next_try_at LIMIT $3`,
    [operator, now, limit],
  )
  return rows
}
