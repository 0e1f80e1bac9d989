import type { Corrections } from './approval.ts'
import type { Category, Certainty, ResponseType, Severity, Urgency } from './model.ts'

/** Texts by language (BCP 47). */
export type Texts = Readonly<Record<string, string>>

/** What somebody fills in; it stands in braces in the texts. */
export type TemplateField =
  /** In each language of the template. */
  | { readonly kind: 'text'; readonly description: string; readonly maxLength?: number }
  | {
      readonly kind: 'number'
      readonly description: string
      readonly min?: number
      readonly max?: number
      readonly decimals?: number
    }
  /** With an offset: it is told as the clocks there show it. */
  | { readonly kind: 'time'; readonly description: string }
  /** One of several sentences, each ready in every language. */
  | { readonly kind: 'choice'; readonly description: string; readonly options: Readonly<Record<string, Texts>> }

/** An alert that waits to be filled in: in each of its languages, with what takes it back. */
export interface AlertTemplate {
  /** For those who choose. */
  readonly title: string
  /** In the order of the infos: the first is the fall-back. */
  readonly languages: readonly string[]
  readonly senderName: Texts
  readonly event: Texts
  readonly category: readonly Category[]
  readonly responseType: readonly ResponseType[]
  readonly urgency: Urgency
  readonly severity: Severity
  readonly certainty: Certainty
  readonly expiresHours: number
  readonly fields: Readonly<Record<string, TemplateField>>
  readonly texts: Texts
  readonly corrections: Corrections
}

/** `{place}` in a text. */
export const fieldPattern = /\{([^{}]*)\}/g
