import { randomUUID } from 'node:crypto'
import { OperatorApi } from '../../carriers/camara/operator-api.ts'
import type { CamaraOperator } from '../../carriers/camara/operator-schema.ts'
import type { Logger } from '../../lib/log.ts'
import { metrics } from '../../lib/metrics.ts'
import { camaraBell } from '../../queue/names.ts'
import type { Queues } from '../../queue/queues.ts'
import { releaseAccount, takeAccount } from '../../store/camara/account.ts'
import { type OperatorState, operatorStates } from '../../store/camara/views.ts'
import type { Database } from '../../store/database.ts'
import { AccountRun } from './account-run.ts'
import { leaseMs } from './timing.ts'

interface CamaraDeps {
  readonly db: Database
  readonly queues: Queues
  readonly operators: readonly CamaraOperator[]
  readonly log: Logger
  readonly now?: () => Date
}

/** Then the rest is left to the next bell, so that a stop does not wait for a million numbers. */
const runMs = 5_000
/** Counting reads all of it. */
const countMs = 60_000
const states = ['due', 'asked', 'requested', 'active', 'ending'] as const

/**
 * Keeps subscriptions at operators as they should be: what is due by the database is done, by one process an operator at a time. It may be
 * killed at any instruction: what may have been asked for was written down before, and is looked up.
 */
export class CamaraWorker {
  readonly #id = randomUUID()
  readonly #deps: Required<CamaraDeps>
  readonly #accounts: readonly { operator: CamaraOperator; api: OperatorApi }[]
  #countedAt = Number.NEGATIVE_INFINITY
  #stopping = false
  #warned = false

  constructor(deps: CamaraDeps) {
    const now = deps.now ?? (() => new Date())
    this.#deps = { ...deps, now }
    this.#accounts = deps.operators.map((operator) => ({
      operator,
      api: new OperatorApi(operator, now),
    }))
  }

  /** Does what is due at every operator; an operator in trouble holds up no other. */
  async work(): Promise<void> {
    const startedAt = performance.now()
    const isOver = () => this.#stopping || performance.now() - startedAt > runMs
    const left = await Promise.all(this.#accounts.map((account) => this.#run(account, isOver)))
    await this.#count()
    if (left.includes(true) && !this.#stopping) void this.#deps.queues.ring(camaraBell, {})
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopping = true
  }

  async #run(
    { operator, api }: { operator: CamaraOperator; api: OperatorApi },
    isOver: () => boolean,
  ): Promise<boolean> {
    const { db, queues, now, log } = this.#deps
    // Longer than a run and its last requests.
    const account = await takeAccount(db.pool, operator.id, this.#id, now(), runMs + 2 * leaseMs(operator))
    if (account === undefined) return false
    try {
      return await new AccountRun({ operator, api, db, queues, now, log }, account, isOver).work()
    } finally {
      await releaseAccount(db.pool, operator.id, this.#id)
    }
  }

  async #count(): Promise<void> {
    if (performance.now() - this.#countedAt < countMs) return
    this.#countedAt = performance.now()
    const found = await operatorStates(this.#deps.db.pool)
    this.#warnOfOrphans(found)
    for (const { operator } of this.#accounts) {
      const state = found.get(operator.id)
      for (const one of states) {
        metrics.camaraSubscriptions.set({ operator: operator.id, state: one }, state?.states[one] ?? 0)
      }
      const held = state?.heldUntil !== null && state?.heldUntil !== undefined && state.heldUntil > this.#deps.now()
      metrics.camaraHeld.set({ operator: operator.id }, held ? 1 : 0)
    }
  }

  /** Nobody works on what belongs to an operator without a profile: its numbers are no longer reported once their subscriptions end. */
  #warnOfOrphans(found: ReadonlyMap<string, OperatorState>): void {
    if (this.#warned) return
    this.#warned = true
    for (const [operator, { numbers }] of found) {
      if (numbers === 0 || this.#accounts.some((account) => account.operator.id === operator)) continue
      this.#deps.log.warn({ operator, numbers }, 'a CAMARA operator has numbers here and no profile any more')
    }
  }
}
