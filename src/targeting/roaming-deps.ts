import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import type { Queues } from '../queue/queues.ts'
import type { Database } from '../store/database.ts'
import type { RegionsByPlace } from './entry-grounds.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** What works off those who arrive needs. */
export interface RoamingDeps {
  readonly db: Database
  readonly queues: Queues
  readonly countries: Countries
  readonly regions: RegionsByPlace
  readonly routes: RouteNumbers
  readonly log: Logger
  /** Milliseconds since 1970; the system's where it is not given. */
  readonly clock?: () => number
}

/** Now, by the clock that was given. */
export const nowOf = ({ clock = Date.now }: Pick<RoamingDeps, 'clock'>): Date => new Date(clock())
