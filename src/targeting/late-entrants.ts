import { lockInForce } from '../store/alerts/in-force.ts'
import { holdSelections } from '../store/audience/entrants-barrier.ts'
import { insertMessages } from '../store/audience/insert-messages.ts'
import type { Client } from '../store/database.ts'
import type { InForceAlerts } from './in-force.ts'
import type { Match } from './match.ts'
import { whoRefuses } from './opt-out.ts'
import type { RouteNumbers } from './route-numbers.ts'
import { messageFor } from './select.ts'

/** Somebody who came in, or may have: where he is now. */
export interface Present extends Pick<Match, 'msisdn' | 'population' | 'language' | 'hplmn'> {
  /** Several where his network serves several. */
  readonly countries: readonly string[]
  readonly place: { readonly lon: number; readonly lat: number } | null
}

/**
 * Whoever is now where an alert is in force is told of it, once a version: who has its message already gets no second one.
 * Returns how many were told, and whose bells to ring. Call it after the whereabouts are written, in the same transaction.
 */
export async function tellLateEntrants(
  client: Client,
  alerts: InForceAlerts,
  routes: RouteNumbers,
  present: readonly Present[],
): Promise<{ made: number; bells: { carriers: number[]; lane: number }[] }> {
  let told = 0
  const bells: { carriers: number[]; lane: number }[] = []
  if (present.length === 0) return { made: told, bells }
  await holdSelections(client)
  for (const alert of await alerts.load(client)) {
    const matches: Match[] = []
    for (const { countries, place, ...person } of present) {
      const found = alert.concerns(countries, place)
      if (found) matches.push({ ...person, ...found, reason: 'late-entrant' })
    }
    if (matches.length === 0 || !(await lockInForce(client, alert.broadcastId))) continue
    const refused = await whoRefuses(client, alert.severity, matches)
    const messages = matches.map((match) => messageFor(match, routes, alert.variantOf, alert.exercise, refused))
    const { made, carriers } = await insertMessages(client, alert.broadcastId, alert.lane, messages)
    told += made
    bells.push({ carriers, lane: alert.lane })
  }
  return { made: told, bells }
}
