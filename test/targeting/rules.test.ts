import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AlertRules, type ChosenRules, rulesFor } from '../../src/alerts/rules.ts'
import { cellOf } from '../../src/geo/cells.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { prng } from '../../src/lib/prng.ts'
import { type PersonRow, personColumns } from '../../src/store/audience/persons.ts'
import { sourcesOf } from '../../src/targeting/audience.ts'
import { type AudiencePlan, planAudience } from '../../src/targeting/audience-plan.ts'
import { textChooser } from '../../src/targeting/audience-text.ts'
import { concernOf } from '../../src/targeting/concern.ts'
import { countAudience } from '../../src/targeting/count.ts'
import { GroupBook } from '../../src/targeting/group-book.ts'
import { personOf } from '../../src/targeting/person.ts'
import { alertOf, startEngine, type TestEngine } from './engine.ts'

let engine: TestEngine
/** Everybody: nobody comes, goes or moves in this file. */
let rows: PersonRow[]
const r = prng(42)
const hour = 3_600_000

/** Around Noto, within 150 km; some in the sea, some said to be elsewhere. */
const place = (): [number, number] => [137 + r.normal() * 0.6, 37 + r.normal() * 0.5]

beforeAll(async () => {
  engine = await startEngine()
  const residents = Array.from({ length: 4000 }, (_, i) => {
    const [lon, lat] = place()
    const placed = r.int(5) > 0
    return {
      msisdn: 81_900_000_000 + i,
      mission: r.pick(['tokyo', 'osaka', 'niigata']),
      country: r.int(12) === 0 ? 'KR' : 'JP',
      language: r.pick(['ko', 'ko-KR', 'EN', 'ja', null]),
      // A third belongs to persons of up to four numbers; references are the mission's own.
      nameRef: r.int(3) === 0 ? `P${r.int(400)}` : null,
      lon: placed ? lon : null,
      lat: placed ? lat : null,
      updatedAt: new Date(Date.now() - r.int(1000) * hour),
    }
  })
  const roamers = Array.from({ length: 4000 }, (_, i) => {
    const [lon, lat] = place()
    const placed = r.int(3) > 0
    const kind = r.int(20)
    return {
      // One in ten is a resident as well.
      msisdn: i % 10 === 0 ? (residents[i] as { msisdn: number }).msisdn : 821_000_000_000 + i,
      hplmn: r.pick(['45008', '45005', '45006']),
      country: kind < 2 ? null : kind === 2 ? 'KR' : 'JP',
      candidates: kind === 0 ? '{JP,KR}' : '{}',
      lon: placed ? lon : null,
      lat: placed ? lat : null,
      radiusM: placed && r.int(2) === 0 ? [10, 500, 3000, 12_000, 49_000][r.int(5)] : null,
      placedAt: placed ? new Date(Date.now() - r.int(100) * hour) : null,
      seenAt: new Date(Date.now() - r.int(100) * hour),
    }
  })
  const cell = (p: { lon: number | null; lat: number | null }) =>
    p.lon === null || p.lat === null ? null : cellOf(p.lon, p.lat)
  await engine.rows(
    `INSERT INTO resident (msisdn, mission, country, language, name_ref, lon, lat, cell, updated_at)
     SELECT msisdn, mission, country, language, "nameRef", lon, lat, cell, "updatedAt" FROM json_to_recordset($1)
       AS p(msisdn bigint, mission text, country text, language text, "nameRef" text, lon float8, lat float8, cell int8, "updatedAt" timestamptz)`,
    JSON.stringify(residents.map((p) => ({ ...p, cell: cell(p) }))),
  )
  await engine.rows(
    `INSERT INTO roamer (msisdn, hplmn, country, candidates, lon, lat, cell, radius_m, placed_at, seen_at)
     SELECT msisdn, hplmn, country, candidates::char(2)[], lon, lat, cell, "radiusM", "placedAt", "seenAt" FROM json_to_recordset($1)
       AS p(msisdn bigint, hplmn text, country text, candidates text, lon float8, lat float8, cell int8, "radiusM" int,
            "placedAt" timestamptz, "seenAt" timestamptz)`,
    JSON.stringify(roamers.map((p) => ({ ...p, cell: cell(p) }))),
  )
  rows = await engine.rows<PersonRow>(
    `SELECT * FROM (SELECT ${personColumns.residents} FROM resident p UNION ALL SELECT ${personColumns.roamers} FROM roamer p) n
      ORDER BY msisdn, population`,
  )
}, 120_000)

afterAll(() => engine?.close())

const circle: Shape = { kind: 'circle', lon: 137, lat: 37, radiusKm: 40 }
const star: Shape = {
  kind: 'polygon',
  rings: [
    Array.from({ length: 61 }, (_, i) => {
      const angle = ((i % 60) / 60) * 2 * Math.PI
      const radius = 0.35 + 0.3 * ((i * 7919) % 60) * (1 / 60)
      return [137.2 + radius * Math.cos(angle), 36.9 + radius * Math.sin(angle)]
    }),
  ],
}
const japan: Shape = { kind: 'country', iso2: 'JP' }

