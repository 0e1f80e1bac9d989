import { needsArea } from './accept.ts'
import type { Approvable } from './digest.ts'
import type { Alert } from './model.ts'
import { UNKNOWN_LANGUAGE } from './rules.ts'
import { primarySubtag } from './text.ts'

/** Whom an alert reached when it was submitted: the approver sees it and approves it with the text. */
export interface SubmittedForecast {
  /** ISO 8601. */
  readonly at: string
  /** MSISDNs. */
  readonly matched: number
  /** A launch that would reach more is refused. */
  readonly upTo: number
  readonly segments: number
  /** Until half, 90 % and 99 % are handed over; s. */
  readonly seconds: { readonly p50: number; readonly p90: number; readonly p99: number }
  /** Languages of residents in which the alert has no info, with how many get the first info instead; most first. */
  readonly missingLanguages: readonly { readonly language: string; readonly people: number }[]
}

/** What may be told without a second approval, because it was approved with the alert: texts by language (BCP 47). */
export interface Corrections {
  /** That the alert was sent in error. */
  readonly cancel: Readonly<Record<string, string>>
  /** That the danger is over. */
  readonly allClear: Readonly<Record<string, string>>
}

/**
 * How many MSISDNs it may reach, by its approval and by its rules. What takes back an alert is never refused for a number: it goes to all
 * who have the text.
 */
export function limitOf({ document, rules, forecast }: Approvable): number {
  if (!needsArea(document)) return Infinity
  return Math.min(forecast?.upTo ?? Infinity, rules.maxRecipients ?? Infinity)
}

/** Languages of an audience in which the alert says nothing: those people get its first text. */
export function untranslated(
  alert: Pick<Alert, 'infos'>,
  byLanguage: Readonly<Record<string, number>>,
): SubmittedForecast['missingLanguages'] {
  return Object.entries(byLanguage)
    .filter(([language]) => language !== UNKNOWN_LANGUAGE && !saysIn(alert, language))
    .map(([language, people]) => ({ language, people }))
    .sort((a, b) => b.people - a.people || a.language.localeCompare(b.language))
}

const saysIn = (alert: Pick<Alert, 'infos'>, language: string) =>
  alert.infos.some((info) => primarySubtag(info.language) === language)
