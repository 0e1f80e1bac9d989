import { parseArgs } from 'node:util'
import { loadCountries } from '../src/geo/countries.ts'
import type { Database } from '../src/store/database.ts'
import { compareInserting, compareReading, describe, type Times } from './compare.ts'
import type { Contender } from './contender.ts'
import { openKept } from './kept.ts'
import { median, spread } from './measure.ts'
import { movePostgis, populatePostgis, postgisContenders, postgisTables } from './peers/postgis.ts'
import { type PostgisServer, startPostgis } from './peers/postgis-server.ts'
import { type Move, makeWorld, moves, putOnBorder, type World } from './people.ts'
import { movePeople, ownTables, populate } from './populate.ts'
import { figure, print, wholeNumber } from './print.ts'
import { startRig } from './rig.ts'
import { OwnSelection } from './selection.ts'
import { type BenchZone, benchZones, borderPlaces } from './zones.ts'

const seed = 20_261_122

/** How many times as fast as each form of PostGIS selection is to be, in a zone of many people and in one of few. */
const wanted = {
  reading: { many: [5, 2], few: [1, 1] },
  inserting: { many: [3, 2], few: [1, 1] },
} as const
/** Zones of "about 50,000" are many. */
const manyFrom = 45_000

/** A database with the people in it. */
interface Side {
  readonly db: Database
  readonly tables: readonly string[]
  populate(db: Database, world: World): Promise<void>
  move(db: Database, moves: Iterable<Move>): Promise<void>
}

/**
 * Who is in a zone, and their messages: the engine's own selection, and beside it, in turn, PostGIS with the same people and the same
 * settings on the same build of PostgreSQL, in its plain and in its best form (`--embedded`: the engine on its embedded server). First with the tables as VACUUM leaves them, then with a tenth of the people moved
 * and no VACUUM since.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      people: { type: 'string', default: '10000000' },
      runs: { type: 'string', default: '5' },
      zones: { type: 'string', default: '' },
      keep: { type: 'string' },
      alone: { type: 'boolean', default: false },
      embedded: { type: 'boolean', default: false },
    },
  })
  const people = wholeNumber('--people', values.people)
  const runs = wholeNumber('--runs', values.runs)
  const kept = values.keep === undefined ? undefined : await openKept(values.keep, people, seed)
  const world = makeWorld(people, seed)
  const zones = benchZones(world, loadCountries())
  putOnBorder(world, borderPlaces(zones, 20))
  const chosen = zones.filter((zone) => describe(zone).includes(values.zones))
  if (chosen.length === 0) throw new Error(`--zones ${values.zones} is in none of: ${zones.map(describe).join('; ')}`)
  const rig = await startRig('error', kept?.dir)
  let peer: PostgisServer | undefined
  let server: PostgisServer | undefined
  let own: OwnSelection | undefined
  try {
    peer = values.alone ? undefined : await startPostgis(rig, 'postgis')
    // Both sides on the same build of PostgreSQL, or builds would be compared; a server each, so that neither has the other's cache.
    server = peer && !values.embedded ? await startPostgis(rig, 'debian') : undefined
    const db = server?.db ?? rig.db
    own = await OwnSelection.over({ ...rig, db })
    const sides: Side[] = [{ db, tables: ownTables, populate, move: movePeople }]
    if (peer) sides.push({ db: peer.db, tables: postgisTables, populate: populatePostgis, move: movePostgis })
    const hasPeer = peer !== undefined
    print(`${figure(people)} people, ${runs} runs in turn after a warm-up`)
    for (const [i, { db }] of sides.entries()) print(`${i === 0 ? 'bongsu' : 'PostGIS'}: ${await settings(db)}`)
    if (!peer && !values.alone) print('PostGIS is not installed (Debian package postgresql-15-postgis-3): left out')
    if (kept?.rounds === undefined) await load(sides, world)
    else if (peer && !kept.peer)
      throw new Error(`${kept.dir} was loaded without PostGIS: use --alone, or another folder`)
    await kept?.save(kept.rounds ?? 0, kept.peer || hasPeer)
    await vacuum(sides)
    const contenders = [own, ...(peer ? postgisContenders(peer.db) : [])]
    await compareAll('All vacuumed', contenders, chosen, runs)
    await leaveUnvacuumed(sides, async () => {
      const round = (kept?.rounds ?? 0) + 1
      await kept?.save(round, kept.peer || hasPeer)
      await Promise.all(sides.map(({ db, move }) => move(db, moves(world, round))))
      await compareAll('A tenth of the people moved, not vacuumed since', contenders, chosen, runs)
    })
  } finally {
    await own?.close()
    await peer?.stop()
    await server?.stop()
    await rig.close()
  }
}

/** The version and whatever is said about memory, durability and plans. */
async function settings({ pool }: Database): Promise<string> {
  const { rows } = await pool.query<{ line: string }>(
    `SELECT string_agg(name || ' ' || current_setting(name), ', ' ORDER BY name) AS line FROM pg_settings
      WHERE name IN ('server_version', 'fsync', 'full_page_writes', 'synchronous_commit', 'shared_buffers', 'work_mem',
                     'effective_cache_size', 'max_wal_size', 'random_page_cost', 'jit', 'max_parallel_workers_per_gather')`,
  )
  return rows[0]?.line ?? ''
}

