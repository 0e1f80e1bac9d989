import { isDeepStrictEqual } from 'node:util'
import { linkOptions } from '../carriers/link-options.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { commandStatus } from '../smpp/codec/status.ts'
import { Link, type LinkHandler } from '../smpp/session/link.ts'
import type { BindKind } from '../smpp/session/options.ts'
import type { Session } from '../smpp/session/session.ts'
import { describeEnd, type SessionEnd } from '../smpp/session/state.ts'

/** A place for one bind of an account. */
export interface BindPlace {
  readonly kind: BindKind
  /** Index of the address to begin with, so that binds spread over the links. */
  readonly startAt: number
}

/**
 * Why a bind ended, as a duty officer tells it apart.
 * - `credentials`: systemId or password is wrong; it stays down until the profiles are read again.
 * - `already-bound`: the carrier counts one bind more than it sold, often one whose connection died.
 * - `refused`: any other error in the bind response.
 * - `network`: no connection, or the connection was lost.
 * - `silent`: connected, and nothing was answered for too long.
 * - `unbound`: in good order, by either side.
 */
export type BindEndCause = 'credentials' | 'already-bound' | 'refused' | 'network' | 'silent' | 'unbound'

export interface BindEnd {
  readonly cause: BindEndCause
  /** For people, for example `bind refused: ESME_RINVPASWD`. */
  readonly reason: string
  readonly at: Date
  /** The pause before the next try; undefined where there is none. */
  readonly retryInMs: number | undefined
}

/** What a bind is made of: where one of these changes, it must be made anew. */
const madeOf = [
  'links',
  'systemId',
  'password',
  'systemType',
  'interfaceVersion',
  'window',
  'timers',
] as const satisfies readonly (keyof CarrierProfile)[]

export interface BindHandler<T> extends LinkHandler<T> {
  /** A long text has begun on the session, and is not complete. */
  busy(session: Session<T>): boolean
  readonly firstSequence: number | undefined
}

/** One bind of an account, kept up by a link; it is of the profile that it was made of until its end. */
export class Bind<T> {
  readonly place: BindPlace
  readonly profile: CarrierProfile
  readonly #link: Link<T>
  readonly #busy: (session: Session<T>) => boolean
  #lastEnd: BindEnd | undefined
  #boundAt: Date | undefined
  #retiring = false
  #stopped: Promise<void> | undefined
  #waiting: (() => void)[] = []

  constructor(place: BindPlace, profile: CarrierProfile, handler: BindHandler<T>) {
    const { firstSequence } = handler
    this.place = place
    this.profile = profile
    this.#busy = handler.busy
    this.#link = new Link<T>(
      { ...linkOptions(profile), ...place, ...(firstSequence !== undefined && { firstSequence }) },
      {
        ...handler,
        bound: () => {
          this.#boundAt = new Date()
          handler.bound()
          this.wake()
        },
        closed: (end, unanswered, retryInMs) => {
          this.#boundAt = undefined
          this.#lastEnd = { cause: causeOf(end), reason: describeEnd(end), at: new Date(), retryInMs }
          handler.closed(end, unanswered, retryInMs)
          this.wake()
        },
      },
    )
  }

  start(): void {
    this.#link.start()
  }

  /** The session, while it is bound and takes new messages. */
  get session(): Session<T> | undefined {
    return this.#retiring ? undefined : this.#link.session
  }

  flush(): void {
    this.#link.session?.flush()
  }

  get boundAt(): Date | undefined {
    return this.#boundAt
  }

  get lastEnd(): BindEnd | undefined {
    return this.#lastEnd
  }

  /** The carrier refused its credentials: it does not try again. */
  get isRefused(): boolean {
    return this.#boundAt === undefined && this.#lastEnd?.cause === 'credentials'
  }

  get isRetiring(): boolean {
    return this.#retiring
  }

  /** Whether a bind that is made of `profile` would be the same. */
  fits(profile: CarrierProfile): boolean {
    return madeOf.every((key) => isDeepStrictEqual(profile[key], this.profile[key]))
  }

  /** Resolves when it is bound, has ended, is stopped, or somebody calls `wake`: then look again. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Takes no new message from now on; finishes a long text that has begun, then as `stop`. */
  async retire(): Promise<void> {
    this.#retiring = true
    const giveUpAt = performance.now() + this.profile.timers.responseMs
    for (let session = this.#link.session; session && this.#busy(session); session = this.#link.session) {
      if (this.#stopped || performance.now() >= giveUpAt) break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await this.stop()
  }

  /** Waits for the answers under way, unbinds, closes, for good. */
  stop(): Promise<void> {
    this.#stopped ??= this.#link.stop()
    this.wake()
    return this.#stopped
  }
}

function causeOf(end: SessionEnd): BindEndCause {
  if (end.kind === 'lost') return 'network'
  if (end.kind !== 'refused') return end.kind
  if (end.status === commandStatus.ESME_RALYBND) return 'already-bound'
  const credentials = end.status === commandStatus.ESME_RINVPASWD || end.status === commandStatus.ESME_RINVSYSID
  return credentials ? 'credentials' : 'refused'
}
