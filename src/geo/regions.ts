import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Position } from 'geojson'
import { Problem } from '../lib/problem.ts'
import type { Countries } from './countries.ts'
import { type Prepared, prepare } from './prepared.ts'
import { type Box, disjoint } from './region.ts'
import { regionOf } from './region-of.ts'
import { kmPerDegree } from './sphere.ts'
import type { Shape } from './zone.ts'

/** A part of a country: of the first level, or of the second where the map has only that. geofences/README.md tells where it is from. */
export interface RegionHead {
  /** ISO 3166-2, for example `JP-17`. */
  code: string
  name: string
  /** ISO 3166-1 alpha-2 of the country. */
  iso2: string
  /** The region that this one is a part of, where the map has both levels. */
  parent?: string
}

/** TopoJSON, quantised, of one object `regions`: a MultiPolygon each, its id the ISO 3166-2 code. */
interface Topology {
  bongsu: { version: number }
  transform: { scale: [x: number, y: number]; translate: [x: number, y: number] }
  objects: {
    regions: { geometries: { id: string; properties: { name: string; parent?: string }; arcs: number[][][] }[] }
  }
  arcs: [dx: number, dy: number][][]
}

interface Entry extends RegionHead {
  arcs: number[][][]
  prepared?: Prepared
}

/** Phones on quays and ferries, and outlines simplified to some 400 m: the nearest region of the country within this still counts. */
const toleranceKm = 10
const coastMetres = 5000

/** The regions of the world by ISO 3166-2 code. Reading takes some 250 ms and 10 MB; outlines are put together as they are asked for. */
export class Regions {
  /** Of the file: part of what an alert notes down, as `JP-17@1`. */
  readonly version: number
  readonly #arcs: Float64Array[]
  readonly #byCode = new Map<string, Entry>()
  readonly #byCountry = new Map<string, Entry[]>()

  constructor({ bongsu, transform, objects, arcs }: Topology) {
    this.version = bongsu.version
    this.#arcs = arcs.map((steps) => lineOf(steps, transform))
    for (const { id, properties, arcs } of objects.regions.geometries) {
      const iso2 = id.slice(0, 2)
      const entry: Entry = { code: id, ...properties, iso2, arcs }
      this.#byCode.set(id, entry)
      const siblings = this.#byCountry.get(iso2)
      if (siblings) siblings.push(entry)
      else this.#byCountry.set(iso2, [entry])
    }
  }

