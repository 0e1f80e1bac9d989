import { lockInForce } from '../store/alerts/in-force.ts'
import { holdSelections } from '../store/audience/entrants-barrier.ts'
import { insertMessages } from '../store/audience/insert-messages.ts'
import { passOver, takeDueNumbers } from '../store/audience/next-numbers.ts'
import { personsOf } from '../store/audience/persons.ts'
import { transaction } from '../store/database.ts'
import { InForceAlerts } from './in-force.ts'
import { messageFor } from './match.ts'
import { whoRefuses } from './opt-out.ts'
import { matchOf, personOf } from './person.ts'
import { ringCarriers } from './ring-carriers.ts'
import type { RoamingDeps } from './roaming-deps.ts'

/** Whoever has a lesser alert not delivered on one number after this time is told on the next. */
const afterMs = 5 * 60_000

const batchSize = 1000

/** Persons of several numbers are told on the one last seen, and where that does not arrive in time on the next. */
export class NextNumbers {
  readonly #deps: RoamingDeps
  readonly #inForce: InForceAlerts

  constructor(deps: RoamingDeps) {
    this.#deps = deps
    this.#inForce = new InForceAlerts(deps.countries, deps.routes, deps.log)
  }

  /** Tells those whose turn has come; returns how many. @param waitMs five minutes, where a test does not say otherwise */
  async work(waitMs = afterMs): Promise<number> {
    const { db, queues, routes } = this.#deps
    let told = 0
    for (let taken = batchSize; taken === batchSize; ) {
      const bells: { carriers: number[]; lane: number }[] = []
      taken = await transaction(db.pool, async (client) => {
        await holdSelections(client)
        const due = await takeDueNumbers(client, waitMs, batchSize)
        if (due.length === 0) return 0
        const left = new Map(due.map((one) => [`${one.broadcastId} ${one.msisdn}`, one]))
        const rows = await personsOf(
          client,
          due.map(({ msisdn }) => msisdn),
        )
        const people = rows.map((row) => ({ ...personOf(row), row }))
        for (const { alert, people: concerned } of await this.#inForce.concerned(client, people)) {
          const matches = concerned.flatMap(({ person: { row }, country }) =>
            left.delete(`${alert.broadcastId} ${row.msisdn}`)
              ? [matchOf(row, { told: true, standing: 'inside', reason: 'other-number', country })]
              : [],
          )
          if (matches.length === 0 || !(await lockInForce(client, alert.broadcastId))) continue
          const refused = await whoRefuses(client, alert.severity, matches)
          const messages = matches.map((match) => messageFor(match, routes, alert.variantOf, alert.use, refused))
          const { made, carriers } = await insertMessages(client, alert.broadcastId, alert.lane, messages)
          told += made
          bells.push({ carriers, lane: alert.lane })
        }
        await passOver(client, [...left.values()])
        return due.length
      })
      ringCarriers(queues, routes, bells)
    }
    return told
  }
}
