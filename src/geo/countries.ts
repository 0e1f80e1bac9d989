import { readFileSync } from 'node:fs'
import type { FeatureCollection, Geometry, MultiPolygon } from 'geojson'
import RBush from 'rbush'
import { feature } from 'topojson-client'
import { Problem } from '../lib/problem.ts'
import { splitAtAntimeridian } from './antimeridian.ts'
import { alpha2OfNumeric, nameOf } from './iso3166.ts'
import { meets } from './meets.ts'
import { PreparedPolygon } from './polygon.ts'
import { memberContains, Prepared, unwrapPolygon } from './prepared.ts'
import { type Box, type Region, wrapBox } from './region.ts'
import { boxOf } from './ring.ts'
import { kmPerDegree } from './sphere.ts'
import { carvedOut, namedFeatures, redrawn } from './territories.ts'
import { deFacto, type Viewpoint } from './viewpoint.ts'

type Topology = Parameters<typeof feature>[0]

/** One polygon of one country, prepared when first asked. */
interface Member {
  iso2: string
  rings: Float64Array[]
  box: Box
  prepared?: PreparedPolygon
}

interface Entry {
  minX: number
  minY: number
  maxX: number
  maxY: number
  member: Member
}

/** Phones on quays, beaches and ferries, and the map's own inaccuracy: the nearest country within this still counts. */
const coastToleranceKm = 10

/**
 * The countries of the world by ISO 3166-1 alpha-2, territories apart (Natural Earth 1:10m, public domain). Loading takes
 * some 200 ms once; polygons are prepared as they are asked for.
 */
export class Countries {
  readonly #byIso2 = new Map<string, Member[]>()
  readonly #index = new RBush<Entry>()
  readonly #regions = new Map<string, Prepared>()

  constructor(topology: Topology, { features, parts, drawn }: Viewpoint = deFacto) {
    const named = { ...namedFeatures, ...features }
    const carved = [...parts, ...carvedOut]
    const collection = feature(topology, 'countries') as unknown as FeatureCollection<Geometry, { name: string }>
    const entries: Entry[] = []
    for (const { id, properties, geometry } of collection.features) {
      const iso2 = id === undefined ? named[properties.name] : alpha2OfNumeric(String(id))
      if (iso2 === undefined || iso2 === null) continue
      const polygons =
        geometry.type === 'Polygon'
          ? [geometry.coordinates]
          : geometry.type === 'MultiPolygon'
            ? geometry.coordinates
            : []
      for (const polygon of polygons) {
        const rings = unwrapPolygon(polygon)
        const territory = territoryOf(iso2, boxOf(rings[0] as Float64Array), carved)
        if (!redrawn.some(({ is }) => is === territory)) entries.push(...this.#add(territory, rings))
      }
    }
    for (const { is, ring } of redrawn) entries.push(...this.#add(is, unwrapPolygon([ring])))
    for (const { is, ring } of drawn)
      entries.push(...this.#add(is, unwrapPolygon([[...ring, ring[0] as [number, number]]])))
    this.#index.load(entries)
  }

  /** The country of a place; at sea the nearest within 10 km, else undefined. */
  countryAt(lon: number, lat: number): string | undefined {
    let found: Member | undefined
    for (const { member } of this.#near(lon, lat, 0, 0)) {
      // The Vatican lies over Italy, which has no hole for it: the smaller one is meant.
      if (found && found.box.east - found.box.west < member.box.east - member.box.west) continue
      if (memberContains(preparedOf(member), lon, lat)) found = member
    }
    return found?.iso2 ?? this.#nearest(lon, lat)
  }

  /** Whether a place is in the country or within 10 km of it, on the near side of a border as well. */
  isNear(iso2: string, lon: number, lat: number): boolean {
    return this.#around(lon, lat).some(
      ({ member, turn }) =>
        member.iso2 === iso2 &&
        (memberContains(preparedOf(member), lon, lat) ||
          preparedOf(member).edgeDistanceKm(lon + turn, lat, coastToleranceKm) !== undefined),
    )
  }

  /** GeoJSON of the country, cut at the antimeridian; throws a Problem where the map has none. */
  geometryOf(iso2: string): MultiPolygon {
    return splitAtAntimeridian(this.#membersOf(iso2).map((member) => member.rings))
  }

  /** The country as a region, without tolerance. */
  regionOf(iso2: string): Prepared {
    let region = this.#regions.get(iso2)
    if (!region) {
      region = new Prepared(this.#membersOf(iso2).map(preparedOf))
      this.#regions.set(iso2, region)
    }
    return region
  }

  has(iso2: string): boolean {
    return this.#byIso2.has(iso2)
  }

  nameOf(iso2: string, lang: 'en' | 'ko'): string {
    return nameOf(iso2, lang)
  }

  /** Alpha-2 codes of the countries that share ground with the region, in order; without tolerance. */
  touching(region: Region): string[] {
    const found = new Set<string>()
    const seen = new Set<Member>()
    for (const box of region.bboxes) {
      for (const { member } of this.#index.search(corners(box))) {
        if (found.has(member.iso2) || seen.has(member)) continue
        seen.add(member)
        if (meets(region, new Prepared([preparedOf(member)]))) found.add(member.iso2)
      }
    }
    return [...found].sort()
  }

  #add(iso2: string, rings: Float64Array[]): Entry[] {
    const member: Member = { iso2, rings, box: boxOf(rings[0] as Float64Array) }
    const members = this.#byIso2.get(iso2)
    if (members) members.push(member)
    else this.#byIso2.set(iso2, [member])
    return wrapBox(member.box).map((box) => ({ ...corners(box), member }))
  }

  #membersOf(iso2: string): Member[] {
    const members = this.#byIso2.get(iso2)
    if (!members) {
      throw new Problem('unknown-country', `"${iso2}" is not a country on the map`, {
        hint: 'Write the ISO 3166-1 alpha-2 code in capitals, for example JP, or XK for Kosovo.',
      })
    }
    return members
  }

  #near(lon: number, lat: number, dLon: number, dLat: number): Entry[] {
    return this.#index.search({ minX: lon - dLon, minY: lat - dLat, maxX: lon + dLon, maxY: lat + dLat })
  }

  /** Members whose box is within the tolerance, and by how many degrees to turn the longitude to stand beside them. */
  #around(lon: number, lat: number): { member: Member; turn: number }[] {
    const dLat = coastToleranceKm / kmPerDegree
    const dLon = dLat / Math.max(0.01, Math.cos((lat * Math.PI) / 180))
    const found: { member: Member; turn: number }[] = []
    for (const turn of [0, -360, 360]) {
      if (turn !== 0 && Math.abs(lon + turn) > 180 + dLon) continue
      for (const { member } of this.#near(lon + turn, lat, dLon, dLat)) {
        for (const more of [-360, 0, 360]) found.push({ member, turn: turn + more })
      }
    }
    return found
  }

