import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bbox, booleanPointInPolygon } from '@turf/turf'
import Flatbush from 'flatbush'
import type { MultiPolygon, Polygon } from 'geojson'
import { loadCountries } from '../src/geo/countries.ts'
import { countryCodes } from '../src/geo/iso3166.ts'
import { type Prepared, prepare } from '../src/geo/prepared.ts'
import { ZoneIndex } from '../src/geo/zone-index.ts'
import { prng } from '../src/lib/prng.ts'
import { makeZones, somewhere } from './matching-zones.ts'
import { median, spread } from './measure.ts'
import { broken, figure, print, wholeNumber } from './print.ts'

/** What the issue asks for. */
const targets = { ratio: 15, perSecond: 150_000, changeMs: 1 }
const changes = 500

/**
 * The stream's question on one core: which of all zones in force, and which countries, hold this place? Beside it, in the same run,
 * flatbush and turf's booleanPointInPolygon; the answers have to be the same to the last zone. The peer has a box a zone, as its
 * users have it, and the target is set by that; with a box for each polygon of a zone, which is better for archipelagos, it is shown
 * as well.
 */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      zones: { type: 'string', default: '5000' },
      vertices: { type: 'string', default: '1500000' },
      places: { type: 'string', default: '500000' },
      'peer-places': { type: 'string', default: '40000' },
      runs: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  })
  const random = prng(wholeNumber('--seed', values.seed))
  const runs = wholeNumber('--runs', values.runs)
  const countries = countryGeometries()
  const drawn = wholeNumber('--vertices', values.vertices) - verticesOf(countries)
  const geometries = [...makeZones(random, wholeNumber('--zones', values.zones), drawn), ...countries]
  const places = Array.from({ length: wholeNumber('--places', values.places) }, () => somewhere(random))
  const peerPlaces = places.slice(0, wholeNumber('--peer-places', values['peer-places']))

  const { index, regions } = build(geometries)
  const peer = peerOf(geometries.map((geometry) => [geometry]))
  const finePeer = peerOf(geometries.map(polygonsOf))
  const ours = peerPlaces.map(([lon, lat]) => index.at(lon, lat))
  const theirs = peerPlaces.map(([lon, lat]) => peer(lon, lat))
  report(ours, theirs)
  // Quads are split where they are asked about: the first questions are the slowest.
  const first = rateOf(places, (lon, lat) => index.at(lon, lat))
  print(`the first ${figure(places.length)} questions, while quads are split: ${figure(first)}/s`)

  const samples = Array.from({ length: runs }, (_, i) => {
    const ours = rateOf(places, (lon, lat) => index.at(lon, lat))
    const sample = { ours, peer: rateOf(peerPlaces, peer), fine: rateOf(peerPlaces, finePeer) }
    print(`run ${i + 1}: ${figure(ours)}/s, flatbush and turf ${figure(sample.peer)}/s and ${figure(sample.fine)}/s`)
    return sample
  })
  print()
  const line = (what: string, values: readonly number[], digits = 0) =>
    print(`${what.padEnd(46)}${spread(values, digits)}`)
  const rates = samples.map(({ ours }) => ours)
  const ratios = samples.map(({ ours, peer }) => ours / peer)
  line(`bongsu, places/s (target ${figure(targets.perSecond)})`, rates)
  line(
    'flatbush 4.7 and turf 7.4, places/s',
    samples.map(({ peer }) => peer),
  )
  line(`ratio (target ${targets.ratio})`, ratios, 1)
  line(
    'flatbush with a box a polygon, places/s',
    samples.map(({ fine }) => fine),
  )
  line(
    'ratio to that',
    samples.map(({ ours, fine }) => ours / fine),
    1,
  )
  print(`${'index after the questions'.padEnd(46)}${figure(index.bytes / 1e6)} MB`)
  const took = change(index, geometries, regions)
  line('removing a zone, ms', took.remove, 3)
  line('preparing a polygon, ms', took.prepare, 3)
  line('adding a prepared zone, ms', took.add, 3)
  const whole = took.add.map((ms, i) => ms + (took.prepare[i] as number))
  line(`preparing and adding, ms (target ${targets.changeMs})`, whole, 3)
  if (median(rates) < targets.perSecond) print(`below the target of ${figure(targets.perSecond)}/s`)
  if (median(ratios) < targets.ratio) print(`below the target of ${targets.ratio} x`)
  if (median(whole) > targets.changeMs) print(`above the target of ${targets.changeMs} ms`)
}

