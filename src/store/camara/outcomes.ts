import type pg from 'pg'
import { type Client, transaction } from '../database.ts'

interface Made {
  readonly id: string
  readonly remoteId: string
  readonly expiresAt: Date
  readonly renewAt: Date
  readonly now: Date
}

/**
 * A subscription works: it takes the place of the one before, which is to be deleted at the operator. Where its number is not watched
 * any more it is to be deleted itself, and so is one that is not the one that this row stands for.
 */
export async function becomeActive(
  pool: pg.Pool,
  operator: string,
  { id, remoteId, expiresAt, renewAt, now }: Made,
): Promise<void> {
  await transaction(pool, async (client) => {
    // The number first, as whoever forgets it does: he waits for us, or we see that it is gone.
    const number = await client.query(
      `SELECT FROM camara_number n JOIN camara_subscription s USING (operator, msisdn) WHERE s.id = $1 FOR KEY SHARE OF n`,
      [id],
    )
    const { rows } = await client.query<{ state: string; remoteId: string | null }>(
      `SELECT state, remote_id "remoteId" FROM camara_subscription WHERE id = $1 FOR UPDATE`,
      [id],
    )
    const row = rows[0]
    const same = row?.remoteId === null || row?.remoteId === remoteId
    if (row === undefined || !same) return void (await endStray(client, operator, { remoteId, now }))
    if (row.state !== 'asked' && row.state !== 'requested') return
    if (number.rowCount === 0) {
      await client.query(
        `UPDATE camara_subscription SET state = 'ending', remote_id = $2, next_try_at = $3, tries = 0, changed_at = $3 WHERE id = $1`,
        [id, remoteId, now],
      )
      return
    }
    await client.query(
      `UPDATE camara_subscription old SET state = 'ending', next_try_at = $2, tries = 0, changed_at = $2
         FROM camara_subscription new
        WHERE new.id = $1 AND old.id <> $1 AND old.state = 'active'
          AND (old.operator, old.msisdn, old.type) = (new.operator, new.msisdn, new.type)`,
      [id, now],
    )
    await client.query(
      `UPDATE camara_subscription
          SET state = 'active', remote_id = $2, expires_at = $3, next_try_at = $4, tries = 0, problem = NULL, changed_at = $5
        WHERE id = $1`,
      [id, remoteId, expiresAt, renewAt, now],
    )
  })
}

