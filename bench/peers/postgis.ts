import type pg from 'pg'
import type { Database } from '../../src/store/database.ts'
import type { Contender } from '../contender.ts'
import { copyRows, type Field } from '../copy-rows.ts'
import { isPlaced, isResident, type Move, msisdnOf, type World } from '../people.ts'
import type { BenchZone } from '../zones.ts'

/** How the people of a zone are asked for; `$1` is the zone. */
const statements = {
  ST_Covers: (columns: string) => `SELECT ${columns} FROM located WHERE ST_Covers($1::geometry, place)`,
  // A person on the border of two parts is found in both.
  'subdivided, clustered': (columns: string) =>
    `SELECT DISTINCT ${columns} FROM (SELECT ST_Subdivide($1::geometry, 128) AS part) z
       JOIN located_clustered ON ST_Covers(part, place)`,
} as const

/**
 * The peer. ST_Covers brings the test of boxes (`&&`) with it, which walks the GiST index; the second form is its best one: the zone
 * subdivided into parts of 128 corners, in the statement, over a table in the order of its index.
 */
export function postgisContenders({ pool }: Database): Contender[] {
  const geometries = new Map<BenchZone, string>()
  const geometryOf = async (zone: BenchZone): Promise<string> => {
    const { rows } = await pool.query<{ hex: string }>('SELECT ST_AsHEXEWKB(ST_GeomFromGeoJSON($1)) AS hex', [
      JSON.stringify(zone.geometry),
    ])
    const { hex } = rows[0] as { hex: string }
    geometries.set(zone, hex)
    return hex
  }
  return Object.entries(statements).map(
    ([name, select]): Contender => ({
      name,
      async read(zone) {
        const geometry = geometries.get(zone) ?? (await geometryOf(zone))
        return numbers(pool, select('msisdn'), [geometry])
      },
      async readyToInsert(zone) {
        const geometry = geometries.get(zone) ?? (await geometryOf(zone))
        return () => pool.query(insertion(select('msisdn, resident')), [geometry]).then(() => undefined)
      },
      told: () => numbers(pool, 'SELECT msisdn FROM message', []),
      async clear() {
        await pool.query('TRUNCATE message')
        await pool.query('CHECKPOINT')
      },
    }),
  )
}

/** Into the engine's own table, the partition of this month: the same columns, indexes and fill factor; one statement, one carrier. */
const insertion = (select: string) => `
  INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, state, made_at)
  SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::bigint * 1000000 + 1, msisdn, msisdn, row_number() OVER (), 1, 1,
         CASE WHEN resident THEN 'resident' ELSE 'roamer' END::message_reason, 'pending', now()
    FROM (${select}) found`

/** As one array: with a row each, the driver's work would hide what is compared. */
async function numbers(pool: pg.Pool, select: string, values: unknown[]): Promise<Float64Array> {
  const { rows } = await pool.query<{ ids: number[] }>(
    `SELECT coalesce(array_agg(msisdn), '{}') AS ids FROM (${select}) found`,
    values,
  )
  return Float64Array.from(rows[0]?.ids ?? [])
}

/** One narrow table with all people, and the same once more in the order of its index. */
export async function populatePostgis({ pool }: Database, world: World): Promise<void> {
  await pool.query(
    'CREATE TABLE located (msisdn bigint PRIMARY KEY, resident boolean NOT NULL, place geometry(Point, 4326))',
  )
  await copyRows(pool, 'located', people(world))
  await pool.query('CREATE INDEX located_place ON located USING gist (place)')
  await pool.query('CREATE TABLE located_clustered (LIKE located)')
  await pool.query('INSERT INTO located_clustered SELECT * FROM located')
  await pool.query('CREATE INDEX located_clustered_place ON located_clustered USING gist (place)')
  await pool.query('CLUSTER located_clustered USING located_clustered_place')
  await pool.query('ALTER TABLE located_clustered ADD PRIMARY KEY (msisdn)')
}

/** Moves people, in both tables. */
export async function movePostgis({ pool }: Database, moves: Iterable<Move>): Promise<void> {
  await pool.query('CREATE TABLE bench_moved (msisdn bigint, place geometry(Point, 4326))')
  await copyRows(pool, 'bench_moved', movedRows(moves))
  for (const table of postgisTables)
    await pool.query(`UPDATE ${table} p SET place = m.place FROM bench_moved m WHERE p.msisdn = m.msisdn`)
  await pool.query('DROP TABLE bench_moved')
}

export const postgisTables = ['located', 'located_clustered'] as const

const point = (lon: number, lat: number) => `SRID=4326;POINT(${lon} ${lat})`

function* people(world: World): Generator<Field[]> {
  for (let i = 0; i < world.people; i++) {
    const place = isPlaced(world, i) ? point(world.lon[i] as number, world.lat[i] as number) : null
    yield [msisdnOf(i), isResident(i) ? 't' : 'f', place]
  }
}

function* movedRows(moves: Iterable<Move>): Generator<Field[]> {
  for (const { i, lon, lat } of moves) yield [msisdnOf(i), point(lon, lat)]
}
