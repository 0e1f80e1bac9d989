import type { Candidate } from '../store/audience/pages.ts'
import type { MessageReason } from '../store/states.ts'

/** Somebody who is to be told, and why. */
export interface Match {
  readonly msisdn: string
  readonly population: Candidate['population']
  readonly country: string | null
  readonly language: string | null
  readonly hplmn: string | null
  readonly reason: MessageReason
  /** The carrier that took the text which this one corrects: it reached him. */
  readonly carrierNo?: number
}

export function matchOf(candidate: Candidate): Match {
  const { msisdn, population, country, language, hplmn, cell } = candidate
  const person = population === 'residents' ? 'resident' : 'roamer'
  return { msisdn, population, country, language, hplmn, reason: cell === null ? `${person}-unplaced` : person }
}
