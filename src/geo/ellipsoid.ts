import karney from 'geographiclib-geodesic'
import type { Box } from './region.ts'

/** The ellipsoid of WGS 84 (NGA.STND.0036): half axes in metres. */
const equatorial = 6_378_137
const polar = equatorial * (1 - 1 / 298.257223563)
const eccentricity2 = 1 - (polar / equatorial) ** 2

/**
 * Smallest and largest radius of curvature, in metres: of the meridian at the equator, and of everything at the poles. A step on
 * the ellipsoid is as long as the same step in latitude and longitude on a sphere of a radius between these two, and so is every
 * way: the distance of two places is that on the unit sphere times something between them.
 */
export const leastRadius = polar ** 2 / equatorial
export const largestRadius = equatorial ** 2 / polar

const rad = Math.PI / 180

/** Length of the shortest way in metres (C. F. F. Karney, "Algorithms for geodesics", 2013): 15 nanometres; 1 microsecond. */
export function geodesicM(lon1: number, lat1: number, lon2: number, lat2: number): number {
  return wgs84.Inverse(lat1, lon1, lat2, lon2, karney.Geodesic.DISTANCE).s12 as number
}

/** The place that lies `metres` away in the direction `bearing`, degrees clockwise from north. */
export function geodesicTo(lon: number, lat: number, bearing: number, metres: number): [lon: number, lat: number] {
  const { lon2, lat2 } = wgs84.Direct(lat, lon, bearing, metres)
  return [lon2 as number, lat2 as number]
}

const wgs84 = karney.Geodesic.WGS84

/** Writes the place into `into` at `at`: metres from the centre of the earth, as x, y, z. */
export function toSpace(lon: number, lat: number, into: Float64Array, at: number): void {
  const sin = Math.sin(lat * rad)
  const cos = Math.cos(lat * rad)
  const normal = equatorial / Math.sqrt(1 - eccentricity2 * sin * sin)
  into[at] = normal * cos * Math.cos(lon * rad)
  into[at + 1] = normal * cos * Math.sin(lon * rad)
  into[at + 2] = normal * (1 - eccentricity2) * sin
}

/**
 * What a way over the ground is longer than the straight line through the earth, at most, in metres: a way on the ellipsoid is bent
 * nowhere more than a circle of the least radius (Schur's theorem). 1 mm for 10 km, 8 m for 200 km.
 */
export function bulgeM(chord: number): number {
  const half = Math.min(1, chord / (2 * leastRadius))
  return 2 * leastRadius * Math.asin(half) - chord
}

/** No place of the box is farther from its middle than this, in metres. */
export function reachM({ west, south, east, north }: Box): number {
  const nearest = south <= 0 && north >= 0 ? 0 : Math.min(Math.abs(south), Math.abs(north))
  const across = ((east - west) / 2) * Math.cos(nearest * rad)
  return largestRadius * rad * Math.hypot(across, (north - south) / 2)
}

/** All places within `metres` of the box lie in this one, whose longitudes may be beyond 180. */
export function grown({ west, south, east, north }: Box, metres: number): Box {
  const angle = metres / leastRadius
  const up = (angle / rad) * (1 + 1e-12) + 1e-12
  const farthest = Math.max(Math.abs(south), Math.abs(north))
  const toPole = farthest + up >= 90
  const across = toPole
    ? 360
    : (Math.asin(Math.min(1, Math.sin(angle) / Math.cos(farthest * rad))) / rad) * (1 + 1e-12) + 1e-12
  return {
    west: west - across,
    south: Math.max(-90, south - up),
    east: east + across,
    north: Math.min(90, north + up),
  }
}
