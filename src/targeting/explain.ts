import { severityOf } from '../alerts/model.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Countries } from '../geo/countries.ts'
import { maskMsisdn } from '../lib/mask.ts'
import { useOf } from '../lib/use.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { pauseOf } from '../store/alerts/pause.ts'
import { heldText, numbersBeside, waitsAfter } from '../store/audience/explain.ts'
import type { PersonRow } from '../store/audience/persons.ts'
import type { Database } from '../store/database.ts'
import { optedOut } from '../store/inbox/opt-outs.ts'
import { broadcastOfAlert } from '../store/reports/broadcast-head.ts'
import { type Recipient, recipientOf } from '../store/reports/recipients.ts'
import { isByPerson } from './audience.ts'
import { type AudiencePlan, planAudience } from './audience-plan.ts'
import { textChooser, textsOf } from './audience-text.ts'
import { type Because, concernOf, placeOf, type Standing } from './concern.ts'
import { becauseSentence, placeSentence, standingSentence } from './explain-words.ts'
import { GroupBook } from './group-book.ts'
import { numbersOfPersons, type ToldNumber, toldNumbers } from './linked-person.ts'
import { refusedBy } from './opt-out.ts'
import { personOf } from './person.ts'
import { type RouteNumbers, routeNumbers } from './route-numbers.ts'

/** What is known of a number in one population, and what the alert makes of it. */
export interface RowExplained {
  readonly population: PersonRow['population']
  readonly countries: readonly string[]
  readonly language: string | null
  readonly mission: string | null
  readonly hplmn: string | null
  /** Rounded to a hundredth of a degree, about a kilometre: enough to see why. */
  readonly place: { lon: number; lat: number; radiusM: number | null; at: Date | null; counts: boolean } | null
  readonly seenAt: Date | null
  readonly told: boolean
  readonly standing: Standing | null
  readonly because: Because | null
  readonly sentence: string
}

export interface Explanation {
  readonly alertId: string
  /** Masked. */
  readonly number: string
  /** As what is known now has it: of an alert that was launched, too. */
  readonly told: boolean
  /** In words, the most telling first. */
  readonly sentences: readonly string[]
  readonly rows: readonly RowExplained[]
  /** The broadcast that the alert corrects, and whose text he may have. */
  readonly holderOf: number | null
  readonly optedOut: boolean
  /** Who would be asked to take his message, the preferred one first. */
  readonly carriers: readonly string[]
  /** Language of the text he would get. */
  readonly language: string | null
  /** All numbers of the person that the alert concerns, masked, in the order in which they are told. */
  readonly numbers: readonly { readonly number: string; readonly asked: boolean }[]
  readonly broadcastId: number | null
  /** The message that was made for him. */
  readonly message: (Omit<Recipient, 'msisdn'> & { readonly madeAs: MadeAs }) | null
}

export type MadeAs = 'selection' | 'holder' | 'late-entrant' | 'other-number'

/** Why an alert concerns a number, or does not; and what was made of it. @param msisdn digits */
export async function explainNumber(
  { db, countries, profiles }: { db: Database; countries: Countries; profiles: readonly CarrierProfile[] },
  alert: AlertRow,
  msisdn: string,
): Promise<Explanation> {
  const broadcast = await broadcastOfAlert(db.pool, alert.id)
  const plan = await planAudience(db.pool, countries, alert.document, alert.rules, broadcast?.createdAt ?? new Date(), {
    chainId: alert.chainId,
    ...(broadcast && { before: broadcast.id }),
  })
  const all = await numbersBeside(db.pool, msisdn)
  const own = all.filter((row) => String(row.msisdn) === msisdn)
  const person =
    numbersOfPersons(all).find((numbers) => numbers.some((rows) => rows.includes(own[0] as PersonRow))) ?? []
  const told = toldNumbers(plan, isByPerson(plan) ? person : [own])
  const mine = toldNumbers(plan, [own])[0]
  const held = await heldText(db.pool, plan.corrected, msisdn)
  const message = broadcast && (await recipientOf(db.pool, broadcast.id, msisdn))
  const after = broadcast && (await waitsAfter(db.pool, broadcast.id, msisdn))
  const [severityRefusers, refusers] = await Promise.all([
    refusedBy(db.pool, severityOf(alert.document)),
    optedOut(db.pool, [msisdn]),
  ])
  const routes = await routeNumbers(db.pool, profiles)
  const book = new GroupBook({
    routes,
    variantOf: textChooser(alert.document, routes),
    use: useOf(alert),
    refusedBy: severityRefusers,
  })
  const group = held
    ? book.correctionOf({ ...held.holder, ...traitOf(held.holder), msisdn: Number(msisdn) })
    : mine && book.groups[book.ofPerson(mine.row, plan, mine.concern.country)]
  const madeAs = message && madeAsOf(message, held !== undefined)
  const rows = own.map((row) => explainRow(row, plan))
  return {
    alertId: alert.id,
    number: maskMsisdn(msisdn),
    told: held !== undefined || mine !== undefined,
    sentences: [
      ...(message && madeAs
        ? [messageSentence(message, madeAs)]
        : broadcast
          ? ['No message was made for him.', ...pauseSentence(alert)]
          : []),
      ...(after === undefined
        ? []
        : [`He waits for his turn: he is told should ${maskMsisdn(after)} not have the text in time.`]),
      ...reasons(plan, rows, held?.broadcastId, told, msisdn),
      ...refusals(refusers.size > 0, severityRefusers !== undefined, held !== undefined),
      ...(group && group.route.length === 0 && !(severityRefusers && refusers.size > 0)
        ? ['No carrier reaches him: his message is made as suppressed.']
        : []),
      ...(broadcast ? [knownThen(broadcast.createdAt, own)] : []),
    ],
    rows,
    holderOf: held?.broadcastId ?? null,
    optedOut: refusers.size > 0,
    carriers: namesOf(group?.route ?? [], routes),
    language: (group && textsOf(alert.document)[group.variant - 1]?.language) ?? null,
    numbers: told.map(({ row }) => ({ number: maskMsisdn(String(row.msisdn)), asked: String(row.msisdn) === msisdn })),
    broadcastId: broadcast?.id ?? null,
    message: message && madeAs ? { ...withoutNumber(message), madeAs } : null,
  }
}

