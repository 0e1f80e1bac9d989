import { graver, type TravelLevel } from '../../geo/travel-levels.ts'
import { appendAudit } from '../audit.ts'
import { type Client, type Database, transaction } from '../database.ts'
import { history, standing } from '../kept.ts'

export interface TravelLevelRow extends TravelLevel {
  readonly madeBy: string
  readonly madeAt: Date
}

const kept = {
  table: 'travel_level',
  key: 'country, area',
  age: 'id',
  columns: `country, area, level, special, to_char(since, 'YYYY-MM-DD') since, source, verified, made_by "madeBy", made_at "madeAt"`,
}
const stands = '(level IS NOT NULL OR special)'

/** What stands now: the newest row of each area, but those that were taken off; of one country or of all. */
export const levelsOf = (db: Client, country?: string): Promise<TravelLevelRow[]> =>
  standing(db, kept, { of: '$1::text IS NULL OR country = $1', stands }, [country ?? null])

/** Everything that was ever said of a country's areas, the newest first. */
export const levelHistory = (db: Client, country: string): Promise<TravelLevelRow[]> =>
  history(db, kept, 'country', country)

/** What holds at a place: the gravest of the areas that hold it. `holds` says whether an area does; undefined: no advice. */
export async function levelAt(
  db: Client,
  country: string,
  holds: (area: string) => Promise<boolean>,
): Promise<TravelLevelRow | undefined> {
  let found: TravelLevelRow | undefined
  for (const row of await levelsOf(db, country)) {
    if (row.area !== country && !(await holds(row.area))) continue
    found = found === undefined ? row : (graver(found, row) as TravelLevelRow)
  }
  return found
}

/** A person says what stands for an area from now on; what stood before remains in the history. */
export async function setLevel(db: Database, row: TravelLevel, person: string): Promise<void> {
  await transaction(db.pool, async (client) => {
    await insertLevel(client, row, `person:${person}`)
    await appendAudit(client, {
      actor: `person:${person}`,
      act: 'travel-level.set',
      subject: `area:${row.area}`,
      detail: { ...row },
    })
  })
}

/** What the file said and nobody has confirmed: it stands, and is told to nobody who enters. Of these countries, or of all. */
export const unconfirmedLevels = (db: Client, countries: readonly string[] | null): Promise<TravelLevelRow[]> =>
  standing(
    db,
    kept,
    {
      of: '$1::text[] IS NULL OR country = ANY ($1)',
      stands: `"madeBy" = 'file' AND NOT verified AND ${stands}`,
    },
    [countries],
  )

/**
 * A person has compared what the file said with what the ministry publishes: from now on it is told. What people set is left alone.
 *
 * @param country null: of all
 * @param source what it was compared with
 * @returns what was confirmed
 */
export async function confirmLevels(
  db: Database,
  country: string | null,
  source: string,
  person: string,
): Promise<TravelLevel[]> {
  return transaction(db.pool, async (client) => {
    // Somebody may be setting one of them just now: what he says must not be followed by what the file said.
    await client.query('LOCK TABLE travel_level IN SHARE ROW EXCLUSIVE MODE')
    const actor = `person:${person}`
    const rows = await unconfirmedLevels(client, country === null ? null : [country])
    const confirmed = rows.map(
      ({ madeBy: _by, madeAt: _at, ...row }): TravelLevel => ({ ...row, source, verified: true }),
    )
    for (const row of confirmed) {
      await insertLevel(client, row, actor)
      await appendAudit(client, { actor, act: 'travel-level.confirm', subject: `area:${row.area}`, detail: { ...row } })
    }
    return confirmed
  })
}

/** The rows of the file about areas of which nothing was ever said. */
export async function seedLevels(db: Database, rows: readonly TravelLevel[]): Promise<void> {
  await transaction(db.pool, async (client) => {
    // Processes that start together would each find nothing.
    await client.query('LOCK TABLE travel_level IN SHARE ROW EXCLUSIVE MODE')
    const known = await client.query<{ key: string }>(`SELECT DISTINCT country || ' ' || area AS key FROM travel_level`)
    const said = new Set(known.rows.map(({ key }) => key))
    for (const row of rows) if (!said.has(`${row.country} ${row.area}`)) await insertLevel(client, row, 'file')
  })
}

async function insertLevel(db: Client, row: TravelLevel, madeBy: string): Promise<void> {
  await db.query(
    `INSERT INTO travel_level (country, area, level, special, since, source, verified, made_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [row.country, row.area, row.level, row.special, row.since, row.source, row.verified, madeBy],
  )
}