  #nearest(lon: number, lat: number): string | undefined {
    let best = Infinity
    let nearest: string | undefined
    for (const { member, turn } of this.#around(lon, lat)) {
      const km = preparedOf(member).edgeDistanceKm(lon + turn, lat, coastToleranceKm)
      if (km !== undefined && km < best) {
        best = km
        nearest = member.iso2
      }
    }
    return nearest
  }
}

let loaded: Countries | undefined
let viewpoint = deFacto

/** From whose viewpoint `loadCountries` draws borders; to be said before anything asks for a country. */
export function drawBordersAs(chosen: Viewpoint): void {
  if (chosen.name === viewpoint.name) return
  viewpoint = chosen
  loaded = undefined
}

/** The world, read from disk at the first call and kept. */
export function loadCountries(): Countries {
  loaded ??= readCountries(viewpoint)
  return loaded
}

/** The world from a viewpoint, read from disk. */
export function readCountries(viewpoint: Viewpoint): Countries {
  // Not by require, which would keep the 24 MB of the parsed file for good.
  const file = new URL(import.meta.resolve('world-atlas/countries-10m.json'))
  return new Countries(JSON.parse(readFileSync(file, 'utf8')) as Topology, viewpoint)
}

function preparedOf(member: Member): PreparedPolygon {
  member.prepared ??= new PreparedPolygon(member.rings)
  return member.prepared
}

function territoryOf(iso2: string, box: Box, carved: Viewpoint['parts']): string {
  const part = carved.find(
    ({ from, within }) =>
      from === iso2 &&
      box.west >= within.west &&
      box.south >= within.south &&
      box.east <= within.east &&
      box.north <= within.north,
  )
  return part?.is ?? iso2
}

function corners(box: Box): { minX: number; minY: number; maxX: number; maxY: number } {
  return { minX: box.west, minY: box.south, maxX: box.east, maxY: box.north }
}
