import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { LinkHandler } from '../smpp/session/link.ts'
import type { Session } from '../smpp/session/session.ts'
import { describeEnd, type SessionEnd } from '../smpp/session/state.ts'
import { Bind, type BindEnd, type BindPlace } from './bind.ts'
import { placesOf, planRoll } from './roll.ts'

export interface BindsHandler<T> extends Omit<LinkHandler<T>, 'bound' | 'closed'> {
  /** A bind went; all that it owed has been given out as unanswered. */
  lost(): void
  /** A long text has begun on the session, and is not complete. */
  busy(session: Session<T>): boolean
  readonly firstSequence: number | undefined
}

/** Of one bind, for people and the API. */
export interface BindStatus {
  readonly kind: BindPlace['kind']
  readonly boundAt: Date | null
  readonly lastEnd: BindEnd | null
}

/**
 * All binds of one account: brought up and down together, each kept up by its own link. Another profile is taken over by
 * rolling: one bind at a time is replaced, the new one is up before the old one unbinds, and the first one that the carrier
 * refuses ends the roll, with the rest as they were.
 */
export class Binds<T> {
  #profile: CarrierProfile
  readonly #log: Logger
  readonly #handler: BindsHandler<T>
  /** Every bind there is: while one is replaced, both. */
  #binds: Bind<T>[] = []
  #wantedUp = false
  #downSince: number | undefined
  #ending: Promise<void> | undefined
  /** Counts profiles and stops: a roll of an earlier one gives up. */
  #turn = 0
  #rolling: Promise<void> = Promise.resolve()
  #haltedBy: BindEnd | undefined

  constructor(profile: CarrierProfile, log: Logger, handler: BindsHandler<T>) {
    this.#profile = profile
    this.#log = log
    this.#handler = handler
  }

  /** Binds that are up, of `wanted`. */
  get up(): number {
    return this.#binds.filter(({ session }) => session).length
  }

  /** Binds that are up and may submit. */
  get transmitting(): number {
    return this.#binds.filter(({ session }) => session?.transmits).length
  }

  /** Whether anything can be submitted: a bind that transmits is up. */
  get canSend(): boolean {
    return this.#binds.some(({ session }) => session?.transmits)
  }