const zones: Record<string, Shape[]> = {
  'a circle': [circle],
  'a star with a hole': [{ kind: 'difference', of: star, minus: [{ ...circle, radiusKm: 8 }] }],
  'a country': [japan],
  'a country without a region': [{ kind: 'difference', of: japan, minus: [circle] }],
  'a region within a country': [{ kind: 'intersection', of: [japan, star] }],
  'ground of a country, and a star across it': [{ kind: 'union', of: [circle], country: 'JP' }, star],
  'a country beside a circle': [{ kind: 'country', iso2: 'KR' }, circle],
}

const choices: Record<string, ChosenRules> = {
  'nothing chosen, grave': {},
  'the unplaced left out': { unplaced: 'exclude' },
  'uncertain places left out': { uncertain: 'exclude' },
  'centres only': { uncertain: 'centre', unplaced: 'exclude' },
  'residents only': { populations: ['residents'] },
  'roamers only': { populations: ['roamers'], uncertain: 'include' },
  'some languages': { languages: ['ko'] },
  'a language, and those of whom none is known': { languages: ['ja', 'und'] },
  'a mission': { missions: ['osaka'] },
  'home networks': { homeNetworks: ['45005', '45006'] },
  'fresh places': { placeMaxAgeHours: 30 },
  'lately seen': { seenMaxAgeHours: 40, unplaced: 'exclude' },
  'one number a person': { numbers: 'last-seen' },
  'all at once': {
    numbers: 'last-seen',
    languages: ['ko', 'und'],
    missions: ['tokyo', 'niigata'],
    homeNetworks: ['45008'],
    placeMaxAgeHours: 60,
    seenMaxAgeHours: 80,
    uncertain: 'exclude',
    unplaced: 'include',
  },
}

/** Numbers that are in both populations. */
const twice = new Set<string>()

/** Whom a look at each row alone finds; of a person of several numbers the one that was last seen. */
function oneByOne(plan: AudiencePlan): { told: Map<string, string>; others: number } {
  const nameOf = new Map(
    rows.flatMap(({ msisdn, mission, nameRef }) => (nameRef === null ? [] : [[msisdn, `${mission} ${nameRef}`]])),
  )
  const lastAt = new Map<number, number>()
  for (const { msisdn, lastAt: at } of rows) lastAt.set(msisdn, Math.max(lastAt.get(msisdn) ?? 0, at.getTime()))
  const best = new Map<string, PersonRow>()
  const told = new Map<string, string>()
  let others = 0
  const seen = new Set<number>()
  for (const row of rows) {
    const concern = concernOf(plan, personOf(row))
    if (!concern.told) continue
    if (seen.has(row.msisdn)) {
      twice.add(String(row.msisdn))
      continue
    }
    seen.add(row.msisdn)
    const person = plan.rules.numbers === 'last-seen' ? (nameOf.get(row.msisdn) ?? row.msisdn) : row.msisdn
    const before = best.get(String(person))
    if (before) others++
    const later = (one: PersonRow) => lastAt.get(one.msisdn) as number
    if (before && (later(before) > later(row) || (later(before) === later(row) && before.msisdn < row.msisdn))) continue
    if (before) told.delete(String(before.msisdn))
    best.set(String(person), row)
    told.set(String(row.msisdn), concern.reason)
  }
  return { told: new Map([...told].sort(([a], [b]) => Number(a) - Number(b))), others }
}

describe.each(Object.entries(zones))('%s', (_, shapes) => {
  test.each(Object.entries(choices))('%s: the server chooses whom a look at each person chooses', async (_, chosen) => {
    const alert = alertOf(shapes)
    const { broadcastId, alertId } = await engine.send(alert, chosen)
    const [row] = await engine.rows<{ rules: AlertRules }>('SELECT rules FROM alert WHERE id = $1', alertId)
    const [broadcast] = await engine.rows<{ expected: number; at: Date }>(
      'SELECT expected, created_at AS at FROM broadcast WHERE id = $1',
      broadcastId,
    )
    const { rules } = row as { rules: AlertRules }
    const { at, expected } = broadcast as { expected: number; at: Date }
    const plan = await planAudience(engine.db.pool, engine.countries, alert, rules, at)
    const { told, others } = oneByOne(plan)
    const made = await engine.told(broadcastId)
    expect([...made.keys()]).toEqual([...told.keys()])
    // Who is told as a resident and as a roamer is told for either reason.
    const differing = [...made].filter(([msisdn, reason]) => reason !== told.get(msisdn))
    expect(differing.filter(([msisdn]) => !twice.has(msisdn))).toEqual([])
    expect(expected).toBe(told.size)
    const [next] = await engine.rows<{ n: number }>(
      'SELECT count(*) AS n FROM next_number WHERE broadcast_id = $1',
      broadcastId,
    )
    expect((next as { n: number }).n).toBe(others)
    const { routes } = engine
    const book = new GroupBook({ routes, variantOf: textChooser(alert, routes), use: 'live', refusedBy: undefined })
    const counted = await countAudience(engine.db, plan, sourcesOf(plan, { toldApart: true }), book)
    expect(counted.matched).toBe(told.size)
    expect(counted.otherNumbers).toBe(others)
  })
})

test('the choices of this file choose differently', async () => {
  const sizes = new Set<number>()
  for (const chosen of Object.values(choices)) {
    const alert = alertOf([circle])
    const plan = await planAudience(engine.db.pool, engine.countries, alert, rulesFor(alert, chosen), new Date())
    sizes.add(oneByOne(plan).told.size)
  }
  expect(sizes.size).toBeGreaterThan(Object.keys(choices).length - 2)
})
