import { kml } from '@tmcw/togeojson'
import { DOMParser } from '@xmldom/xmldom'
import { wktToGeoJSON } from 'betterknown'
import type { Feature, FeatureCollection, Geometry, GeometryCollection } from 'geojson'
import { type Shape, type ZoneSource, zoneIdPattern } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { areaShapes } from './area.ts'
import { canonicalJson } from './canonical-json.ts'
import { parseCapXml } from './cap-xml.ts'
import type { Area } from './model.ts'
import { decodeXml } from './xml-text.ts'
import { parseXml, type XmlElement } from './xml-tree.ts'

export type ZoneFormat = 'GeoJSON' | 'KML' | 'CAP' | 'WKT'

/** What one feature, placemark or area of a file says; its shapes are not checked yet. */
export interface DrawnZone {
  /** Where it stands in the file, for people. */
  readonly where: string
  readonly name?: string
  /** `properties.id` of our own format (geofences/README.md), else the Feature's or Placemark's own where it can be a zone's. */
  readonly id?: string
  /** The Feature's or Placemark's own, where it cannot be a zone's. */
  readonly unfitId?: string
  readonly version?: number
  readonly source?: ZoneSource
  readonly shapes: Shape[]
}

export interface ZoneFile {
  readonly format: ZoneFormat
  readonly zones: readonly DrawnZone[]
  /** What has no ground: points, lines, areas of geocodes that are not countries. */
  readonly problems: readonly Problem[]
}

/**
 * Reads the areas of a file: GeoJSON, KML 2.x, CAP 1.2 or WKT, told apart by how it begins.
 * @throws Problem where the file cannot be read at all, or asks for something from elsewhere
 */
export function readZoneFile(bytes: Uint8Array): ZoneFile {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    throw new Problem('zone-file', 'It is a ZIP archive, perhaps KMZ', { hint: 'Unpack it and give the .kml inside.' })
  }
  const text = decodeXml(bytes)
  const start = text.trimStart()
  if (start.startsWith('<')) return readXml(text)
  return start.startsWith('{') ? readGeoJson(start) : readWkt(start)
}

function readXml(text: string): ZoneFile {
  // Refuses DOCTYPE and entities of one's own before another parser sees them.
  const root = parseXml(text, new Set(['Placemark', 'Folder', 'NetworkLink', 'Document']))
  if (root.name !== 'kml') return readCap(text)
  refuseLinks(root)
  const document = new DOMParser({ errorHandler: () => undefined }).parseFromString(text, 'text/xml')
  return ofFeatures('KML', kml(document).features as Feature[], 'placemark')
}

/** A map that loads parts of itself from elsewhere can show one zone to the author and another one to us. */
function refuseLinks(element: XmlElement): void {
  if (element.name === 'NetworkLink') {
    throw new Problem('kml-network-link', 'The file takes a part of itself from elsewhere', {
      where: element.path,
      hint: 'Nothing is fetched. Save the whole map into one file.',
    })
  }
  for (const child of element.children) refuseLinks(child)
}

function readCap(text: string): ZoneFile {
  const { alert } = parseCapXml(text)
  const problems: Problem[] = []
  // Languages mostly say the same of their areas; what any of them says is there.
  const areas = new Map<string, { area: Area; where: string }>()
  alert.infos.forEach((info, i) => {
    info.areas.forEach((area, k) => {
      const where = `info[${i + 1}]/area[${k + 1}]`
      const shapes = areaShapes(area)
      const key = shapes.length === 0 ? where : canonicalJson(shapes)
      if (!areas.has(key)) areas.set(key, { area, where })
    })
  })
  const zones = [...areas.values()].flatMap(({ area, where }): DrawnZone[] => {
    const shapes = areaShapes(area)
    if (shapes.length > 0) return [{ where, name: area.areaDesc, shapes }]
    problems.push(
      new Problem('zone-empty', `"${area.areaDesc}" has no polygon, circle or country`, {
        where,
        hint: 'Regions (ISO 3166-2) and zones of the library are there already: name them in the alert. Codes of other lists are not known.',
      }),
    )
    return []
  })
  return { format: 'CAP', zones, problems }
}

