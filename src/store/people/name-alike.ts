import { Problem } from '../../lib/problem.ts'
import type { Client } from '../database.ts'

const lockKey = 0x6e616d65

/** Letters alike to whoever reads them: in other capitals, with other spaces, or of another form of the same character (Unicode NFKC). */
const asRead = (name: string) => `regexp_replace(lower(normalize(${name}, NFKC)), '\\s+', ' ', 'g')`

/**
 * A name that is another one to us alone would make one person two, and the author his own second person. To be called before a
 * person is made; of two at once the later one sees the earlier.
 * @throws Problem `person-name-taken` (409)
 */
export async function refuseNameAlike(client: Client, name: string): Promise<void> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM person WHERE ${asRead('name')} = ${asRead('$1::text')} AND name <> $1
        AND NOT EXISTS (SELECT FROM person WHERE name = $1) LIMIT 1`,
    [name],
  )
  const [other] = rows
  if (other === undefined) return
  throw new Problem('person-name-taken', `There is a person "${other.name}", and "${name}" would be another one`, {
    status: 409,
    hint: `Write "${other.name}" if he is meant; if not, a name that nobody takes for his.`,
  })
}
