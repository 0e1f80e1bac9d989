import { lockInForce } from '../store/alerts/in-force.ts'
import { holdSelections } from '../store/audience/entrants-barrier.ts'
import { insertMessages, type NewMessage } from '../store/audience/insert-messages.ts'
import type { Client } from '../store/database.ts'
import type { InForceAlerts } from './in-force.ts'
import type { Whereabouts } from './journey.ts'
import type { RouteNumbers } from './route-numbers.ts'
import { messageFor } from './select.ts'

/**
 * Whoever is now where an alert is in force is told of it, once a version: who has its message already gets no second one.
 * Returns how many were told, and whose bells to ring. Call it after the whereabouts are written, in the same transaction.
 */
export async function tellLateEntrants(
  client: Client,
  alerts: InForceAlerts,
  routes: RouteNumbers,
  present: ReadonlyMap<string, Whereabouts>,
): Promise<{ made: number; bells: { carriers: number[]; lane: number }[] }> {
  let told = 0
  const bells: { carriers: number[]; lane: number }[] = []
  if (present.size === 0) return { made: told, bells }
  await holdSelections(client)
  for (const alert of await alerts.load(client)) {
    const messages: NewMessage[] = []
    for (const [msisdn, { countries, place, hplmn }] of present) {
      const found = alert.concerns(countries, place)
      if (!found) continue
      const person = { msisdn, population: 'roamers', language: null, hplmn, reason: 'late-entrant', ...found } as const
      messages.push(messageFor(person, routes, alert.variantOf, alert.exercise))
    }
    if (messages.length === 0 || !(await lockInForce(client, alert.broadcastId))) continue
    const { made, carriers } = await insertMessages(client, alert.broadcastId, alert.lane, messages)
    told += made
    bells.push({ carriers, lane: alert.lane })
  }
  return { made: told, bells }
}
