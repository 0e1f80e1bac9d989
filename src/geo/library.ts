import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Feature, FeatureCollection, Geometry } from 'geojson'
import { Problem } from '../lib/problem.ts'
import { checkShapes } from './check-shapes.ts'
import { type Shape, type Zone, type ZoneSource, zoneIdForm, zoneIdPattern } from './zone.ts'

/** The zones that could be read, by file name and order in the file, and a Problem for each file or feature that could not. */
export interface ZoneLibrary {
  zones: Zone[]
  problems: Problem[]
  /** What was repaired, a sentence each, with the file. */
  notes: string[]
}

/**
 * Reads every `*.geojson` of a directory: a Feature or FeatureCollection (RFC 7946) of Polygon or MultiPolygon with the
 * properties `id`, `version`, `name` and perhaps `source`. What is wrong with one costs nothing to the others.
 */
export async function loadLibrary(directory: string): Promise<ZoneLibrary> {
  const library: ZoneLibrary = { zones: [], problems: [], notes: [] }
  let names: string[]
  try {
    names = (await readdir(directory)).filter((name) => name.endsWith('.geojson')).sort()
  } catch (cause) {
    throw new Problem('geofences-unreadable', `The directory of geofences cannot be read`, {
      where: directory,
      hint: 'Set BONGSU_GEOFENCES_DIR to a directory of .geojson files.',
      cause,
    })
  }
  for (const name of names) await readZones(directory, name, library)
  return library
}

async function readZones(directory: string, name: string, library: ZoneLibrary): Promise<void> {
  let features: unknown[]
  try {
    features = featuresOf(JSON.parse(await readFile(join(directory, name), 'utf8')), name)
  } catch (cause) {
    library.problems.push(
      cause instanceof Problem
        ? cause
        : new Problem('geofence-file', `${(cause as Error).message}`, {
            where: name,
            hint: 'The file has to be JSON: a GeoJSON Feature or FeatureCollection.',
            cause,
          }),
    )
    return
  }
  features.forEach((feature, i) => {
    const where = `${name} features[${i}]`
    try {
      const { zone, notes } = parseZone(feature, where)
      if (library.zones.some((other) => other.id === zone.id)) {
        throw new Problem('geofence-duplicate', `The id "${zone.id}" is taken already`, {
          where,
          hint: 'Ids are unique over all files; a newer outline of the same zone replaces the older and raises its version.',
        })
      }
      library.zones.push(zone)
      library.notes.push(...notes.map((note) => `${where}: ${note}`))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      library.problems.push(error)
    }
  })
}

/** One GeoJSON Feature into a checked zone; `where` names it in Problems. */
export function parseZone(feature: unknown, where: string): { zone: Zone; notes: string[] } {
  const { type, properties, geometry } = (feature ?? {}) as Partial<Feature<Geometry | null>>
  if (type !== 'Feature' || !properties) throw wrong(`Not a GeoJSON Feature with properties`, where)
  const { id, version, name, source } = properties
  if (typeof id !== 'string' || !new RegExp(zoneIdPattern).test(id)) {
    throw wrong(`\`id\` must be ${zoneIdForm}`, `${where} properties.id`)
  }
  if (!Number.isInteger(version) || version < 1) {
    throw wrong('`version` must be an integer from 1', `${where} properties.version`)
  }
  if (typeof name !== 'string' || name.trim() === '') throw wrong('`name` is missing', `${where} properties.name`)
  try {
    const { shapes, notes } = checkShapes([shapeOf(geometry)])
    const zone: Zone = { id, version, name: name.trim(), shapes }
    if (source !== undefined) zone.source = sourceOf(source, `${where} properties.source`)
    return { zone, notes }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    throw new Problem(error.code, error.message, {
      where: error.where?.startsWith(where) ? error.where : `${where} (${id}) ${error.where ?? ''}`.trim(),
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    })
  }
}

function featuresOf(json: unknown, name: string): unknown[] {
  const { type, features } = (json ?? {}) as Partial<FeatureCollection>
  if (type === 'FeatureCollection' && Array.isArray(features)) return features
  if ((type as string) === 'Feature') return [json]
  throw wrong('Neither a GeoJSON Feature nor a FeatureCollection', name)
}

function shapeOf(geometry: Geometry | null | undefined): Shape {
  if (geometry?.type === 'Polygon') return { kind: 'polygon', rings: geometry.coordinates }
  if (geometry?.type === 'MultiPolygon') return { kind: 'multipolygon', polygons: geometry.coordinates }
  throw new Problem(
    'geofence-geometry',
    `A geofence is a Polygon or MultiPolygon, not ${geometry?.type ?? 'nothing'}`,
    { where: 'geometry', hint: 'Draw a polygon around what is meant.' },
  )
}

function sourceOf(value: unknown, where: string): ZoneSource {
  const source = (value ?? {}) as Record<string, unknown>
  const text = (key: keyof ZoneSource): string => {
    const one = source[key]
    if (typeof one !== 'string' || one.trim() === '') throw wrong(`\`source.${key}\` is missing`, where)
    return one
  }
  const date = text('date')
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) throw wrong('`source.date` is not a date such as 2024-01-01', where)
  return { author: text('author'), basis: text('basis'), licence: text('licence'), date }
}

function wrong(message: string, where: string): Problem {
  return new Problem('geofence-format', message, { where, hint: 'geofences/README.md describes the format.' })
}
