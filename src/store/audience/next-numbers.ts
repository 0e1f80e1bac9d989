import { int8Column } from '../columns.ts'
import type { Client } from '../database.ts'

/** A number that is told should the one before it not have the text in time. */
export interface NextNumber {
  readonly msisdn: number
  readonly after: number
  /** The person's first. */
  readonly first: number
}

export async function insertNextNumbers(
  client: Client,
  broadcastId: number,
  numbers: readonly NextNumber[],
): Promise<void> {
  if (numbers.length === 0) return
  await client.query(
    `INSERT INTO next_number (broadcast_id, msisdn, after_msisdn, first_msisdn)
     SELECT $1, msisdn, after_msisdn, first_msisdn
       FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS n (msisdn, after_msisdn, first_msisdn) ORDER BY msisdn
     ON CONFLICT DO NOTHING`,
    [
      broadcastId,
      int8Column(numbers, (n) => n.msisdn),
      int8Column(numbers, (n) => n.after),
      int8Column(numbers, (n) => n.first),
    ],
  )
}

/** Which of these numbers have a message of the broadcast. */
export async function haveMessage(
  client: Client,
  broadcastId: number,
  msisdns: readonly number[],
): Promise<Set<number>> {
  const { rows } = await client.query<{ msisdn: number }>(
    `SELECT n.msisdn FROM unnest($2::bigint[]) AS n (msisdn)
      CROSS JOIN LATERAL (SELECT FROM message WHERE broadcast_id = $1 AND recipient_key = n.msisdn LIMIT 1) m`,
    [broadcastId, int8Column(msisdns, (msisdn) => msisdn)],
  )
  return new Set(rows.map((row) => row.msisdn))
}

export interface DueNumber {
  readonly broadcastId: number
  readonly msisdn: number
  /** The number that was waited for. */
  readonly after: number
}

/** A number is not told after all: whoever waits for it waits for the one before it. */
export async function passOver(client: Client, passed: readonly DueNumber[]): Promise<void> {
  if (passed.length === 0) return
  await client.query(
    `UPDATE next_number n SET after_msisdn = p.after_msisdn
       FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS p (broadcast_id, msisdn, after_msisdn)
      WHERE n.broadcast_id = p.broadcast_id AND n.after_msisdn = p.msisdn`,
    [int8Column(passed, (p) => p.broadcastId), int8Column(passed, (p) => p.msisdn), int8Column(passed, (p) => p.after)],
  )
}

/**
 * Takes the numbers whose turn has come: the one before failed, or was sent to longer than `afterMs` ago and is not delivered. Those
 * whose turn never comes (the one before is delivered, or the broadcast has ended) go away.
 */
export async function takeDueNumbers(client: Client, afterMs: number, limit: number): Promise<DueNumber[]> {
  await client.query(
    `DELETE FROM next_number n USING broadcast b
      WHERE b.id = n.broadcast_id AND (b.state = 'closed' OR b.cancelled_at IS NOT NULL OR b.expires <= now())`,
  )
  await client.query(
    `DELETE FROM next_number n USING next_number d, message m
      WHERE m.broadcast_id = d.broadcast_id AND m.recipient_key = d.after_msisdn AND m.state IN ('delivered', 'cancelled')
        AND n.broadcast_id = d.broadcast_id AND n.first_msisdn = d.first_msisdn`,
  )
  const { rows } = await client.query<DueNumber>(
    `DELETE FROM next_number WHERE (broadcast_id, msisdn) IN (
       SELECT n.broadcast_id, n.msisdn FROM next_number n
         JOIN message m ON m.broadcast_id = n.broadcast_id AND m.recipient_key = n.after_msisdn
        WHERE m.state IN ('failed', 'expired', 'suppressed')
           OR m.state <> 'pending' AND coalesce(m.submitted_at, m.made_at) < now() - $1 * interval '1 millisecond'
        ORDER BY 1, 2 LIMIT $2 FOR UPDATE OF n SKIP LOCKED)
     RETURNING broadcast_id "broadcastId", msisdn, after_msisdn "after"`,
    [afterMs, limit],
  )
  return rows
}

/** Those of these numbers whose person has a message of the broadcast on another number: which is it. */
export async function toldOnAnother(
  client: Client,
  broadcastId: number,
  msisdns: readonly number[],
): Promise<Map<number, number>> {
  const { rows } = await client.query<{ msisdn: number; other: number }>(
    `SELECT l.msisdn, o.msisdn AS other FROM linked_number l JOIN linked_number o ON o.person = l.person AND o.msisdn <> l.msisdn
      CROSS JOIN LATERAL (SELECT FROM message WHERE broadcast_id = $1 AND recipient_key = o.msisdn LIMIT 1) m
      WHERE l.msisdn = ANY ($2::bigint[])`,
    [broadcastId, msisdns],
  )
  return new Map(rows.map(({ msisdn, other }) => [msisdn, other]))
}

/** Of these numbers those that are looked at one by one: whose they are. */
export async function personsByNumber(client: Client, msisdns: readonly number[]): Promise<Map<number, string>> {
  const { rows } = await client.query<{ msisdn: number; person: string }>(
    'SELECT msisdn, person FROM linked_number WHERE msisdn = ANY ($1::bigint[])',
    [msisdns],
  )
  return new Map(rows.map(({ msisdn, person }) => [msisdn, person]))
}
