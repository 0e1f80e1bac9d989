import type { Client } from '../database.ts'

/** What is to be watched from now on: an operator's numbers, and one subscription of each type for each. */
export interface NumbersToWatch {
  readonly operator: string
  readonly msisdns: readonly string[]
  readonly types: readonly string[]
  readonly by: string
  readonly now: Date
}

/**
 * Has numbers subscribed to; call it in a transaction. One that is known already is tried again at once where it waits for another try.
 *
 * @returns how many were new
 */
export async function watchNumbers(
  client: Client,
  { operator, msisdns, types, by, now }: NumbersToWatch,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO camara_number (operator, msisdn, added_by)
     SELECT DISTINCT $1::text, unnest($2::bigint[]), $3::text ORDER BY 2 ON CONFLICT DO NOTHING`,
    [operator, msisdns, by],
  )
  await insertDue(client, operator, types, now, 'n.msisdn = ANY ($4::bigint[])', msisdns)
  await client.query(
    `UPDATE camara_subscription SET next_try_at = $3
      WHERE operator = $1 AND msisdn = ANY ($2::bigint[]) AND state = 'due' AND next_try_at > $3`,
    [operator, msisdns, now],
  )
  return rowCount ?? 0
}

/**
 * Ends what is subscribed to for numbers; call it in a transaction. Of one that was just asked for it is found out first what became of it.
 *
 * @returns how many were watched
 */
export async function forgetNumbers(
  client: Client,
  operator: string,
  msisdns: readonly string[],
  now: Date,
): Promise<number> {
  const { rowCount } = await client.query(
    'DELETE FROM camara_number WHERE operator = $1 AND msisdn = ANY ($2::bigint[])',
    [operator, msisdns],
  )
  await client.query(
    `UPDATE camara_subscription
        SET state = CASE state WHEN 'due' THEN 'ended' ELSE 'ending' END,
            next_try_at = CASE state WHEN 'due' THEN NULL ELSE $3::timestamptz END, tries = 0, changed_at = $3
      WHERE operator = $1 AND msisdn = ANY ($2::bigint[]) AND state IN ('due', 'requested', 'active')`,
    [operator, msisdns, now],
  )
  return rowCount ?? 0
}

/** After the types of a profile changed: all its numbers are subscribed to these, and to no others. Call it in a transaction. */
export async function changeTypes(
  client: Client,
  operator: string,
  types: readonly string[],
  now: Date,
): Promise<void> {
  await client.query(
    `UPDATE camara_subscription
        SET state = CASE state WHEN 'due' THEN 'ended' ELSE 'ending' END,
            next_try_at = CASE state WHEN 'due' THEN NULL ELSE $3::timestamptz END, tries = 0, changed_at = $3
      WHERE operator = $1 AND type <> ALL ($2::text[]) AND state IN ('due', 'requested', 'active')`,
    [operator, types, now],
  )
  await insertDue(client, operator, types, now, '$4::bigint[] IS NULL', null)
  await client.query('UPDATE camara_operator SET types = $2 WHERE operator = $1', [operator, types])
}

/** Of which of these operators a number is. */
export async function operatorOf(
  db: Client,
  msisdn: string,
  operators: readonly string[],
): Promise<string | undefined> {
  const { rows } = await db.query<{ operator: string }>(
    'SELECT operator FROM camara_number WHERE msisdn = $1 AND operator = ANY ($2) ORDER BY added_at DESC LIMIT 1',
    [msisdn, operators],
  )
  return rows[0]?.operator
}

async function insertDue(
  client: Client,
  operator: string,
  types: readonly string[],
  now: Date,
  which: string,
  msisdns: readonly string[] | null,
): Promise<void> {
  await client.query(
    `INSERT INTO camara_subscription (operator, msisdn, type, state, next_try_at, changed_at)
     SELECT n.operator, n.msisdn, t.type, 'due', $3::timestamptz, $3::timestamptz
       FROM camara_number n CROSS JOIN unnest($2::text[]) AS t (type)
      WHERE n.operator = $1 AND ${which} AND NOT EXISTS (
        SELECT FROM camara_subscription s
         WHERE s.operator = n.operator AND s.msisdn = n.msisdn AND s.type = t.type
           AND s.state IN ('due', 'asked', 'requested', 'active'))
     ON CONFLICT (operator, msisdn, type) WHERE state IN ('due', 'asked', 'requested') DO NOTHING`,
    [operator, types, now, msisdns],
  )
}