/** The operator took it on, and will say later whether it works. */
export async function becomeRequested(
  db: Client,
  operator: string,
  { id, remoteId, now, checkAt }: { id: string; remoteId: string; now: Date; checkAt: Date },
): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE camara_subscription SET state = 'requested', remote_id = $2, next_try_at = $3, changed_at = $4
      WHERE id = $1 AND state IN ('asked', 'requested') AND (remote_id IS NULL OR remote_id = $2)`,
    [id, remoteId, checkAt, now],
  )
  if (rowCount === 0) await endStray(db, operator, { remoteId, now })
}

/** Nothing was done: it is tried again, from where it was. */
export async function tryAgain(
  db: Client,
  { id, at, problem }: { id: string; at: Date; problem: string | null },
): Promise<void> {
  await db.query(
    `UPDATE camara_subscription
        SET state = CASE state WHEN 'asked' THEN 'due' ELSE state END, next_try_at = $2, tries = tries + 1, problem = $3
      WHERE id = $1 AND state <> 'ended'`,
    [id, at, problem],
  )
}

/** It may have been done: what was asked for stays in doubt. */
export async function stayInDoubt(
  db: Client,
  { id, at, problem }: { id: string; at: Date; problem: string },
): Promise<void> {
  await db.query(
    `UPDATE camara_subscription SET next_try_at = $2, tries = tries + 1, problem = $3 WHERE id = $1 AND state <> 'ended'`,
    [id, at, problem],
  )
}

/** Nothing is wrong, and it is looked at again later. */
export async function lookAgain(db: Client, id: string, at: Date): Promise<void> {
  await db.query(
    `UPDATE camara_subscription SET next_try_at = $2, tries = 0 WHERE id = $1 AND state IN ('requested', 'active', 'ending')`,
    [id, at],
  )
}

/** It is to be deleted at the operator. */
export async function beginEnding(db: Client, id: string, now: Date): Promise<void> {
  await db.query(
    `UPDATE camara_subscription SET state = 'ending', next_try_at = $2, tries = 0, changed_at = $2
      WHERE id = $1 AND state IN ('requested', 'active')`,
    [id, now],
  )
}

/** Another one is to take its place; it runs on to its end, or until the other one works. */
export async function beginRenewal(
  client: Client,
  { id, endsAt, now }: { id: string; endsAt: Date; now: Date },
): Promise<void> {
  await client.query(`UPDATE camara_subscription SET next_try_at = $2 WHERE id = $1 AND state = 'active'`, [id, endsAt])
  await client.query(
    `INSERT INTO camara_subscription (operator, msisdn, type, state, next_try_at, changed_at)
     SELECT operator, msisdn, type, 'due', $2::timestamptz, $2::timestamptz FROM camara_subscription WHERE id = $1 AND state = 'active'
     ON CONFLICT (operator, msisdn, type) WHERE state IN ('due', 'asked', 'requested') DO NOTHING`,
    [id, now],
  )
}

/**
 * A subscription is no more. Where its number is still watched, and it was not we who ended it, another one is due at `renewAt`.
 *
 * @returns whether there was something to end
 */
export async function becomeEnded(
  pool: pg.Pool,
  { id, now, renewAt, types, shortLives, problem }: Ended,
): Promise<boolean> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<{ was: string }>(
      `SELECT state AS was FROM camara_subscription WHERE id = $1 AND state <> 'ended' FOR UPDATE`,
      [id],
    )
    const was = rows[0]?.was
    if (was === undefined) return false
    await client.query(
      `UPDATE camara_subscription SET state = 'ended', next_try_at = NULL, problem = $3, changed_at = $2 WHERE id = $1`,
      [id, now, problem],
    )
    if (was === 'ending') return true
    await client.query(
      `INSERT INTO camara_subscription AS s (operator, msisdn, type, state, next_try_at, short_lives, problem, changed_at)
       SELECT e.operator, e.msisdn, e.type, 'due', $3::timestamptz, $5::integer, $6::text, $2::timestamptz
         FROM camara_subscription e JOIN camara_number n USING (operator, msisdn)
        WHERE e.id = $1 AND e.type = ANY ($4::text[])
       ON CONFLICT (operator, msisdn, type) WHERE state IN ('due', 'asked', 'requested')
       DO UPDATE SET next_try_at = excluded.next_try_at WHERE s.state = 'due' AND s.next_try_at > excluded.next_try_at`,
      [id, now, renewAt, types, shortLives, problem],
    )
    return true
  })
}

interface Ended {
  readonly id: string
  readonly now: Date
  readonly renewAt: Date
  /** Event types of the profile: no other is renewed. */
  readonly types: readonly string[]
  /** Of those before the next one, in a row. */
  readonly shortLives: number
  readonly problem: string | null
}

interface Stray {
  readonly remoteId: string
  readonly now: Date
  readonly msisdn?: string | null | undefined
  readonly type?: string | undefined
}

/** A subscription at the operator that nothing here stands for: it is deleted there. */
export async function endStray(db: Client, operator: string, { remoteId, now, msisdn, type }: Stray): Promise<void> {
  await db.query(
    `INSERT INTO camara_subscription AS s (operator, msisdn, type, state, remote_id, next_try_at, changed_at)
     VALUES ($1, $2, $3, 'ending', $4, $5, $5)
     ON CONFLICT (remote_id, operator) WHERE remote_id IS NOT NULL
     DO UPDATE SET state = 'ending', next_try_at = $5, changed_at = $5 WHERE s.state = 'ended'`,
    [operator, msisdn ?? null, type ?? 'unknown', remoteId, now],
  )
}
