import type { CamaraOperator } from '../carriers/camara/operator-schema.ts'
import type { Logger } from '../lib/log.ts'
import type { Problem } from '../lib/problem.ts'
import { camaraBell } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import { adopt, findSubscription, type KnownSubscription, noteProblem } from '../store/camara/from-events.ts'
import { operatorOf } from '../store/camara/numbers.ts'
import { endStray } from '../store/camara/outcomes.ts'
import { keepQuestion } from '../store/camara/questions.ts'
import type { Database } from '../store/database.ts'
import type { CamaraEvent } from '../subscribers/camara.ts'
import type { RoamingNotification } from '../subscribers/notification.ts'
import { foreignNetwork } from '../subscribers/own-networks.ts'
import { end } from '../targeting/camara/settle-subscription.ts'
import { usableOf } from './camara-events.ts'

interface SubscribedDeps {
  readonly db: Database
  readonly queues: Queues
  readonly operators: readonly CamaraOperator[]
  readonly log: Logger
  readonly now: () => Date
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * CAMARA events in the light of the subscriptions that we made: whose number it is where the event does not tell, which home network, whom
 * to ask for the country, and which subscription has ended.
 */
export class SubscribedEvents {
  readonly #deps: SubscribedDeps

  constructor(deps: SubscribedDeps) {
    this.#deps = deps
  }

  /**
   * What can be acted on in an event, as `usableOf`; what needs an operator is kept for the worker.
   *
   * @param tag the id that its sink held
   * @param source whose key it came with
   * @param hplmns home networks of the key; null: all
   */
  async usable(
    event: CamaraEvent,
    tag: string | undefined,
    source: string,
    hplmns: readonly string[] | null,
  ): Promise<RoamingNotification | Problem | undefined> {
    const { db, operators, log } = this.#deps
    if (operators.length === 0) return usableOf(event, log)
    const subscription = await findSubscription(
      db.pool,
      tag !== undefined && uuidPattern.test(tag) ? tag : undefined,
      event.subscriptionId,
    )
    const msisdn = event.msisdn ?? subscription?.msisdn ?? undefined
    const known = msisdn === undefined ? event : { ...event, msisdn }
    const operatorId =
      subscription?.operator ??
      (msisdn &&
        (await operatorOf(
          db.pool,
          msisdn,
          operators.map(({ id }) => id),
        )))
    const operator = operators.find(({ id }) => id === operatorId)
    const foreign = operator?.hplmn === undefined ? undefined : foreignNetwork(operator.hplmn, hplmns)
    // Before anything is done about it: a key of another carrier neither asks this operator nor ends what we have there.
    if (foreign) return foreign
    if (operator !== undefined && subscription !== undefined) await this.#follow(event, subscription, operator)
    if (event.kind === 'ask-country' && operator !== undefined && msisdn !== undefined) {
      const question = { operator: operator.id, msisdn, key: event.key, at: event.at, source }
      await keepQuestion(db.pool, question, this.#deps.now())
      this.#ring()
      return undefined
    }
    const usable = usableOf(known, log)
    const hplmn = operator?.hplmn
    return hplmn !== undefined && usable !== undefined && 'countries' in usable ? { ...usable, hplmn } : usable
  }

  /** What an event says of its subscription itself. */
  async #follow(event: CamaraEvent, subscription: KnownSubscription, operator: CamaraOperator): Promise<void> {
    const { db, now } = this.#deps
    const { id, remoteId } = subscription
    if (event.subscriptionId !== undefined && event.subscriptionId !== remoteId) {
      if (remoteId === null) await adopt(db.pool, id, event.subscriptionId)
      // Asked for twice, because the first answer was lost: the one too many.
      else if (event.kind !== 'subscription' || event.state !== 'ended') {
        const { msisdn, type } = subscription
        await endStray(db.pool, operator.id, { msisdn, type, remoteId: event.subscriptionId, now: now() })
        this.#ring()
        return
      } else return
    }
    if (event.kind !== 'subscription') return
    if (event.state === 'ended') {
      await end({ db, operator, now }, subscription, event.renew ? `The operator ended it: ${event.reason}.` : null)
      this.#ring()
    } else if (event.state === 'updated') {
      const suspended = event.reason === 'SUBSCRIPTION_INACTIVE'
      const problem = 'The operator has suspended it; the subscriber may have withdrawn his consent.'
      await noteProblem(db.pool, id, suspended ? problem : null)
    }
  }

  #ring(): void {
    void this.#deps.queues.ring(camaraBell, {}, { id: 'camara' })
  }
}