/** All countries, cut at the antimeridian. */
function countryGeometries(): MultiPolygon[] {
  const countries = loadCountries()
  return countryCodes().flatMap((iso2) => (countries.has(iso2) ? [countries.geometryOf(iso2)] : []))
}

function verticesOf(geometries: readonly MultiPolygon[]): number {
  let sum = 0
  for (const { coordinates } of geometries)
    for (const polygon of coordinates) for (const ring of polygon) sum += ring.length
  return sum
}

/** The index of all zones by their number, and what it costs. */
function build(geometries: readonly MultiPolygon[]): { index: ZoneIndex<number>; regions: Prepared[] } {
  const before = memory()
  const startedAt = performance.now()
  const regions = geometries.map(prepare)
  const preparedAt = performance.now()
  const prepared = memory()
  const index = new ZoneIndex<number>()
  regions.forEach((region, i) => void index.add(i, region))
  const addedAt = performance.now()
  const after = memory()
  const vertices = figure(verticesOf(geometries))
  print(`${figure(geometries.length)} zones, all countries among them, of ${vertices} vertices`)
  print(`prepared in ${figure(preparedAt - startedAt)} ms, added in ${figure(addedAt - preparedAt)} ms`)
  print(`memory (heap and array buffers): polygons ${megabytes(before, prepared)}, index ${megabytes(prepared, after)}`)
  return { index, regions }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Octets in use after a collection. */
function memory(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const megabytes = (from: number, to: number) => `${figure((to - from) / 1e6)} MB`

const polygonsOf = ({ coordinates }: MultiPolygon): Polygon[] =>
  coordinates.map((rings) => ({ type: 'Polygon', coordinates: rings }))

/** @param zones geometries of each zone, every one with a box of its own. */
function peerOf(zones: readonly (readonly (Polygon | MultiPolygon)[])[]): (lon: number, lat: number) => number[] {
  const geometries = zones.flatMap((parts, zone) => parts.map((geometry) => ({ zone, geometry })))
  const boxes = new Flatbush(geometries.length)
  for (const { geometry } of geometries) boxes.add(...(bbox(geometry) as [number, number, number, number]))
  boxes.finish()
  return (lon, lat) => {
    const found = new Set<number>()
    for (const i of boxes.search(lon, lat, lon, lat)) {
      const { zone, geometry } = geometries[i] as (typeof geometries)[number]
      if (!found.has(zone) && booleanPointInPolygon([lon, lat], geometry)) found.add(zone)
    }
    return [...found]
  }
}

function report(ours: readonly number[][], theirs: readonly number[][]): void {
  const sorted = (zones: readonly number[]) => zones.toSorted((a, b) => a - b).join()
  const different = ours.filter((zones, i) => sorted(zones) !== sorted(theirs[i] as number[])).length
  const matches = ours.reduce((sum, zones) => sum + zones.length, 0)
  print(
    `${figure(ours.length)} places compared: ${figure(matches / ours.length, 1)} zones each, ${different} different`,
  )
  if (different > 0) broken(`${different} places are in other zones than flatbush and turf say`)
  print()
}

function rateOf(places: readonly [number, number][], at: (lon: number, lat: number) => readonly number[]): number {
  let found = 0
  const startedAt = performance.now()
  for (const [lon, lat] of places) found += at(lon, lat).length
  const seconds = (performance.now() - startedAt) / 1000
  if (found === 0) broken('no place is in any zone')
  return places.length / seconds
}

/** Takes zones out and puts them back, the polygon prepared anew. */
function change(
  index: ZoneIndex<number>,
  geometries: readonly MultiPolygon[],
  regions: readonly Prepared[],
): { prepare: number[]; add: number[]; remove: number[] } {
  const took = { prepare: [] as number[], add: [] as number[], remove: [] as number[] }
  const timed = <T>(into: number[], what: () => T): T => {
    const startedAt = performance.now()
    const result = what()
    into.push(performance.now() - startedAt)
    return result
  }
  for (let zone = 0; zone < Math.min(changes, regions.length); zone++) {
    timed(took.remove, () => index.remove(zone))
    const region = timed(took.prepare, () => prepare(geometries[zone] as MultiPolygon))
    timed(took.add, () => index.add(zone, region))
  }
  return took
}