function readGeoJson(text: string): ZoneFile {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new Problem('zone-file', `It is not JSON: ${(cause as Error).message}`, { cause })
  }
  const { type } = (json ?? {}) as { type?: string }
  const features =
    type === 'FeatureCollection'
      ? (json as FeatureCollection).features
      : type === 'Feature'
        ? [json as Feature]
        : [{ type: 'Feature' as const, properties: {}, geometry: json as Geometry }]
  if (!Array.isArray(features)) throw new Problem('zone-file', 'A FeatureCollection has `features`, a list')
  return ofFeatures('GeoJSON', features, 'feature')
}

function readWkt(text: string): ZoneFile {
  const rest = afterGeometry(text)
  if (rest !== '') {
    throw new Problem('zone-file', `After the first geometry the file goes on: "${rest.slice(0, 40)}"`, {
      hint: 'A file of WKT holds one geometry. Of several make a MULTIPOLYGON, or a GeoJSON FeatureCollection.',
    })
  }
  let geometry: Geometry | null
  try {
    geometry = wktToGeoJSON(text.trim())
  } catch (cause) {
    throw new Problem('zone-file', `It is none of GeoJSON, KML, CAP and WKT (as WKT: ${(cause as Error).message})`, {
      hint: 'WKT is in degrees (SRID 4326), longitude first: POLYGON((135 34, 136 34, 136 35, 135 34)).',
      cause,
    })
  }
  return ofFeatures('WKT', [{ type: 'Feature', properties: {}, geometry: geometry as Geometry }], 'geometry')
}

/** What follows the bracket that closes the first one. */
function afterGeometry(text: string): string {
  let depth = 0
  for (let i = text.indexOf('('); i >= 0 && i < text.length; i++) {
    if (text[i] === '(') depth++
    else if (text[i] === ')' && --depth === 0) return text.slice(i + 1).trim()
  }
  return ''
}

function ofFeatures(format: ZoneFormat, features: readonly Feature<Geometry | null>[], kind: string): ZoneFile {
  const problems: Problem[] = []
  const zones = features.flatMap((feature, i): DrawnZone[] => {
    const { id: given, version, name, source } = feature?.properties ?? {}
    const where = `${kind}[${i}]${typeof name === 'string' ? ` "${name.slice(0, 60)}"` : ''}`
    const shapes = shapesOf(feature?.geometry)
    if (shapes === undefined) {
      problems.push(
        new Problem('zone-geometry', groundless(feature?.geometry), {
          where,
          hint: 'Give a polygon; or in the API a circle with its radius: {"kind":"circle","lon":136.9,"lat":37.4,"radiusKm":20}.',
        }),
      )
      return []
    }
    return [
      {
        where,
        shapes,
        ...(typeof name === 'string' && name.trim() !== '' ? { name: name.trim() } : {}),
        ...(typeof given === 'string' ? { id: given } : idOf(feature?.id)),
        ...(Number.isInteger(version) ? { version: version as number } : {}),
        ...(isSource(source) ? { source } : {}),
      },
    ]
  })
  return { format, zones, problems }
}

const fitting = new RegExp(zoneIdPattern)

/** Programs number what they write (0, 1, 2): such an id means another zone in every file, and would make them versions of one. */
function idOf(own: unknown): { id?: string; unfitId?: string } {
  if (typeof own === 'number') return { unfitId: String(own) }
  if (typeof own !== 'string' || own === '') return {}
  return fitting.test(own) && !/^\d+$/.test(own) ? { id: own } : { unfitId: own }
}

/** All of a feature's polygons; undefined where there is none, or something else beside them, which would be lost in silence. */
function shapesOf(geometry: Geometry | null | undefined): Shape[] | undefined {
  switch (geometry?.type) {
    case 'Polygon':
      return [{ kind: 'polygon', rings: geometry.coordinates }]
    case 'MultiPolygon':
      return [{ kind: 'multipolygon', polygons: geometry.coordinates }]
    case 'GeometryCollection': {
      const all = (geometry as GeometryCollection).geometries.map(shapesOf)
      return all.length > 0 && all.every((shapes) => shapes !== undefined) ? all.flat() : undefined
    }
    default:
      return undefined
  }
}

function groundless(geometry: Geometry | null | undefined): string {
  if (!geometry) return 'It has no geometry'
  return geometry.type === 'GeometryCollection'
    ? 'Not all that it is made of has ground, and what has none would be lost'
    : `A ${geometry.type} has no ground`
}

function isSource(value: unknown): value is ZoneSource {
  const fields = (value ?? {}) as Record<string, unknown>
  return ['author', 'basis', 'licence', 'date'].every((key) => typeof fields[key] === 'string')
}
