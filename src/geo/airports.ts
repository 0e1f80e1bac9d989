import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { Problem } from '../lib/problem.ts'

export interface Airport {
  /** Three letters. */
  iata: string
  /** Four letters; empty where not set down. */
  icao: string
  iso2: string
  name: string
  lon: number
  lat: number
  /** From the middle of the airfield to beyond its terminals and hotels, km. */
  radiusKm: number
}

/** Reads `airports.csv`: iata,icao,country,name,lat,lon,radiusKm. @throws Problem `airports-file` */
export function readAirports(file: string): Map<string, Airport> {
  try {
    const rows = parse(readFileSync(file), { columns: true, comment: '#', trim: true }) as Record<string, string>[]
    return new Map(rows.map((row) => [row.iata as string, airportOf(row)]))
  } catch (cause) {
    throw new Problem('airports-file', `It cannot be read: ${(cause as Error).message}`, {
      where: file,
      hint: 'The columns are iata,icao,country,name,lat,lon,radiusKm.',
      cause,
    })
  }
}

function airportOf(row: Record<string, string>): Airport {
  const { iata = '', icao = '', country = '', name = '' } = row
  const [lat, lon, radiusKm] = [Number(row.lat), Number(row.lon), Number(row.radiusKm)]
  if (!/^[A-Z]{3}$/.test(iata) || !/^([A-Z]{4})?$/.test(icao) || !/^[A-Z]{2}$/.test(country) || name === '') {
    throw new Error(`${iata || 'a row'} has no IATA code, country or name`)
  }
  if (!(Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && radiusKm > 0 && radiusKm <= 50)) {
    throw new Error(`${iata} has no place or no radius of up to 50 km`)
  }
  return { iata, icao, iso2: country, name, lon, lat, radiusKm }
}
