import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import type { Database } from '../../src/store/database.ts'
import { runSelection } from '../../src/targeting/select.ts'
import { alertOf, correction, startEngine, type TestEngine } from './engine.ts'
import { addResidents, addRoamers } from './people.ts'

let engine: TestEngine
const zone: Shape = {
  kind: 'polygon',
  rings: [
    [
      [130, 32],
      [132, 32],
      [132, 34],
      [130, 34],
      [130, 32],
    ],
  ],
}
const random = prng(3)
const somewhere = () => [random.next() * 40 + 110, random.next() * 40 + 10] as const

beforeAll(async () => {
  engine = await startEngine()
  const country = () => random.pick(['JP', 'CN', 'VN', 'TH', 'PH', 'ID', 'MY', 'KH'])
  await addResidents(
    engine.db,
    Array.from({ length: 30_000 }, (_, i) => ({
      msisdn: String(81_000_000 + i),
      country: country(),
      place: somewhere(),
    })),
  )
  await addRoamers(
    engine.db,
    Array.from({ length: 30_000 }, (_, i) => ({
      msisdn: String(82_000_000 + i),
      countries: i % 100 === 0 ? ['GP', 'MF'] : [country()],
      ...(i % 2 === 0 && { place: somewhere() }),
    })),
  )
  await engine.rows('VACUUM (ANALYZE) resident, roamer')
})

afterAll(() => engine?.close())

interface Node {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: Node[]
}

/** Every way in which a table was read, as `Index Only Scan resident_cell`, by the statement that read it. */
async function scansOf(run: (db: Database) => Promise<unknown>): Promise<{ text: string; scans: string[] }[]> {
  const found: { text: string; scans: string[] }[] = []
  const explain = async (query: { query: Database['pool']['query'] }, args: unknown[]) => {
    const [first, values] = args as [string | { text: string; values: unknown[] }, unknown[]]
    const { text, params } =
      typeof first === 'string' ? { text: first, params: values } : { text: first.text, params: first.values }
    if (!/^\s*(SELECT|WITH|INSERT|UPDATE)/.test(text) || /advisory|LOCK/.test(text)) return
    const { rows } = await query.query<{ 'QUERY PLAN': { Plan: Node }[] }>(`EXPLAIN (FORMAT JSON) ${text}`, params)
    const scans: string[] = []
    const visit = (node: Node) => {
      if (node['Node Type'] !== 'ModifyTable' && (node['Relation Name'] || node['Index Name']))
        scans.push(`${node['Node Type']} ${node['Index Name'] ?? node['Relation Name']}`)
      node.Plans?.forEach(visit)
    }
    visit((rows[0] as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan)
    found.push({ text, scans })
  }
  const watched = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, name) => {
        const value = Reflect.get(object, name, object) as unknown
        if (name === 'query')
          return async (...args: unknown[]) => {
            await explain(object as never, args)
            return (value as (...a: unknown[]) => unknown).apply(object, args)
          }
        if (name === 'connect')
          return async () => watched((await (value as () => Promise<object>).call(object)) as object)
        return typeof value === 'function' ? value.bind(object) : value
      },
    })
  await run({ ...engine.db, pool: watched(engine.db.pool) })
  return found
}

const reading = (found: { text: string; scans: string[] }[], ...tables: RegExp[]) =>
  new Set(found.flatMap(({ scans }) => scans.filter((scan) => tables.some((table) => table.test(scan)))))

describe('the statements of a selection', () => {
  test('find placed people by index-only scans alone', async () => {
    const { broadcastId } = await engine.launch(alertOf([zone]), { unplaced: 'exclude' })
    const found = await scansOf((db) => runSelection({ ...engine.select, db }, broadcastId))
    // The unplaced are counted apart, by the statements of the next test; who may be counted twice is looked at one by one.
    const scans = reading(
      found.filter(({ text }) => !/WHERE p.country = |linked|candidates &&/.test(text)),
      /resident/,
      /roamer/,
    )
    expect(scans).toEqual(new Set(['Index Only Scan resident_cell', 'Index Only Scan roamer_cell']))
    expect((await engine.told(broadcastId)).size).toBeGreaterThan(100)
  })

  test('find the people of a country by index-only scans, those with candidates too', async () => {
    const { broadcastId } = await engine.launch(alertOf([{ kind: 'country', iso2: 'JP' }]))
    const found = await scansOf((db) => runSelection({ ...engine.select, db }, broadcastId))
    const scans = reading(
      // Who is looked at one by one is looked up by his number.
      found.flatMap((one) =>
        /linked/.test(one.text) ? [] : [{ ...one, scans: one.scans.filter((s) => !/_pkey$/.test(s)) }],
      ),
      /resident/,
      /roamer/,
    )
    expect(scans).toEqual(
      new Set(['Index Only Scan resident_country', 'Index Only Scan roamer_country', 'Index Only Scan roamer_perhaps']),
    )
  })

  test('never read the messages of a live alert from end to end, analysed or not', async () => {
    const alert = alertOf([
      { kind: 'country', iso2: 'JP' },
      { kind: 'country', iso2: 'CN' },
    ])
    const { broadcastId } = await engine.send(alert)
    await engine.rows(`UPDATE message SET state = 'submitted' WHERE broadcast_id = $1 AND seq % 2 = 0`, broadcastId)
    let latest = alert
    const walk = async () => {
      latest = correction('Update', latest, [zone])
      const { broadcastId: next } = await engine.launch(latest)
      return [...reading(await scansOf((db) => runSelection({ ...engine.select, db }, next)), /message/)]
    }
    const byKeys = [
      expect.stringMatching(/^Index Scan message_\d+_pkey$/),
      // Who has a message of this broadcast already: a look-up each.
      expect.stringMatching(/^Index Only Scan message_\d+_broadcast_id_recipient_key_key$/),
    ]
    expect(await walk()).toEqual(byKeys)
    await engine.rows('ANALYZE message')
    expect(await walk()).toEqual(byKeys)
  })
})
