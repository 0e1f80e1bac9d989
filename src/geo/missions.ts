import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Problem } from '../lib/problem.ts'
import type { Regions } from './regions.ts'

/** A mission and the ground that it looks after. */
export interface Jurisdiction {
  /** Of the mission, as in the table of missions: `tokyo`. */
  id: string
  name: { en: string; ko: string }
  /** Zones by reference: countries and regions. */
  covers: readonly string[]
  /** The date on which the ministry confirmed it; null while nobody has. */
  verified: string | null
}

export interface Missions {
  version: number
  author: string
  licence: string
  jurisdictions: readonly Jurisdiction[]
}

interface Written {
  en: string
  ko: string
  covers?: string[]
  restOf?: string
  verified?: string
}

/**
 * Reads `missions.yaml`. `restOf` becomes the regions of that country that no other mission covers.
 * @throws Problem `missions-file` with one detail per mission that cannot be understood
 */
export function readMissions(file: string, regions: Regions): Missions {
  let read: { version: number; author: string; licence: string; missions: Record<string, Written> }
  try {
    read = parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Problem('missions-file', `It cannot be read: ${(cause as Error).message}`, { where: file, cause })
  }
  const all = Object.entries(read.missions)
  const covered = new Set(all.flatMap(([, { covers = [] }]) => covers))
  const problems: Problem[] = []
  const jurisdictions = all.map(([id, { en, ko, covers = [], restOf, verified }]) => {
    const own = restOf === undefined ? [] : restOfCountry(restOf, covered, regions)
    if (typeof en !== 'string' || typeof ko !== 'string' || covers.length + own.length === 0) {
      const hint = 'A mission has en, ko, and covers or restOf; the head of the file tells what they are.'
      problems.push(new Problem('mission-incomplete', 'The mission has no name or no ground', { where: id, hint }))
    }
    return { id, name: { en, ko }, covers: [...own, ...covers], verified: verified ?? null }
  })
  if (problems.length > 0) {
    throw new Problem('missions-file', `${problems.length} missions cannot be used`, { where: file, details: problems })
  }
  return { version: read.version, author: read.author, licence: read.licence, jurisdictions }
}

/** Regions of the highest level of the map: of a region that is in nobody's list, but has parts that are, the other parts. */
function restOfCountry(iso2: string, covered: ReadonlySet<string>, regions: Regions): string[] {
  const all = regions.list(iso2)
  const split = new Set(all.filter(({ code }) => covered.has(code)).map(({ parent }) => parent))
  return all
    .filter(({ code, parent }) => {
      if (covered.has(code) || split.has(code)) return false
      return parent === undefined || split.has(parent)
    })
    .map(({ code }) => code)
}
