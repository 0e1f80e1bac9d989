import { type CarrierChange, changesOf } from '../carriers/changes.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { appendAudit } from '../store/audit.ts'
import { carrierRows } from '../store/chunks/carriers.ts'
import { type Client, type Database, transaction } from '../store/database.ts'
import { type RouteNumbers, routeNumbers } from '../targeting/route-numbers.ts'

export interface LiveCarriersOptions {
  readonly db: Database
  readonly profiles: readonly CarrierProfile[]
  /** Reads the profiles again; without it they stay as they are. */
  readonly readProfiles: (() => Promise<CarrierProfile[]>) | undefined
  readonly log: Logger
}

interface Numbered {
  readonly routes: RouteNumbers
  readonly numbers: ReadonlyMap<string, number>
}

/**
 * The carriers of this process as they are now: whoever asks gets the profiles that were read last. Reading them again is all or
 * nothing, and one after the other.
 */
export class LiveCarriers {
  readonly #o: LiveCarriersOptions
  #profiles: readonly CarrierProfile[]
  #routes: RouteNumbers
  /** With those of carriers that are in no profile any more: their receipts still come. */
  readonly #byNo = new Map<number, CarrierProfile>()
  readonly #followers: ((profiles: readonly CarrierProfile[]) => Promise<void>)[] = []
  #last: Promise<unknown> = Promise.resolve()

  /** Routes by the profiles of the moment. */
  readonly routes: RouteNumbers = {
    find: (to, use, preferred) => this.#routes.find(to, use, preferred),
    profileOf: (no) => this.#routes.profileOf(no),
    prefixes: () => this.#routes.prefixes(),
    asOfNow: () => this.#routes,
  }

  private constructor(options: LiveCarriersOptions, { routes, numbers }: Numbered) {
    this.#o = options
    this.#profiles = options.profiles
    this.#routes = routes
    this.#note(numbers)
  }

  static async open(options: LiveCarriersOptions): Promise<LiveCarriers> {
    return new LiveCarriers(options, await numbered(options.db.pool, options.profiles))
  }

  get profiles(): readonly CarrierProfile[] {
    return this.#profiles
  }

  /** The last profile of a carrier, be it gone by now. */
  lastProfileOf(no: number): CarrierProfile | undefined {
    return this.#byNo.get(no)
  }

  /** How long each carrier may take for a final receipt. */
  get finalAfter(): readonly { readonly carrierNo: number; readonly ms: number }[] {
    return [...this.#byNo].map(([carrierNo, { receipts }]) => ({ carrierNo, ms: receipts.finalAfterMs }))
  }

  /** Told of each change, in the order of the calls. */
  follow(follower: (profiles: readonly CarrierProfile[]) => Promise<void>): void {
    this.#followers.push(follower)
  }

  /**
   * Reads the profiles again and takes them over. Where one cannot be used, nothing changes.
   * @param actor for the audit log.
   * @throws Problem of the profiles, `carrier-live-changed`, `carriers-fixed`
   */
  reload(actor: string): Promise<readonly CarrierChange[]> {
    const reloaded = this.#last.then(() => this.#reload(actor))
    this.#last = reloaded.catch(() => undefined)
    return reloaded
  }

  async #reload(actor: string): Promise<readonly CarrierChange[]> {
    const { db, readProfiles, log } = this.#o
    if (!readProfiles) {
      throw new Problem('carriers-fixed', 'The carriers of this engine do not come from a folder', {
        status: 409,
        hint: 'Run `bongsu serve` with BONGSU_CARRIERS_DIR.',
      })
    }
    const profiles = await readProfiles()
    const changes = changesOf(this.#profiles, profiles)
    const { routes, numbers } = await transaction(db.pool, async (client) => {
      const detail = { changes: changes.filter(({ change }) => change !== 'unchanged') }
      await appendAudit(client, { actor, act: 'carriers.reload', subject: 'carriers', detail })
      return numbered(client, profiles)
    })
    this.#profiles = profiles
    this.#routes = routes
    this.#note(numbers)
    log.info({ carriers: changes }, 'carrier profiles read again')
    for (const follower of this.#followers) await follower(profiles)
    return changes
  }

  #note(numbers: ReadonlyMap<string, number>): void {
    for (const profile of this.#profiles) this.#byNo.set(numbers.get(profile.id) as number, profile)
  }
}

async function numbered(db: Client, profiles: readonly CarrierProfile[]): Promise<Numbered> {
  const routes = await routeNumbers(db, profiles)
  const numbers = new Map([...(await carrierRows(db)).values()].map(({ id, no }) => [id, no]))
  return { routes, numbers }
}
