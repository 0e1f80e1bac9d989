import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { isCountry } from './iso3166.ts'
import type { Box } from './region.ts'

/** Whose view of disputed borders is drawn: in what it differs from the map and `territories.ts`. */
export interface Viewpoint {
  readonly name: string
  /** Features of the map without an ISO number, by name; null: nobody's. */
  readonly features: Readonly<Record<string, string | null>>
  readonly parts: readonly { readonly from: string; readonly within: Box; readonly is: string }[]
  /** Laid over the map; degrees, lon before lat. */
  readonly drawn: readonly { readonly is: string; readonly ring: readonly [lon: number, lat: number][] }[]
}

export const deFacto: Viewpoint = { name: 'de-facto', features: {}, parts: [], drawn: [] }

/** Reads one viewpoint of `viewpoints.yaml`; `askedBy` is what named it. @throws Problem `unknown-viewpoint`, `viewpoints-file` */
export function readViewpoint(file: string, name: string, askedBy = 'BONGSU_VIEWPOINT'): Viewpoint {
  let all: Record<string, Partial<Viewpoint>>
  try {
    all = (parse(readFileSync(file, 'utf8')) as { viewpoints: typeof all }).viewpoints
  } catch (cause) {
    throw new Problem('viewpoints-file', `It cannot be read: ${(cause as Error).message}`, { where: file, cause })
  }
  if (!Object.hasOwn(all, name)) {
    const near = nearest(name, Object.keys(all))
    throw new Problem('unknown-viewpoint', `"${name}" is not a viewpoint`, {
      where: askedBy,
      hint: near ? `Did you mean ${near}?` : `There are: ${Object.keys(all).join(', ')}.`,
    })
  }
  const { features = {}, parts = [], drawn = [] } = all[name] ?? {}
  const named = [...Object.values(features), ...parts.map(({ is }) => is), ...drawn.map(({ is }) => is)]
  const wrong = named.find((iso2) => iso2 !== null && !isCountry(iso2))
  if (wrong !== undefined || drawn.some(({ ring }) => ring.length < 3)) {
    throw new Problem(
      'viewpoints-file',
      `The viewpoint ${name} ${wrong ? `names "${wrong}", which is no country` : 'draws a ring of less than 3 points'}`,
      {
        where: file,
        hint: 'Countries are ISO 3166-1 alpha-2, or XK; rings are lists of longitude and latitude.',
      },
    )
  }
  return { name, features, parts, drawn }
}
