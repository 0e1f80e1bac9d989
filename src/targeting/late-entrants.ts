import { lockInForce } from '../store/alerts/in-force.ts'
import { alreadyTold } from '../store/audience/already-told.ts'
import { holdSelections } from '../store/audience/entrants-barrier.ts'
import { insertMessages } from '../store/audience/insert-messages.ts'
import { insertNextNumbers, type NextNumber, personsByNumber, toldOnAnother } from '../store/audience/next-numbers.ts'
import type { Client } from '../store/database.ts'
import { isByPerson } from './audience.ts'
import type { Person } from './concern.ts'
import type { Concerned, InForceAlerts } from './in-force.ts'
import type { Match } from './match.ts'
import { messageFor } from './match.ts'
import { whoRefuses } from './opt-out.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** Somebody who came in, or may have: where he is now. */
export interface Present extends Person {
  readonly msisdn: string
}

/**
 * Whoever is now where an alert is in force is told of it, the most urgent alert first, once a version: who has its message already
 * gets no second one, however often he crosses the border. Returns how many were told, and whose bells to ring. Call it after the
 * whereabouts are written, in the same transaction.
 *
 * @param only the broadcast of one alert: they are told of no other
 */
export async function tellLateEntrants(
  client: Client,
  alerts: InForceAlerts,
  routes: RouteNumbers,
  present: readonly Present[],
  only?: number,
): Promise<{ made: number; bells: { carriers: number[]; lane: number }[] }> {
  let told = 0
  const bells: { carriers: number[]; lane: number }[] = []
  if (present.length === 0) return { made: told, bells }
  await holdSelections(client)
  const concerned = (await alerts.concerned(client, present)).filter(
    ({ alert }) => only === undefined || alert.broadcastId === only,
  )
  const found = await withoutMessage(client, concerned)
  for (const { alert, people } of found) {
    if (people.length === 0 || !(await lockInForce(client, alert.broadcastId))) continue
    const waiting = isByPerson(alert.plan) ? await waitForAnother(client, alert.broadcastId, people) : nobody
    const matches = people.flatMap(({ person, country }): Match[] => {
      const { msisdn, population, language, hplmn } = person
      return waiting.has(msisdn) ? [] : [{ msisdn, population, language, hplmn, country, reason: 'late-entrant' }]
    })
    const refused = await whoRefuses(client, alert.severity, matches)
    const messages = matches.map((match) => messageFor(match, routes, alert.variantOf, alert.use, refused))
    const { made, carriers } = await insertMessages(client, alert.broadcastId, alert.lane, messages)
    told += made
    bells.push({ carriers, lane: alert.lane })
  }
  return { made: told, bells }
}

const nobody: ReadonlySet<string> = new Set()

/** Whoever has a lesser alert on another of his numbers is told on this one only if it does not arrive there. */
async function waitForAnother(
  client: Client,
  broadcastId: number,
  people: Concerned<Present>['people'],
): Promise<ReadonlySet<string>> {
  const told = await toldOnAnother(
    client,
    broadcastId,
    people.map(({ person }) => Number(person.msisdn)),
  )
  const msisdns = people.map(({ person }) => Number(person.msisdn))
  const firsts = new Map<string, number>()
  const next: NextNumber[] = []
  const persons = await personsByNumber(client, msisdns)
  for (const msisdn of msisdns) {
    const person = persons.get(msisdn)
    const first = told.get(msisdn) ?? (person === undefined ? undefined : firsts.get(person))
    if (first !== undefined) next.push({ msisdn, after: first, first })
    else if (person !== undefined) firsts.set(person, msisdn)
  }
  await insertNextNumbers(client, broadcastId, next)
  return new Set(next.map(({ msisdn }) => String(msisdn)))
}

/**
 * Mostly everybody who is concerned was told long ago, and nothing need be locked: whoever moves about in a zone, or flaps at its
 * border, costs one look. What is there now stays there; the look is repeated under the lock for what is not.
 */
async function withoutMessage(
  client: Client,
  found: readonly Concerned<Present>[],
): Promise<readonly Concerned<Present>[]> {
  const wanted = found.flatMap(({ alert, people }) =>
    people.map(({ person }) => ({ broadcastId: alert.broadcastId, msisdn: person.msisdn })),
  )
  const told = await alreadyTold(client, wanted)
  let at = 0
  return found.map(({ alert, people }) => ({ alert, people: people.filter(() => !told.has(at++)) }))
}
