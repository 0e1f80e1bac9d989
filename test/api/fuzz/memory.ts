import type { Phase, Role } from '../../../src/alerts/lifecycle.ts'
import type { Known } from './values.ts'

/** An alert as the last answer showed it. */
export interface SeenAlert {
  readonly id: string
  readonly phase: Phase
  readonly msgType: string
  readonly digest: string | undefined
  readonly etag: string | undefined
  readonly scheduled: boolean
  readonly launched: boolean
  /** Other issuers' alerts about which nobody has decided. */
  readonly undecided: readonly string[]
  /** An act was refused that should have been taken: it is not as it was seen. */
  readonly stale: boolean
}

/** Somebody who has signed in, and how far he has got. */
export interface SeenSession {
  readonly name: string
  readonly role: Role
  cookie: string
  csrf: string
  password: string
  stage: 'first' | 'password' | 'proposed' | 'whole'
  /** Of the second factor that was proposed. */
  secret: string | undefined
}

export interface Newcomer {
  readonly name: string
  readonly password: string
  readonly role: Role
}

/** So many of a kind: what is older was used often enough. */
const most = 40

/** What answers have told: ids, in what state alerts are, who is signed in. Nothing is looked up. */
export class Memory {
  readonly alerts = new Map<string, SeenAlert>()
  readonly newcomers: Newcomer[] = []
  readonly sessions: SeenSession[] = []
  /** Secrets that were shown once, to whom they were meant. */
  readonly issued = new Set<string>()
  readonly #pools: Record<string, unknown[]>

  constructor(known: Known) {
    this.#pools = Object.fromEntries(Object.entries(known).map(([name, values]) => [name, [...values]]))
  }

  /** By name of a parameter or member. */
  get known(): Known {
    return this.#pools
  }

  pool(name: string): readonly unknown[] {
    return this.#pools[name] ?? []
  }

  add(name: string, value: unknown): void {
    if (value === undefined || value === null) return
    this.#pools[name] ??= []
    const pool = this.#pools[name]
    if (pool.includes(value)) return
    pool.push(value)
    if (pool.length > most) pool.shift()
  }

  drop(name: string, value: unknown): void {
    const pool = this.#pools[name] ?? []
    const at = pool.findIndex((one) => String(one) === String(value))
    if (at >= 0) pool.splice(at, 1)
  }

  clear(name: string): void {
    this.#pools[name] = []
  }

  /** @param etag of an answer about this alert alone */
  sawAlert(view: Record<string, unknown>, etag?: string): void {
    const { id, phase, digest, msgType, schedule, launchedAt, overlaps, undecided } = view as {
      id: string
      phase: Phase
      digest?: string
      msgType: string
      schedule: { at: string | null } | null
      launchedAt: string | null
      /** Of a list. */
      undecided?: { otherId: string }[]
      overlaps?: { otherId: string; active: boolean; decision: string | null }[]
    }
    const before = this.alerts.get(id)
    this.alerts.delete(id)
    this.alerts.set(id, {
      id,
      phase,
      msgType,
      digest: digest ?? before?.digest,
      etag,
      scheduled: (schedule?.at ?? null) !== null,
      launched: launchedAt !== null,
      undecided:
        overlaps?.filter(({ active, decision }) => active && decision === null).map(({ otherId }) => otherId) ??
        undecided?.map(({ otherId }) => otherId) ??
        [],
      stale: false,
    })
    this.add('alerts.id', id)
    this.add('otherId', id)
  }

  /** An act that says of the alert only that it was done. */
  didAct(id: string, change: Partial<SeenAlert>): void {
    const before = this.alerts.get(id)
    if (before !== undefined) this.alerts.set(id, { ...before, etag: undefined, ...change })
  }
}
