import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { metrics } from '../lib/metrics.ts'
import type { Delivery } from '../smpp/codec/delivery.ts'
import { Link } from '../smpp/session/link.ts'
import { type BindKind, describeEnd, type Session, type SessionEnd } from '../smpp/session/session.ts'

export interface BindsHandler<T> {
  /** A submit_sm was answered; `late`: after it had been handed out as unanswered. */
  answered(context: T, status: number, messageId: string, late: boolean): void
  /** The response did not come in time, or its bind is gone: the submission may have arrived. */
  unanswered(context: T): void
  delivered(delivery: Delivery, acknowledge: (status: number) => void): void
  /** A bind went; all that it owed has been given out as unanswered. */
  lost(): void
  /** There may be room for submits. */
  room(): void
}

/** All binds of one account: brought up and down together, each kept up by its own link. */
export class Binds<T> {
  readonly #profile: CarrierProfile
  readonly #log: Logger
  readonly #handler: BindsHandler<T>
  readonly #kinds: readonly { kind: BindKind; startAt: number }[]
  #links: Link<T>[] = []
  #wantedUp = false
  #downSince: number | undefined

  constructor(profile: CarrierProfile, log: Logger, handler: BindsHandler<T>) {
    this.#profile = profile
    this.#log = log
    this.#handler = handler
    this.#kinds = kindsOf(profile)
  }

  /** Binds that are up, of `wanted`. */
  get up(): number {
    return this.#links.filter((link) => link.session).length
  }

  /** Whether anything can be submitted: a bind that transmits is up. */
  get canSend(): boolean {
    return this.#links.some((link) => link.session?.transmits)
  }

  get wanted(): number {
    return this.#kinds.length
  }

  /** How long no bind that transmits has been up, ms; 0 while there is one, and while none is wanted. */
  get downMs(): number {
    return this.#downSince === undefined ? 0 : performance.now() - this.#downSince
  }

  /** Connects and binds, and goes on doing so until `stop`. */
  start(): void {
    this.#wantedUp = true
    // Where the old binds are still ending, `stop` comes back here.
    if (this.#links.length > 0) return
    this.#downSince = performance.now()
    this.#links = this.#kinds.map(({ kind, startAt }) => this.#makeLink(kind, startAt))
    for (const link of this.#links) link.start()
  }

  /** Waits for the answers under way, unbinds and closes. `start` may be called again. */
  async stop(): Promise<void> {
    this.#wantedUp = false
    const links = this.#links
    await Promise.all(links.map((link) => link.stop()))
    if (this.#links !== links) return
    this.#links = []
    this.#downSince = undefined
    if (this.#wantedUp) this.start()
  }

  /** The bind with most room in its window, of those that `may` take it. */
  freest(may: (session: Session<T>) => boolean): Session<T> | undefined {
    let best: Session<T> | undefined
    let most = 0
    for (const { session } of this.#links) {
      if (session && session.free > most && may(session)) {
        best = session
        most = session.free
      }
    }
    return best
  }

  /** Writes what was submitted to the sockets, now: the pacer judged this moment, not the next turn of the event loop. */
  flush(): void {
    for (const { session } of this.#links) session?.flush()
  }

  #makeLink(kind: BindKind, startAt: number): Link<T> {
    const { systemId, password, systemType, window, timers, links } = this.#profile
    const handler = this.#handler
    return new Link<T>(
      {
        kind,
        systemId,
        password,
        systemType,
        window,
        timers,
        addresses: links,
        startAt,
        reconnectMs: timers.reconnectMs,
      },
      {
        bound: () => this.#bound(),
        answered: (context, status, messageId, late) => handler.answered(context, status, messageId, late),
        unanswered: (context) => handler.unanswered(context),
        delivered: (delivery, acknowledge) => handler.delivered(delivery, acknowledge),
        room: () => handler.room(),
        closed: (end, unanswered, retryInMs) => this.#closed(end, unanswered, retryInMs),
      },
    )
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
        'the carrier refuses our credentials: correct systemId and password of the profile, then restart',
      )
    } else this.#log.info(detail, 'unbound')
    for (const context of unanswered) this.#handler.unanswered(context)
    this.#handler.lost()
  }
}

/** The links that make `binds` binds: one each for transceivers, else a transmitter and a receiver; spread over the addresses. */
function kindsOf({ bind, binds }: CarrierProfile): { kind: BindKind; startAt: number }[] {
  const kinds = bind === 'transceiver' ? (['transceiver'] as const) : (['transmitter', 'receiver'] as const)
  return Array.from({ length: binds }, (_, startAt) => kinds.map((kind) => ({ kind, startAt }))).flat()
}
