import type { StandingLevel, Whither } from './model.ts'
import type { TravelLevel } from './policy.ts'

export interface LevelThere {
  /** The highest that holds where he is. */
  readonly level: TravelLevel | null
  /** The special travel advisory holds there, beside a level or by itself. */
  readonly special: boolean
  /** The gravest of them is advice for his part of the country, not for all of it. */
  readonly regional: boolean
  /** Rows that say so, the gravest first. */
  readonly ids: readonly number[]
}

/** As between levels: the special advisory stands between 2 and 3. */
export const gravityOf = ({ level, special }: Pick<StandingLevel, 'level' | 'special'>): number =>
  Math.max(level ?? 0, special ? 2.5 : 0)

/** What holds where somebody is; of several countries, in one of which he is, the gravest of all. */
export function levelOf({ countries, regions }: Whither, levels: readonly StandingLevel[]): LevelThere {
  return sum(levels.filter((row) => countries.includes(row.country) && holds(row, regions)))
}

/** What is advised for the parts of his country that he is not known to be in, where that is graver than what holds for him. */
export function levelOfParts({ countries, regions }: Whither, levels: readonly StandingLevel[]): LevelThere {
  const own = levels.filter((row) => countries.includes(row.country))
  const here = gravityOf(sum(own.filter((row) => holds(row, regions))))
  const [gravest] = own.filter((row) => !holds(row, regions) && gravityOf(row) > here).sort(gravestFirst)
  return sum(gravest === undefined ? [] : [gravest])
}

/** A region's row holds only for whoever is known to be in it; a zone of the library never does, but is a part. */
const holds = ({ country, area }: StandingLevel, regions: readonly string[]) =>
  area === country || regions.includes(area)

const gravestFirst = (a: StandingLevel, b: StandingLevel) => gravityOf(b) - gravityOf(a) || a.id - b.id

function sum(rows: readonly StandingLevel[]): LevelThere {
  const sorted = rows.toSorted(gravestFirst)
  const level = sorted.reduce((most, row) => Math.max(most, row.level ?? 0), 0)
  return {
    level: level === 0 ? null : (level as TravelLevel),
    special: sorted.some(({ special }) => special),
    regional: sorted[0] !== undefined && sorted[0].area !== sorted[0].country,
    ids: sorted.map(({ id }) => id),
  }
}
