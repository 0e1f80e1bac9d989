import { cellOf } from '../src/geo/cells.ts'
import type { Database } from '../src/store/database.ts'
import { copyRows, type Field } from './copy-rows.ts'
import { isPlaced, isResident, type Move, msisdnOf, type World } from './people.ts'

/** Half speak Korean. */
const languages = ['ko', 'ko', 'en', null]
const homes = ['45005', '45008', '45006']
/** Networks that serve several countries: where their guests are, nobody knows for certain. */
const shared = [
  ['GP', 'MF', 'BL'],
  ['RE', 'YT'],
  ['FI', 'AX'],
]

export const ownTables = ['resident', 'roamer'] as const

/**
 * Registers the people of the world as the engine keeps them. Indexes are made afterwards, and the triggers that link the numbers of one
 * person run for the few who have two: otherwise ten million would take an hour.
 */
export async function populate({ pool }: Database, world: World): Promise<void> {
  const { rows: indexes } = await pool.query<{ name: string; definition: string }>(
    `SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index
      WHERE indrelid IN ('resident'::regclass, 'roamer'::regclass) AND NOT indisunique`,
  )
  for (const { name } of indexes) await pool.query(`DROP INDEX ${name}`)
  for (const table of ownTables) await pool.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
  await Promise.all([
    copyRows(
      pool,
      'resident (msisdn, mission, country, lon, lat, cell, language, name_ref, registered_at)',
      residents(world),
    ),
    copyRows(
      pool,
      'roamer (msisdn, hplmn, country, candidates, entered_at, seen_at, lon, lat, radius_m, cell, placed_at)',
      roamers(world),
    ),
  ])
  for (const { definition } of indexes) await pool.query(definition)
  for (const table of ownTables) await pool.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
  await pool.query('UPDATE resident SET name_ref = name_ref WHERE msisdn % 100 < 2')
}

/** Moves people, each table in one statement. */
export async function movePeople({ pool }: Database, moves: Iterable<Move>): Promise<void> {
  await pool.query('CREATE TABLE bench_moved (msisdn bigint, lon float8, lat float8, cell bigint)')
  await copyRows(pool, 'bench_moved', movedRows(moves))
  const places = 'lon = m.lon, lat = m.lat, cell = m.cell'
  await pool.query(`UPDATE resident p SET ${places}, updated_at = now() FROM bench_moved m WHERE p.msisdn = m.msisdn`)
  await pool.query(
    `UPDATE roamer p SET ${places}, seen_at = now(), placed_at = now() FROM bench_moved m WHERE p.msisdn = m.msisdn`,
  )
  await pool.query('DROP TABLE bench_moved')
}

function* residents(world: World): Generator<Field[]> {
  for (const i of residentsByPlace(world)) {
    // One in a hundred is the second number of the one before.
    const person = i % 100 === 1 ? i - 1 : i
    const mission = `mission-${world.countryOf(person)}`
    const known = [languages[i & 3] ?? null, `P${person}`, '2026-01-01T00:00:00Z']
    yield [msisdnOf(i), mission, world.countryOf(i), ...place(world, i), ...known]
  }
}

/** Residents in the order in which an import writes them: that of their places, the unplaced at the end. */
function residentsByPlace(world: World): Uint32Array {
  const cells = new Float64Array(world.people)
  let count = 0
  const all = new Uint32Array(world.people)
  for (let i = 0; i < world.people; i++) {
    if (!isResident(i)) continue
    cells[i] = place(world, i)[2] ?? Number.MAX_SAFE_INTEGER
    all[count++] = i
  }
  return all.subarray(0, count).sort((a, b) => (cells[a] as number) - (cells[b] as number))
}

function* roamers(world: World): Generator<Field[]> {
  const seen = new Date().toISOString()
  for (let i = 0; i < world.people; i++) {
    if (isResident(i)) continue
    const [lon, lat, cell] = place(world, i)
    // One in forty of the unplaced is in a network of several countries.
    const several = lon === null && i % 40 === 9 ? shared[i % shared.length] : undefined
    const country = several ? null : world.countryOf(i)
    const candidates = several ? `{${several.join()}}` : '{}'
    const home = homes[i % homes.length] as string
    const [radius, placedAt] = lon === null ? [null, null] : [500, seen]
    yield [msisdnOf(i), home, country, candidates, seen, seen, lon, lat, radius, cell, placedAt]
  }
}

function* movedRows(moves: Iterable<Move>): Generator<Field[]> {
  for (const { i, lon, lat } of moves) yield [msisdnOf(i), lon, lat, cellOf(lon, lat)]
}

type Place = [lon: number | null, lat: number | null, cell: number | null]

function place(world: World, i: number): Place {
  if (!isPlaced(world, i)) return [null, null, null]
  const [lon, lat] = [world.lon[i] as number, world.lat[i] as number]
  return [lon, lat, cellOf(lon, lat)]
}