function explainRow(row: PersonRow, plan: AudiencePlan): RowExplained {
  const person = personOf(row)
  const concern = concernOf(plan, person)
  const { population, countries, language, mission, hplmn, seenAt, place } = person
  const counts = placeOf(plan, person) !== null
  const sentence = concern.told
    ? standingSentence(concern.standing, concern.country ?? countries.join(' or '), plan)
    : becauseSentence(concern.because, person, plan)
  const about = placeSentence(person, counts, plan)
  return {
    population,
    countries,
    language,
    mission,
    hplmn,
    place: place && { lon: coarse(place.lon), lat: coarse(place.lat), radiusM: place.radiusM, at: place.at, counts },
    seenAt,
    told: concern.told,
    standing: concern.told ? concern.standing : null,
    because: concern.told ? null : concern.because,
    sentence: about === undefined ? sentence : `${about} ${sentence}`,
  }
}

function reasons(
  plan: AudiencePlan,
  rows: readonly RowExplained[],
  holderOf: number | undefined,
  told: readonly ToldNumber[],
  msisdn: string,
): string[] {
  const found: string[] = []
  if (holderOf !== undefined) {
    found.push(
      `He may have the text of broadcast ${holderOf}, which this alert corrects: he gets this one, wherever he is.`,
    )
  }
  if (rows.length === 0) found.push('Nothing is known of the number: nobody registered it, and no carrier reports it.')
  found.push(
    ...rows.map(
      ({ population, sentence }) => `As a ${population === 'residents' ? 'resident' : 'roamer'}: ${sentence}`,
    ),
  )
  const [first] = told
  if (isByPerson(plan) && told.length > 1 && first) {
    found.push(
      String(first.row.msisdn) === msisdn
        ? `Of the ${told.length} numbers of this person it is the one last seen: it is told first.`
        : `Another number of this person, ${maskMsisdn(String(first.row.msisdn))}, was seen later: that one is told first.`,
    )
  }
  return found
}

function refusals(hasRefused: boolean, mayRefuse: boolean, holds: boolean): string[] {
  if (!hasRefused) return []
  if (holds) return ['He asked for no more texts; what corrects a text that he may have is sent all the same.']
  return mayRefuse
    ? ['He asked for no more texts: his message is made as suppressed.']
    : ['He asked for no more texts; an alert of this severity cannot be refused.']
}

function messageSentence({ seq, state, madeAt }: Recipient, madeAs: MadeAs): string {
  const how = {
    selection: 'when the people of the zone were chosen',
    holder: 'because he may have the text that is corrected',
    'late-entrant': 'because he came into the zone while the alert was in force',
    'other-number': 'because another number of his did not have the text in time',
  }[madeAs]
  return `Message ${seq} was made for him at ${madeAt.toISOString()}, ${how}; it is ${state}.`
}

function madeAsOf({ reason }: Recipient, holds: boolean): MadeAs {
  if (reason === 'late-entrant' || reason === 'other-number') return reason
  return holds ? 'holder' : 'selection'
}

/** Why somebody who came in is told nothing, though all that is known of him speaks for it. */
function pauseSentence(alert: AlertRow): string[] {
  const pause = pauseOf(alert)
  if (!pause) return []
  const since = pause.since.toISOString()
  return [
    pause.until === null
      ? `The alert pauses since ${since} for its review: nobody who enters is told until it is reviewed.`
      : `The alert paused for its review at ${since} and ended at ${pause.until.toISOString()} without one: nobody who entered in between was told.`,
  ]
}

function knownThen(launchedAt: Date, rows: readonly PersonRow[]): string {
  const since = rows.filter(({ lastAt }) => lastAt > launchedAt)
  const heard = since
    .map(({ population }) => (population === 'residents' ? 'registered anew' : 'heard of'))
    .join(' and ')
  return since.length > 0
    ? `He was ${heard} after the launch (${launchedAt.toISOString()}): what was known then may have been something else.`
    : `What is said here is by what is known now; the launch was at ${launchedAt.toISOString()}.`
}

const namesOf = (route: readonly number[], routes: RouteNumbers) =>
  route.flatMap((no) => {
    const id = routes.profileOf(no)?.id
    return id === undefined ? [] : [id]
  })

const traitOf = ({
  population,
  language,
  hplmn,
}: {
  population: string
  language: string | null
  hplmn: string | null
}) => ({
  trait: population === 'residents' ? language : hplmn,
})

const withoutNumber = ({ msisdn: _, ...rest }: Recipient): Omit<Recipient, 'msisdn'> => rest

const coarse = (degrees: number) => Math.round(degrees * 100) / 100
