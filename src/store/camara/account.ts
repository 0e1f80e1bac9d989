import type { Client } from '../database.ts'

export interface Account {
  /** Nothing is asked of the operator before. */
  readonly heldUntil: Date | null
  /** Failures in a row. */
  readonly tries: number
  /** Event types that its numbers were subscribed to last. */
  readonly types: readonly string[] | null
  /** When its list was last compared with ours. */
  readonly listedAt: Date | null
}

/** An account for one worker of all processes, for some time; undefined while another one has it. */
export async function takeAccount(
  db: Client,
  operator: string,
  worker: string,
  now: Date,
  leaseMs: number,
): Promise<Account | undefined> {
  const { rows } = await db.query<Account>(
    `INSERT INTO camara_operator AS o (operator, worker, worker_until) VALUES ($1, $2, $4)
     ON CONFLICT (operator) DO UPDATE SET worker = $2, worker_until = $4
      WHERE o.worker = $2 OR o.worker_until IS NULL OR o.worker_until < $3
     RETURNING held_until "heldUntil", tries, types, listed_at "listedAt"`,
    [operator, worker, now, new Date(now.getTime() + leaseMs)],
  )
  return rows[0]
}

export async function releaseAccount(db: Client, operator: string, worker: string): Promise<void> {
  await db.query('UPDATE camara_operator SET worker_until = NULL WHERE operator = $1 AND worker = $2', [
    operator,
    worker,
  ])
}

/** Nothing more is asked of the operator for some time. @param tries failures in a row */
export async function holdAccount(
  db: Client,
  operator: string,
  until: Date,
  tries: number,
  problem: string,
): Promise<void> {
  await db.query(
    'UPDATE camara_operator SET held_until = greatest(held_until, $2), tries = $3, problem = $4 WHERE operator = $1',
    [operator, until, tries, problem],
  )
}

/** It did what it was asked for. */
export async function clearAccount(db: Client, operator: string): Promise<void> {
  await db.query(
    'UPDATE camara_operator SET held_until = NULL, tries = 0, problem = NULL WHERE operator = $1 AND tries > 0',
    [operator],
  )
}

/** @param problem why there was no list */
export async function noteListed(db: Client, operator: string, at: Date, problem: string | null): Promise<void> {
  await db.query('UPDATE camara_operator SET listed_at = $2, problem = $3 WHERE operator = $1', [operator, at, problem])
}
