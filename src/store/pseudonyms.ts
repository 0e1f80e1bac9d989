import { randomBytes } from 'node:crypto'
import type { Client } from './database.ts'

/** `person:NAME` and `subscriber:MSISDN` are somebody; everything else in the audit log is a thing, or the engine. */
const somebody = /^(person|subscriber):(.+)$/s

/** A pseudonym as it stands in the log: `person:~kP0qT1a7_x2Z`. */
const pseudonymous = /^(person|subscriber):~([\w-]+)$/

/**
 * Puts pseudonyms in the place of names and numbers; who has none yet gets one, drawn at random. Writers of the log call it under the
 * log's lock: so no two make pseudonyms of the same people in two orders.
 */
export async function disguise(client: Client, ...whos: readonly string[]): Promise<string[]> {
  const people = whos.map((who) => somebody.exec(who))
  const found = people.flatMap((match) => (match ? [{ kind: match[1] as string, name: match[2] as string }] : []))
  if (found.length === 0) return [...whos]
  const kinds = found.map(({ kind }) => kind)
  const names = found.map(({ name }) => name)
  await client.query(
    `INSERT INTO pseudonym (pseudonym, kind, name) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    [found.map(() => randomBytes(9).toString('base64url')), kinds, names],
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
export async function disguiseOf(db: Client, kind: 'person' | 'subscriber', name: string): Promise<string | undefined> {
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
