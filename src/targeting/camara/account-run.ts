import { CamaraRefusal, type RefusalKind } from '../../carriers/camara/refusal.ts'
import { maskMsisdn } from '../../lib/mask.ts'
import { type Account, clearAccount, holdAccount } from '../../store/camara/account.ts'
import { type Claimed, claimSubscription } from '../../store/camara/claim.ts'
import { changeTypes } from '../../store/camara/numbers.ts'
import { stayInDoubt, tryAgain } from '../../store/camara/outcomes.ts'
import { askAgain, claimQuestion } from '../../store/camara/questions.ts'
import { transaction } from '../../store/database.ts'
import { compareLists, goWithoutList, isListDue } from './compare-lists.ts'
import type { AccountDeps } from './deps.ts'
import { settleQuestion } from './settle-question.ts'
import { settleSubscription } from './settle-subscription.ts'
import { backoffMs, leaseMs, refusedMs } from './timing.ts'

/** What is due at one operator, done once: questions first, then subscriptions, `concurrency` at a time. */
export class AccountRun {
  readonly #deps: AccountDeps
  readonly #account: Account
  readonly #isOver: () => boolean
  #failures: number
  #heldUntil: Date | undefined

  /** @param isOver whether it is time to leave the rest to the next run */
  constructor(deps: AccountDeps, account: Account, isOver: () => boolean) {
    this.#deps = deps
    this.#account = account
    this.#isOver = isOver
    this.#failures = account.tries
    this.#heldUntil = account.heldUntil ?? undefined
  }

  /** @returns whether something may be left that is due */
  async work(): Promise<boolean> {
    const { operator, db, now } = this.#deps
    const { types } = this.#account
    if (types === null || types.join() !== operator.types.join()) {
      await transaction(db.pool, (client) => changeTypes(client, operator.id, operator.types, now()))
    }
    if (this.#isHeld()) return false
    if (await isListDue(this.#deps, this.#account)) await this.#compareLists()
    let left = false
    const lane = async () => {
      for (;;) {
        if (this.#isHeld()) return
        if (this.#isOver()) {
          left = true
          return
        }
        if (!(await this.#next())) return
      }
    }
    // All of them, also where one fails: the account is given back when nothing is under way any more.
    const ended = await Promise.allSettled(Array.from({ length: operator.concurrency }, lane))
    const failed = ended.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return left
  }

  async #compareLists(): Promise<void> {
    try {
      await compareLists(this.#deps)
      await this.#succeeded()
    } catch (error) {
      if (!(error instanceof CamaraRefusal)) throw error
      // A list that is too long, or never comes in time, must not stop renewals for good.
      const hopeless = error.kind === 'unsure' && this.#failures >= 3
      const denied = hopeless || (error.kind === 'account' && error.status !== 401)
      await (denied ? goWithoutList(this.#deps, error.message) : this.#hold(error))
    }
  }

  /** False where nothing is due. */
  async #next(): Promise<boolean> {
    const { operator, db, now } = this.#deps
    const claim = { now: now(), leaseMs: leaseMs(operator) }
    const question = await claimQuestion(db.pool, operator.id, claim)
    if (question !== undefined) {
      await settleQuestion(this.#deps, question)
        .then(() => this.#succeeded())
        .catch(async (error: unknown) => {
          // An account that may not ask this can be good for subscriptions all the same.
          await this.#refused(error, ['later', 'unsure'])
          await askAgain(db.pool, question.id, this.#after(backoffMs(question.tries)))
        })
      return true
    }
    const until = new Date(claim.now.getTime() + operator.lifetimeMs)
    const row = await claimSubscription(db.pool, operator.id, { ...claim, until })
    if (row === undefined) return false
    await settleSubscription(this.#deps, row)
      .then(() => this.#succeeded())
      .catch((error: unknown) => this.#put(row, error))
    return true
  }

  /** Where a subscription goes whose request was refused. */
  async #put({ id, was, tries, msisdn, type }: Claimed, error: unknown): Promise<void> {
    const { db, log, operator } = this.#deps
    const refusal = await this.#refused(error, ['later', 'unsure', 'account'])
    const number = msisdn === null ? undefined : maskMsisdn(msisdn)
    log.warn({ operator: operator.id, msisdn: number, type, was, reason: refusal.message }, 'a CAMARA request failed')
    const problem = refusal.message
    if (refusal.kind === 'unsure') {
      return stayInDoubt(db.pool, { id, at: this.#after(backoffMs(tries)), problem })
    }
    // What is refused again and again while others are granted is about this number, whatever the operator calls it.
    const hopeless = refusal.kind === 'number' || (refusal.kind === 'account' && tries >= 3)
    await tryAgain(db.pool, { id, at: this.#after(hopeless ? refusedMs : 0), problem })
  }

  /** Holds the account where a refusal is of a kind that concerns all of it; errors of another sort are thrown on. */
  async #refused(error: unknown, holding: readonly RefusalKind[]): Promise<CamaraRefusal> {
    if (!(error instanceof CamaraRefusal)) throw error
    // A conflict is about one subscription, though it is in doubt.
    if (holding.includes(error.kind) && error.status !== 409) await this.#hold(error)
    return error
  }

  async #hold(refusal: CamaraRefusal): Promise<void> {
    const { operator, db, now, log } = this.#deps
    const pauseMs = Math.min(refusal.retryAfterMs ?? backoffMs(this.#failures), 86_400_000)
    const until = new Date(now().getTime() + pauseMs)
    // What several lanes meet at once is one failure.
    if (!this.#isHeld()) this.#failures++
    if (this.#heldUntil === undefined || until > this.#heldUntil) this.#heldUntil = until
    await holdAccount(db.pool, operator.id, until, this.#failures, refusal.message)
    log.warn({ operator: operator.id, until, reason: refusal.message }, 'a CAMARA operator is left alone for a while')
  }

  async #succeeded(): Promise<void> {
    if (this.#failures === 0 || this.#isHeld()) return
    this.#failures = 0
    await clearAccount(this.#deps.db.pool, this.#deps.operator.id)
  }

  #isHeld(): boolean {
    return this.#heldUntil !== undefined && this.#deps.now() < this.#heldUntil
  }

  /** Not before the account is free again. */
  #after(ms: number): Date {
    const at = new Date(this.#deps.now().getTime() + ms)
    return this.#heldUntil !== undefined && this.#heldUntil > at ? this.#heldUntil : at
  }
}