  get wanted(): number {
    return placesOf(this.#profile).length
  }

  /** How long no bind that transmits has been up, ms; 0 while there is one, and while none is wanted. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : performance.now() - this.#downSince
  }

  get status(): BindStatus[] {
    return this.#binds
      .filter(({ isRetiring }) => !isRetiring)
      .map(({ place, boundAt = null, lastEnd = null }) => ({ kind: place.kind, boundAt, lastEnd }))
  }

  /** Why the carrier refused the binds of the present profile, where others stay up in their place. */
  get haltedBy(): BindEnd | undefined {
    return this.#haltedBy
  }

  /** Connects and binds, and goes on doing so until `stop`. */
  start(): void {
    this.#wantedUp = true
    // Where the old binds are still ending, `stop` comes back here.
    if (this.#binds.length > 0 || this.#ending) return
    this.#downSince = performance.now()
    for (const place of placesOf(this.#profile)) this.#make(place)
  }

  /** Waits for the answers under way, unbinds and closes. `start` may be called again. */
  stop(): Promise<void> {
    this.#wantedUp = false
    this.#ending ??= this.#end().finally(() => {
      this.#ending = undefined
      if (this.#wantedUp) this.start()
    })
    return this.#ending
  }

  /** Takes over another profile, or the same: then what the carrier refused is tried again. */
  reprofile(profile: CarrierProfile): void {
    this.#profile = profile
    const turn = ++this.#turn
    for (const bind of this.#binds) bind.wake()
    this.#rolling = this.#rolling.then(() => this.#roll(turn))
  }

  /** The bind with most room in its window, of those that `may` take it. */
  freest(may: (session: Session<T>) => boolean): Session<T> | undefined {
    let best: Session<T> | undefined
    let most = 0
    for (const { session } of this.#binds) {
      if (session && session.free > most && may(session)) {
        best = session
        most = session.free
      }
    }
    return best
  }

  /** A bind that may submit, whether its window has room or not: for requests that are no submit_sm. */
  get any(): Session<T> | undefined {
    return this.#binds.find(({ session }) => session?.transmits)?.session
  }

  /** Writes what was submitted to the sockets, now: the pacer judged this moment, not the next turn of the event loop. */
  flush(): void {
    for (const bind of this.#binds) bind.flush()
  }

  async #end(): Promise<void> {
    this.#turn++
    // A roll may have just made one: all are asked again when it has given up.
    await Promise.all(this.#binds.map((bind) => bind.stop()))
    await this.#rolling
    await Promise.all(this.#binds.map((bind) => bind.stop()))
    this.#binds = []
    this.#downSince = undefined
    this.#haltedBy = undefined
  }

  #make(place: BindPlace, profile = this.#profile): Bind<T> {
    const bind = new Bind<T>(place, profile, {
      ...this.#handler,
      bound: () => this.#bound(),
      closed: (end, unanswered, retryInMs) => this.#closed(end, unanswered, retryInMs),
    })
    this.#binds.push(bind)
    bind.start()
    return bind
  }

  async #retire(bind: Bind<T>): Promise<void> {
    await bind.retire()
    this.#binds = this.#binds.filter((one) => one !== bind)
  }

  async #roll(turn: number): Promise<void> {
    if (turn !== this.#turn || !this.#wantedUp || this.#binds.length === 0) return
    this.#haltedBy = undefined
    const { replace, add, end } = planRoll(this.#binds, this.#profile)
    for (const place of add) this.#make(place)
    for (const bind of end) await this.#retire(bind)
    for (const { old, place } of replace) {
      if (turn !== this.#turn) return
      this.#haltedBy = await this.#replace(old, place, turn)
      if (this.#haltedBy) return
    }
    if (replace.length > 0 && turn === this.#turn) this.#log.info({ binds: replace.length }, 'binds rolled')
  }

  /** Returns why the carrier refused the new one; undefined where it is up, or the turn is over. */
  async #replace(old: Bind<T>, place: BindPlace, turn: number): Promise<BindEnd | undefined> {
    let next = this.#make(place)
    let retired = false
    while (!next.session) {
      await next.changed()
      if (turn !== this.#turn) {
        if (!retired) await this.#retire(next)
        return undefined
      }
      if (next.isRefused) {
        await this.#retire(next)
        if (retired) this.#make(old.place, old.profile)
        const { lastEnd } = next
        this.#log.error(
          { reason: lastEnd?.reason, bindsLeft: this.up },
          'the carrier refuses the new credentials: the other binds stay as they are; correct systemId and password of the profile, then reload',
        )
        return lastEnd
      }
      if (retired || next.session || next.lastEnd?.cause !== 'already-bound') continue
      // The carrier counts binds strictly: the old one has to go first.
      retired = true
      await Promise.all([this.#retire(next), this.#retire(old)])
      if (turn !== this.#turn) return undefined
      next = this.#make(place)
    }
    if (!retired) await this.#retire(old)
    return undefined
  }

  #bound(): void {
    if (this.canSend) this.#downSince = undefined
    metrics.binds.set({ carrier: this.#profile.id }, this.up)
    this.#log.info({ binds: this.up }, 'bound')
    this.#handler.room()
  }

  #closed(end: SessionEnd, unanswered: T[], retryInMs: number | undefined): void {
    if (!this.canSend) this.#downSince ??= performance.now()
    metrics.binds.set({ carrier: this.#profile.id }, this.up)
    const detail = {
      reason: describeEnd(end),
      unanswered: unanswered.length,
      retryInMs: retryInMs && Math.round(retryInMs),
    }
    if (retryInMs !== undefined) this.#log.warn(detail, 'a bind is gone')
    else if (end.kind === 'refused') {
      this.#log.error(
        detail,
        'the carrier refuses our credentials: correct systemId and password of the profile, then reload',
      )
    } else this.#log.info(detail, 'unbound')
    for (const context of unanswered) this.#handler.unanswered(context)
    this.#handler.lost()
  }
}
