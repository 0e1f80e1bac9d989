import type { Client } from '../database.ts'

/** Whose request it is, and the key that he gave it. */
export interface RequestKey {
  readonly person: string
  readonly key: string
}

export interface KeptAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Sealed. */
  readonly answer: Buffer
}

/**
 * `begun`: the request is the first of its key, which is now taken. `other`: the key is that of another request. `open`: the first one
 * has no answer yet, since `seconds`. `lost`: it failed, and may have been done or not.
 */
export type Begun =
  | { readonly is: 'begun' }
  | { readonly is: 'other' }
  | { readonly is: 'open'; readonly seconds: number }
  | { readonly is: 'lost' }
  | ({ readonly is: 'answered' } & KeptAnswer)

interface Known {
  readonly request: Buffer
  readonly seconds: number
  readonly status: number | null
  readonly headers: KeptAnswer['headers']
  /** null: under way, or, with a status, lost. */
  readonly answer: Buffer | null
}

/** Keys are known for so long. */
const keptFor = "interval '24 hours'"

/** Takes a key for a request. Of two at once one begins. @param request SHA-256 of what is asked */
export async function beginRequest(db: Client, { person, key }: RequestKey, request: Buffer): Promise<Begun> {
  const taken = await db.query(
    `INSERT INTO idempotency AS i (person, key, request) VALUES ($1, $2, $3)
     ON CONFLICT (person, key) DO UPDATE SET request = excluded.request, at = now(), status = NULL, headers = NULL, answer = NULL
       WHERE i.at < now() - ${keptFor}
     RETURNING 1`,
    [person, key, request],
  )
  if (taken.rows.length > 0) return { is: 'begun' }
  const { rows } = await db.query<Known>(
    `SELECT request, status, headers, answer, extract(epoch FROM now() - at)::float8 seconds
       FROM idempotency WHERE person = $1 AND key = $2`,
    [person, key],
  )
  const [known] = rows
  // It was refused in this moment, and its key is free again.
  if (known === undefined) return { is: 'open', seconds: 0 }
  if (!known.request.equals(request)) return { is: 'other' }
  if (known.status === null) return { is: 'open', seconds: known.seconds }
  if (known.answer === null) return { is: 'lost' }
  return { is: 'answered', status: known.status, headers: known.headers, answer: known.answer }
}

/** Keeps the answer of a request that did something. */
export async function keepAnswer(db: Client, { person, key }: RequestKey, answer: KeptAnswer): Promise<void> {
  await db.query('UPDATE idempotency SET status = $3, headers = $4, answer = $5 WHERE person = $1 AND key = $2', [
    person,
    key,
    answer.status,
    JSON.stringify(answer.headers),
    answer.answer,
  ])
}

/** Leaves the key of a request taken that failed, perhaps after it was done. */
export async function loseRequest(db: Client, { person, key }: RequestKey, status: number): Promise<void> {
  await db.query('UPDATE idempotency SET status = $3 WHERE person = $1 AND key = $2', [person, key, status])
}

/** Frees the key of a request that did nothing. */
export async function forgetRequest(db: Client, { person, key }: RequestKey): Promise<void> {
  await db.query('DELETE FROM idempotency WHERE person = $1 AND key = $2 AND status IS NULL', [person, key])
}
