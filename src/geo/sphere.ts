import { area } from '@turf/turf'
import type { Position } from 'geojson'

/** Mean radius of the earth (IUGG). The sphere differs from the WGS 84 ellipsoid by at most 0.56 % of a distance. */
export const earthRadiusKm = 6371.0088

/** Length of one degree of latitude. */
export const kmPerDegree = (Math.PI * earthRadiusKm) / 180

const rad = Math.PI / 180

/** Great-circle distance in km (haversine: exact enough from millimetres to the antipode). */
export function distanceKm(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const dLat = Math.sin(((lat2 - lat1) * rad) / 2)
  const dLon = Math.sin(((lon2 - lon1) * rad) / 2)
  const a = dLat * dLat + Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * dLon * dLon
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(a)))
}

/** The place `km` away at `bearing` degrees from north; longitude in -180..180. */
export function destination(lon: number, lat: number, bearing: number, km: number): [lon: number, lat: number] {
  const d = km / earthRadiusKm
  const sin = Math.sin(lat * rad) * Math.cos(d) + Math.cos(lat * rad) * Math.sin(d) * Math.cos(bearing * rad)
  // This form of the two keeps its digits at the poles, where the usual one is 0 / 0.
  const y = Math.sin(bearing * rad) * Math.sin(d)
  const x = Math.cos(lat * rad) * Math.cos(d) - Math.sin(lat * rad) * Math.sin(d) * Math.cos(bearing * rad)
  return [wrapLon(lon + Math.atan2(y, x) / rad), Math.asin(Math.max(-1, Math.min(1, sin))) / rad]
}

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