async function load(sides: readonly Side[], world: World): Promise<void> {
  const started = performance.now()
  await Promise.all(sides.map(({ db, populate }) => populate(db, world)))
  print(`loaded and indexed in ${figure((performance.now() - started) / 1000)} s`)
}

async function onAll(sides: readonly Side[], statement: (table: string) => string): Promise<void> {
  for (const { db, tables } of sides) for (const table of tables) await db.pool.query(statement(table))
}

/** Also takes back what an interrupted run has left in a kept folder. */
async function vacuum(sides: readonly Side[]): Promise<void> {
  await onAll(sides, (table) => `ALTER TABLE ${table} RESET (autovacuum_enabled)`)
  await onAll(sides, (table) => `VACUUM ANALYZE ${table}`)
}

/** Autovacuum would clean up in the midst of it: the worst case, which in operation lasts for a minute, lasts for all runs. */
async function leaveUnvacuumed(sides: readonly Side[], work: () => Promise<void>): Promise<void> {
  await onAll(sides, (table) => `ALTER TABLE ${table} SET (autovacuum_enabled = off)`)
  await work()
  await onAll(sides, (table) => `ALTER TABLE ${table} RESET (autovacuum_enabled)`)
}

async function compareAll(
  state: string,
  contenders: readonly Contender[],
  zones: readonly BenchZone[],
  runs: number,
): Promise<void> {
  print()
  print(`${state} (milliseconds, and how many times as fast bongsu is: median and spread)`)
  for (const zone of zones) {
    const reading = await compareReading(contenders, zone, runs)
    print(`  ${describe(zone)}, ${figure(reading.people)} people`)
    const size = reading.people < manyFrom ? 'few' : 'many'
    report('reading', contenders, reading.times, wanted.reading[size])
    const inserting = await compareInserting(contenders, zone, runs)
    report('inserting', contenders, inserting.times, wanted.inserting[size])
  }
}

function report(what: string, contenders: readonly Contender[], times: Times, wanted: readonly number[]): void {
  const own = times[0] ?? []
  for (const [k, { name }] of contenders.entries()) {
    const mine = times[k] ?? []
    const line = `    ${(k === 0 ? what : '').padEnd(11)}${name.padEnd(22)}${spread(mine, 1).padStart(28)}`
    const ratios = mine.map((ms, run) => ms / (own[run] as number))
    const aim = wanted[k - 1]
    if (aim === undefined) print(line)
    else print(`${line}   ${spread(ratios, 2)} x, wanted ${aim}${median(ratios) < aim ? ': BELOW' : ''}`)
  }
}
