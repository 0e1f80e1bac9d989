import type { CapSigner } from '../alerts/cap-signer.ts'
import type { TrustedKey } from '../alerts/signature-keys.ts'
import type { CamaraOperator } from '../carriers/camara/operator-schema.ts'
import type { CarrierChange } from '../carriers/changes.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { CarrierStatus } from '../dispatch/dispatcher.ts'
import type { Countries } from '../geo/countries.ts'
import type { Logger } from '../lib/log.ts'
import type { Seal } from '../lib/seal.ts'
import type { Queues } from '../queue/queues.ts'
import type { FeedWatch } from '../reporting/feed-watch.ts'
import type { WebhookNetworks } from '../reporting/webhooks/networks.ts'
import type { Database } from '../store/database.ts'
import type { ZoneBook } from '../store/zones/zone-book.ts'

/** The carriers of this process. */
export interface ApiCarriers {
  /** As they were read last: ask at each use. */
  readonly profiles: readonly CarrierProfile[]
  /** Reads the profiles again, all or nothing. @throws Problem with what is wrong with them. */
  reload(actor: string): Promise<readonly CarrierChange[]>
}

/** Operators whose CAMARA APIs this engine is a client of. */
export interface ApiCamara {
  readonly operators: readonly CamaraOperator[]
  readonly now: () => Date
}

/** What lies in the folder of feeds, and nobody takes. */
export interface UntakenFile {
  /** Within that folder. */
  readonly path: string
  readonly why: string
}

export interface Untaken {
  readonly count: number
  /** The first of them, by path. */
  readonly files: readonly UntakenFile[]
}

/** What the API stands on. It keeps and rings; it sends nothing itself. */
export interface ApiDeps {
  readonly db: Database
  readonly queues: Queues
  readonly carriers: ApiCarriers
  readonly countries: Countries
  readonly zones: ZoneBook
  /** CAP `sender` of alerts that name none; left out: `bongsu`. */
  readonly sender?: string | undefined
  /** Whose signatures on CAP are known. */
  readonly trustedKeys: readonly TrustedKey[]
  /** Signs the public feed; without it the feed is not signed, and says so. */
  readonly capSigner: CapSigner | undefined
  /** Of this process; empty where it does not dispatch. */
  readonly carrierStatus: () => CarrierStatus[]
  readonly feeds: FeedWatch
  /** Left out where this process looks into no folder of feeds. */
  readonly untaken?: () => Promise<Untaken>
  /** Seals secrets in the database; undefined: there is no key, and what needs one is refused. */
  readonly seal?: Seal | undefined
  /** Operators whose CAMARA APIs are subscribed to; none without it. */
  readonly camara?: ApiCamara
  /** Where webhooks may lead. */
  readonly webhookNetworks: WebhookNetworks
  /** Whether the parts of this process have started and none is draining. */
  readonly ready: () => boolean
  readonly log: Logger
}
