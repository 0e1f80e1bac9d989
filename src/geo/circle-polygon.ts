import type { MultiPolygon, Position } from 'geojson'
import { splitAtAntimeridian } from './antimeridian.ts'
import type { CircleShape } from './circle.ts'
import { geodesicM, geodesicTo } from './ellipsoid.ts'
import { unwrap } from './ring.ts'
import { wrapLon } from './sphere.ts'

/**
 * A polygon around the circle, nowhere inside it: points just outside the radius, more of them wherever a straight edge on
 * the lon/lat plane would cut in. Cut at the antimeridian and closed along a pole, so that any GeoJSON reader draws it right.
 * About 0.5 % larger in radius.
 */
export function circlePolygon({ lon, lat, radiusKm }: CircleShape): MultiPolygon {
  const asked = radiusKm * 1000
  let radius = asked * 1.005
  // A ring that runs exactly through a pole has no side there: step over it.
  const toPole = geodesicM(lon, lat, lon, lat < 0 ? -90 : 90)
  if (Math.abs(radius - toPole) < asked * 0.002) radius = toPole + asked * 0.002
  const at = (bearing: number) => geodesicTo(lon, lat, bearing, radius)
  const ring: Position[] = []
  const strays = ([ax, ay]: Position, [bx, by]: Position): boolean =>
    [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875].some((t) => {
      const x = (ax as number) + t * wrapLon((bx as number) - (ax as number))
      const metres = geodesicM(lon, lat, x, (ay as number) + t * ((by as number) - (ay as number)))
      return metres < asked * 1.001 || metres > radius * 1.002
    })
  const walk = (from: number, to: number, depth: number): void => {
    if (depth > 0 && strays(at(from), at(to))) {
      walk(from, (from + to) / 2, depth - 1)
      walk((from + to) / 2, to, depth - 1)
    } else ring.push(at(from))
  }
  const sides = 72
  for (let i = sides; i > 0; i--) walk((i * 360) / sides, ((i - 1) * 360) / sides, 14)
  ring.push(ring[0] as Position)
  return splitAtAntimeridian([[unwrap(ring)]])
}