  /** All of them, or those of a country, by code. */
  list(iso2?: string): readonly RegionHead[] {
    return iso2 === undefined ? [...this.#byCode.values()] : (this.#byCountry.get(iso2) ?? [])
  }

  headOf(code: string): RegionHead | undefined {
    return this.#byCode.get(code)
  }

  /**
   * Regions of one country as shapes of a zone: their ground, and beside it the sea within 5 km, because the map is some hundred
   * metres off at coasts: without it Xiamen and the old town of Quebec lie in no region. Neither the country's other regions nor
   * other countries give ground for that. Undefined where a code has no outline.
   */
  zoneOf(codes: readonly string[], countries: Countries): Shape[] | undefined {
    const entries = codes.map((code) => this.#byCode.get(code))
    if (entries.length === 0 || !entries.every((entry) => entry !== undefined)) return undefined
    const ground: Shape = { kind: 'multipolygon', polygons: entries.flatMap((entry) => this.#polygonsOf(entry)) }
    const around: Shape = { kind: 'buffer', of: ground, metres: coastMetres }
    const iso2 = codes[0]?.slice(0, 2) as string
    const near = widened(boxesOf(ground.polygons), coastMetres)
    const minus: Shape[] = this.#othersNear(entries, near)
    for (const country of countries.touching(regionOf(around, countries))) {
      if (country !== iso2) minus.push({ kind: 'country', iso2: country })
    }
    return [ground, minus.length === 0 ? around : { kind: 'difference', of: around, minus }]
  }

  /** The outline as it is on the map; undefined where there is none with this code. */
  regionByCode(code: string): Shape[] | undefined {
    const entry = this.#byCode.get(code)
    return entry && [{ kind: 'multipolygon', polygons: this.#polygonsOf(entry) }]
  }

  /** Codes of the country's regions that hold a place, of every level that the map has; beside the coast the nearest within 10 km. */
  codesAt(lon: number, lat: number, iso2: string): string[] {
    const entries = this.#byCountry.get(iso2) ?? []
    const holding = entries.filter((entry) => this.#preparedOf(entry).contains(lon, lat))
    if (holding.length > 0) return holding.map(({ code }) => code)
    let best = Infinity
    let nearest = new Set<string>()
    for (const entry of entries) {
      for (const member of this.#preparedOf(entry).members) {
        const km = member.edgeDistanceKm(lon, lat, toleranceKm) ?? Infinity
        if (km === Infinity || km > best) continue
        if (km < best) nearest = new Set()
        best = km
        nearest.add(entry.code)
      }
    }
    return [...nearest]
  }

  /** Polygons of the country's other regions that come near: not the parts of these, nor what these are parts of. */
  #othersNear(entries: readonly Entry[], near: readonly Box[]): Shape[] {
    const own = new Set(entries.map(({ code }) => code))
    const above = new Set(entries.map(({ parent }) => parent))
    const others = this.#byCountry.get((entries[0] as Entry).iso2) ?? []
    return others.flatMap((entry): Shape[] => {
      if (own.has(entry.code) || own.has(entry.parent ?? '') || above.has(entry.code)) return []
      const polygons = this.#polygonsOf(entry).filter((polygon) => {
        const [box] = boxesOf([polygon])
        return box !== undefined && near.some((one) => !disjoint(one, box))
      })
      return polygons.length === 0 ? [] : [{ kind: 'multipolygon', polygons }]
    })
  }

  #preparedOf(entry: Entry): Prepared {
    entry.prepared ??= prepare({ type: 'MultiPolygon', coordinates: this.#polygonsOf(entry) })
    return entry.prepared
  }

  #polygonsOf({ arcs }: Entry): Position[][][] {
    return arcs.map((polygon) => polygon.map((ring) => this.#ringOf(ring)))
  }

  /**
   * Arcs end to end; `~i` is arc `i` backwards, and each begins with the last point of the one before (TopoJSON 1.0 §2.1.4). An arc
   * that the grid shrank to nothing adds no point.
   */
  #ringOf(arcs: readonly number[]): Position[] {
    const ring: Position[] = []
    for (const arc of arcs) {
      const line = this.#arcs[arc < 0 ? ~arc : arc] as Float64Array
      const n = line.length / 2
      for (let i = 0; i < n; i++) {
        const at = arc < 0 ? n - 1 - i : i
        const [lon, lat] = [line[at * 2] as number, line[at * 2 + 1] as number]
        const last = ring.at(-1)
        if (last === undefined || last[0] !== lon || last[1] !== lat) ring.push([lon, lat])
      }
    }
    return ring
  }
}

let loaded: { readonly file: string; readonly regions: Regions } | undefined

/** The same, read at the first call and kept: all parts of a process ask for one file. @throws Problem `regions-unreadable` */
export function loadRegions(file: string): Regions {
  if (loaded?.file !== file) loaded = { file, regions: readRegions(file) }
  return loaded.regions
}

function boxesOf(polygons: readonly Position[][][]): Box[] {
  return polygons.map(([outer = []]) => {
    const box: Box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
    for (const [lon, lat] of outer as [number, number][]) {
      box.west = Math.min(box.west, lon)
      box.south = Math.min(box.south, lat)
      box.east = Math.max(box.east, lon)
      box.north = Math.max(box.north, lat)
    }
    return box
  })
}

function widened(boxes: readonly Box[], metres: number): Box[] {
  const dLat = metres / 1000 / kmPerDegree
  return boxes.map(({ west, south, east, north }) => {
    const nearestPole = Math.min(89, Math.max(Math.abs(south), Math.abs(north)) + dLat)
    const dLon = dLat / Math.cos((nearestPole * Math.PI) / 180)
    return { west: west - dLon, south: south - dLat, east: east + dLon, north: north + dLat }
  })
}

/** Reads `regions.topojson.gz`. @throws Problem `regions-unreadable` */
export function readRegions(file: string): Regions {
  try {
    return new Regions(JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as Topology)
  } catch (cause) {
    throw new Problem('regions-unreadable', `The regions cannot be read: ${(cause as Error).message}`, {
      where: file,
      hint: 'It comes with the project, in geofences/; the README there tells how it is made.',
      cause,
    })
  }
}

/** The points of an arc one behind the other, lon before lat, from steps on the grid; rounded as the grid is, to 0.0001 degrees. */
function lineOf(steps: readonly [number, number][], { scale, translate }: Topology['transform']): Float64Array {
  const line = new Float64Array(steps.length * 2)
  let x = 0
  let y = 0
  steps.forEach(([dx, dy], i) => {
    x += dx
    y += dy
    line[i * 2] = Math.round((x * scale[0] + translate[0]) * 1e4) / 1e4
    line[i * 2 + 1] = Math.round((y * scale[1] + translate[1]) * 1e4) / 1e4
  })
  return line
}
