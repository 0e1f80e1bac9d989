import type { Client } from '../database.ts'
import type { InboxWord } from './records.ts'

/** What numbers asked for last; call it in the transaction that keeps their texts. No number may come twice. */
export async function obeyWords(client: Client, words: ReadonlyMap<string, InboxWord>): Promise<void> {
  const numbersThat = (said: InboxWord) => [...words].filter(([, word]) => word === said).map(([msisdn]) => msisdn)
  const stop = numbersThat('stop')
  const start = numbersThat('start')
  if (stop.length > 0) {
    await client.query(
      'INSERT INTO opt_out (msisdn) SELECT msisdn FROM unnest($1::bigint[]) AS n (msisdn) ORDER BY msisdn ON CONFLICT DO NOTHING',
      [stop],
    )
  }
  if (start.length === 0) return
  await client.query('DELETE FROM opt_out WHERE msisdn = ANY ($1::bigint[])', [start])
  // Also of who was erased: the join asks for no hash while nobody was.
  await client.query(
    'DELETE FROM kept_opt_out k USING unnest($1::bigint[]) AS n (msisdn) WHERE k.hash = opt_out_hash(n.msisdn)',
    [start],
  )
}

/** Who of these numbers asked for no more texts. */
export async function optedOut(db: Client, msisdns: readonly string[]): Promise<Set<string>> {
  if (msisdns.length === 0) return new Set()
  const { rows } = await db.query<{ msisdn: string }>({
    name: 'opted-out',
    text: 'SELECT msisdn::text FROM opt_out WHERE msisdn = ANY ($1::bigint[])',
    values: [msisdns],
  })
  return new Set(rows.map((row) => row.msisdn))
}

/** Everybody who asked for no more texts: few, and read only to count. */
export async function everybodyOptedOut(db: Client): Promise<Set<string>> {
  const { rows } = await db.query<{ msisdn: string }>('SELECT msisdn::text FROM opt_out')
  return new Set(rows.map((row) => row.msisdn))
}
