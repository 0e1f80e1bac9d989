import { area } from '@turf/turf'
import type { Position } from 'geojson'

/** Mean radius of the earth (IUGG). The sphere differs from the WGS 84 ellipsoid by at most 0.56 % of a distance. */
export const earthRadiusKm = 6371.0088

/** Length of one degree of latitude. */
export const kmPerDegree = (Math.PI * earthRadiusKm) / 180

const rad = Math.PI / 180

export function wrapLon(lon: number): number {
  if (lon >= -180 && lon <= 180) return lon
  return ((((lon + 180) % 360) + 360) % 360) - 180
}

/** Area of an unwrapped, closed ring in km², whatever its winding. */
export function ringAreaKm2(ring: Float64Array): number {
  const positions: Position[] = []
  for (let i = 0; i + 1 < ring.length; i += 2) positions.push([ring[i] as number, ring[i + 1] as number])
  return area({ type: 'Polygon', coordinates: [positions] }) / 1e6
}

/** Area of a box inside -180..180, in km². */
export function boxAreaKm2(west: number, south: number, east: number, north: number): number {
  return (east - west) * rad * (Math.sin(north * rad) - Math.sin(south * rad)) * earthRadiusKm * earthRadiusKm
}
