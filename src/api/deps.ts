import type { CarrierProfile } from '../carriers/schema.ts'
import type { CarrierStatus } from '../dispatch/dispatcher.ts'
import type { Countries } from '../geo/countries.ts'
import type { ZoneLibrary } from '../geo/library.ts'
import type { Logger } from '../lib/log.ts'
import type { Queues } from '../queue/queues.ts'
import type { Database } from '../store/database.ts'

/** What the API stands on. It keeps and rings; it sends nothing itself. */
export interface ApiDeps {
  readonly db: Database
  readonly queues: Queues
  readonly profiles: readonly CarrierProfile[]
  readonly countries: Countries
  readonly zones: ZoneLibrary
  /** Of this process; empty where it does not dispatch. */
  readonly carrierStatus: () => CarrierStatus[]
  /** Whether the parts of this process have started and none is draining. */
  readonly ready: () => boolean
  readonly log: Logger
}
