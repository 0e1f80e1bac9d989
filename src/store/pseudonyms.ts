import { createHmac, randomBytes } from 'node:crypto'
import type { Client } from './database.ts'

/** `person:NAME` and `subscriber:MSISDN` are somebody; everything else in the audit log is a thing, or the engine. */
const somebody = /^(person|subscriber):(.+)$/s

/** A pseudonym as it stands in the log: `person:~kP0qT1a7_x2Z`. */
const pseudonymous = /^(person|subscriber):~([\w-]+)$/

type Kind = 'person' | 'subscriber'

const keyOctets = 32

/**
 * 96 bits of an HMAC by a key that is nobody else's: without the key no name is found by trying all, and no other name has a key that makes
 * this pseudonym of it.
 */
const pseudonymOf = (key: Buffer, kind: Kind, name: string) =>
  createHmac('sha256', key).update(`${kind}:${name}`).digest().subarray(0, 12).toString('base64url')

/**
 * Puts pseudonyms in the place of names and numbers; who has none yet gets one, by a key drawn at random. Writers of the log call it under the
 * log's lock: so no two make pseudonyms of the same people in two orders.
 */
export async function disguise(client: Client, ...whos: readonly string[]): Promise<string[]> {
  const people = whos.map((who) => somebody.exec(who))
  const found = people.flatMap((match) => (match ? [{ kind: match[1] as Kind, name: match[2] as string }] : []))
  if (found.length === 0) return [...whos]
  const kinds = found.map(({ kind }) => kind)
  const names = found.map(({ name }) => name)
  const keys = found.map(() => randomBytes(keyOctets))
  await client.query(
    `INSERT INTO pseudonym (pseudonym, kind, name, key) SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[])
     ON CONFLICT DO NOTHING`,
    [found.map(({ kind, name }, i) => pseudonymOf(keys[i] as Buffer, kind, name)), kinds, names, keys],
  )
  const { rows } = await client.query<{ who: string; as: string }>(
    `SELECT p.kind || ':' || p.name AS who, p.kind || ':~' || p.pseudonym AS "as"
       FROM pseudonym p JOIN unnest($1::text[], $2::text[]) AS n (kind, name) ON n.kind = p.kind AND n.name = p.name`,
    [kinds, names],
  )
  const known = new Map(rows.map((row) => [row.who, row.as]))
  return whos.map((who) => known.get(who) ?? who)
}

/** How somebody stands in the audit log; undefined: not at all. */
export async function disguiseOf(db: Client, kind: Kind, name: string): Promise<string | undefined> {
  const { rows } = await db.query<{ as: string }>(
    `SELECT kind || ':~' || pseudonym AS "as" FROM pseudonym WHERE kind = $1 AND name = $2`,
    [kind, name],
  )
  return rows[0]?.as
}

/**
 * Whose the pseudonyms are: `person:kim`. Of who was erased the pseudonym stays, so that one can still be told from another:
 * `person:~kP0qT1a7_x2Z (erased)`. `show` has the last word on numbers.
 */
export async function recognise(
  db: Client,
  whos: readonly string[],
  show: (msisdn: string) => string,
): Promise<Map<string, string>> {
  const people = new Map(
    whos.flatMap((who) => {
      const match = pseudonymous.exec(who)
      return match ? [[match[2] as string, who] as const] : []
    }),
  )
  if (people.size === 0) return new Map()
  const { rows } = await db.query<{ pseudonym: string; kind: string; name: string }>(
    'SELECT pseudonym, kind, name FROM pseudonym WHERE pseudonym = ANY ($1)',
    [[...people.keys()]],
  )
  const known = new Map(
    rows.map(({ pseudonym, kind, name }) => [
      pseudonym,
      kind === 'subscriber' ? `subscriber:${show(name)}` : `person:${name}`,
    ]),
  )
  return new Map([...people].map(([pseudonym, who]) => [who, known.get(pseudonym) ?? `${who} (erased)`]))
}

const pageSize = 10_000

/**
 * Pseudonyms of the log that are not those of the names beside them, or that lost their name by no erasure: somebody changed who did it. Those
 * of before there were keys tell nothing of their names.
 */
export async function misnamed(db: Client): Promise<string[]> {
  const found: string[] = []
  for (let after = '', more = true; more; ) {
    const { rows } = await db.query<{ pseudonym: string; kind: Kind; name: string; key: Buffer | null }>(
      `SELECT pseudonym, kind, name, key FROM pseudonym WHERE pseudonym > $1 AND length(pseudonym) = 16 ORDER BY pseudonym LIMIT ${pageSize}`,
      [after],
    )
    for (const { pseudonym, kind, name, key } of rows) {
      if (key === null || pseudonymOf(key, kind, name) !== pseudonym) found.push(`${kind}:~${pseudonym}`)
    }
    after = rows.at(-1)?.pseudonym ?? ''
    more = rows.length === pageSize
  }
  const { rows } = await db.query<{ who: string }>(
    `SELECT DISTINCT who FROM audit CROSS JOIN LATERAL (VALUES (actor), (subject)) AS w (who)
      WHERE who ~ '^(person|subscriber):~'
        AND NOT EXISTS (SELECT FROM pseudonym p WHERE p.kind || ':~' || p.pseudonym = who)
        AND NOT EXISTS (SELECT FROM audit e WHERE e.act = 'privacy.erase' AND e.subject = who)
      ORDER BY who LIMIT 100`,
  )
  return [...found, ...rows.map(({ who }) => who)]
}
