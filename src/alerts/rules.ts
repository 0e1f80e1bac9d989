import { zoneShapes } from './area.ts'
import { type Alert, severityOf } from './model.ts'

/** Which of those whose place is not exact belong to a zone whose border may lie within their radius of uncertainty. */
export const UNCERTAIN = ['include', 'centre', 'exclude'] as const
export type Uncertain = (typeof UNCERTAIN)[number]

/** Whether a person of several numbers is told on each, or on the one last seen, and on the next if that does not arrive. */
export const NUMBERS = ['every', 'last-seen'] as const
export type Numbers = (typeof NUMBERS)[number]

/** On what ground people are told, by the words of GDPR Art. 6(1): (d), (e), (c) and (a). */
export const LEGAL_BASES = ['vital-interests', 'public-task', 'legal-obligation', 'consent'] as const
export type LegalBasis = (typeof LEGAL_BASES)[number]

export type Population = 'residents' | 'roamers'

/** The BCP 47 tag that stands for "not known" (RFC 5646 §4.1): roamers, and residents who gave no language. */
export const UNKNOWN_LANGUAGE = 'und'

/** What an alert does beyond CAP: approved with it, part of its digest. What narrows the audience is left out where nobody chose it. */
export interface AlertRules {
  /** A subscriber of whom only the country is known, where the zone is not that whole country. Counted apart either way. */
  unplaced: 'include' | 'exclude'
  /** `include`: whoever may be inside; `centre`: whose centre is; `exclude`: who certainly is. Left out in older alerts: `centre`. */
  uncertain?: Uncertain
  /** Left out in older alerts: `every`. */
  numbers?: Numbers
  /** What a crash makes of a message that was on the wire: sent again (may arrive twice), or kept as `uncertain` (may be lost). */
  resend: 'resend' | 'keep'
  /** Kept with the alert for whoever asks by what right people were told. Left out in older alerts. */
  legalBasis?: LegalBasis
  /** Selection refuses to go on above this many MSISDNs. */
  maxRecipients?: number
  /** Percent by which a launch may exceed the count of the submission. Left out: 25. */
  tolerance?: number
  /** So long after its launch an alert goes on telling those who enter, until somebody has looked at it again. Left out: 168. */
  reviewHours?: number
  populations?: Population[]
  /** Primary language subtags; `und` for those whose language is not known. */
  languages?: string[]
  /** Of residents: registered at one of these. Roamers are not concerned. */
  missions?: string[]
  /** Of roamers: MCC and MNC of the home network. Residents are not concerned. */
  homeNetworks?: string[]
  /** Of roamers: a place that is older does not count; they are unplaced in their country then. */
  placeMaxAgeHours?: number
  /** Of roamers: who was not heard of for longer is left out. */
  seenMaxAgeHours?: number
}

export const DEFAULT_TOLERANCE = 25
export const DEFAULT_REVIEW_HOURS = 168
/** So long before a standing alert stops telling those who enter, somebody is asked to look at it. */
export const REVIEW_NOTICE_MS = 24 * 3_600_000

/** People move; of a few, a percentage would be nobody. */
const leastTolerance = 100

/** How many MSISDNs a launch may reach, where so many were counted when it was submitted. */
export function upToOf(
  matched: number,
  { tolerance = DEFAULT_TOLERANCE, maxRecipients = Infinity }: AlertRules,
): number {
  return Math.min(matched + Math.max(leastTolerance, Math.ceil((matched * tolerance) / 100)), maxRecipients)
}

export const reviewHoursOf = ({ reviewHours = DEFAULT_REVIEW_HOURS }: AlertRules): number => reviewHours

/** What is not chosen by whoever writes the alert follows its severity. */
export type ChosenRules = Partial<AlertRules>

/**
 * The rules where the author gave none. Extreme and Severe: a needless text does less harm than a missing one, so the unplaced of the
 * country are told, whoever may be inside is taken for inside, every number of a person is told, and an Actual message of unknown
 * fate is sent again. A zone of whole countries holds its unplaced by definition.
 */
export function rulesFor(alert: Alert, chosen: ChosenRules = {}): AlertRules {
  const severity = severityOf(alert)
  const grave = severity === 'Extreme' || severity === 'Severe'
  const shapes = zoneShapes(alert)
  const wholeCountries = shapes.length > 0 && countriesMeant(alert).length === shapes.length
  return {
    ...chosen,
    unplaced: wholeCountries ? 'include' : (chosen.unplaced ?? (grave ? 'include' : 'exclude')),
    uncertain: chosen.uncertain ?? (grave ? 'include' : 'centre'),
    // Of an alert of unknown severity nobody can say that it may come five minutes later.
    numbers: chosen.numbers ?? (grave || severity === 'Unknown' ? 'every' : 'last-seen'),
    legalBasis: chosen.legalBasis ?? (grave ? 'vital-interests' : 'public-task'),
    resend: chosen.resend ?? (grave && alert.status === 'Actual' ? 'resend' : 'keep'),
  }
}

/** The countries (alpha-2) that an alert means as a whole, by shapes of their own: their unplaced are inside. */
export function countriesMeant(alert: Alert): string[] {
  return zoneShapes(alert).flatMap((shape) => (shape.kind === 'country' ? [shape.iso2] : []))
}
