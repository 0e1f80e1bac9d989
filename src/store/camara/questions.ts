import type pg from 'pg'
import type { RoamingNotification } from '../../subscribers/notification.ts'
import { type Client, transaction } from '../database.ts'
import { keepBatch } from '../roaming/batches.ts'

/** Where is this number? Asked of its operator after an event that does not tell. */
export interface Question {
  readonly operator: string
  readonly msisdn: string
  /** Source and id of the event. */
  readonly key: string
  readonly at: Date
  /** Whose key the event came with. */
  readonly source: string
}

/** Keeps a question; one that is kept already is the same. */
export async function keepQuestion(
  db: Client,
  { operator, msisdn, key, at, source }: Question,
  now: Date,
): Promise<void> {
  await db.query(
    `INSERT INTO camara_question (operator, msisdn, key, at, source, next_try_at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (key) DO NOTHING`,
    [operator, msisdn, key, at, source, now],
  )
}

export interface ClaimedQuestion extends Question {
  readonly id: number
  readonly tries: number
}

export async function claimQuestion(
  db: Client,
  operator: string,
  { now, leaseMs }: { now: Date; leaseMs: number },
): Promise<ClaimedQuestion | undefined> {
  const { rows } = await db.query<ClaimedQuestion>({
    name: 'camara-question',
    text: `
      UPDATE camara_question q SET next_try_at = $3
        FROM (SELECT id FROM camara_question WHERE operator = $1 AND next_try_at <= $2
               ORDER BY next_try_at LIMIT 1 FOR UPDATE SKIP LOCKED) next
       WHERE q.id = next.id
      RETURNING q.id, q.operator, q.msisdn::text AS msisdn, q.key, q.at, q.source, q.tries`,
    values: [operator, now, new Date(now.getTime() + leaseMs)],
  })
  return rows[0]
}

export async function askAgain(db: Client, id: number, at: Date): Promise<void> {
  await db.query('UPDATE camara_question SET next_try_at = $2, tries = tries + 1 WHERE id = $1', [id, at])
}

/** The question is answered: by a notification, which goes into the inbox in the same transaction, or not at all. */
export async function answerQuestion(
  pool: pg.Pool,
  { id, source }: ClaimedQuestion,
  notification: RoamingNotification | undefined,
): Promise<number | undefined> {
  return transaction(pool, async (client) => {
    const { rowCount } = await client.query('DELETE FROM camara_question WHERE id = $1', [id])
    if (rowCount === 0 || notification === undefined) return undefined
    return keepBatch(client, source, [notification])
  })
}
