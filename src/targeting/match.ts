import type { Use } from '../lib/use.ts'
import type { Population } from '../store/audience/choice.ts'
import type { NewMessage } from '../store/audience/insert-messages.ts'
import type { MessageReason } from '../store/states.ts'
import type { VariantChooser } from './audience-text.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** Somebody who is to be told, and why. */
export interface Match {
  readonly msisdn: string
  readonly population: Population
  readonly country: string | null
  readonly language: string | null
  readonly hplmn: string | null
  readonly reason: MessageReason
  /** The carrier that took the text which this one corrects: it reached him. */
  readonly carrierNo?: number
}

/** The message that a match gets: its carriers and its text. Who refused it has no way to be reached: his is made as suppressed. */
export function messageFor(
  match: Match,
  routes: RouteNumbers,
  variantOf: VariantChooser,
  use: Use,
  refused: ReadonlySet<string>,
): NewMessage {
  const { msisdn, population, hplmn, country, carrierNo, reason, language } = match
  const to = { population, msisdn, hplmn: hplmn ?? undefined, country: country ?? undefined }
  const route = refused.has(msisdn) ? [] : routes.find(to, use, carrierNo)
  return { recipientKey: msisdn, msisdn, variant: variantOf(language, route), reason, country: country ?? '', route }
}
