import type { ErrorPolicy } from '../carriers/error-policy.ts'
import { commandStatus } from '../smpp/codec/status.ts'

const s = commandStatus
const policies = new Map<number, ErrorPolicy>([
  [s.ESME_RTHROTTLED, 'throttle'],
  [s.ESME_RMSGQFUL, 'later'],
  [s.ESME_RSYSERR, 'retry'],
  [s.ESME_RSUBMITFAIL, 'retry'],
  [s.ESME_RX_T_APPN, 'retry'],
  [s.ESME_RDELIVERYFAILURE, 'retry'],
  [s.ESME_RUNKNOWNERR, 'retry'],
  [s.ESME_RINVBNDSTS, 'rebind'],
  [s.ESME_RINVCMDID, 'rebind'],
])

/** Where a carrier means something else by a command_status: `errors` of its profile. */
export type PolicyOverrides = Readonly<Record<number, ErrorPolicy>>

/** Unlisted values are permanent: an unknown refusal repeated is an unknown refusal. */
export function policyOf(status: number, overrides: PolicyOverrides): ErrorPolicy {
  return overrides[status] ?? policies.get(status) ?? 'permanent'
}

/** A message that was refused for now so often goes to the next carrier of its route. Throttling is no refusal. */
export const refusalsPerCarrier = 6

/** A message that was left unanswered so often is not sent again: each time he may have got it. Refusals are not counted. */
export const maxUnanswered = 6

/** Without an expiry, what is refused for now is tried this often: with the longest delay, a day long. */
export const refusalsOfADay = 24 * 60

/** A part that the carrier refuses for its speed is sent again alone, in the middle of its message, so often. */
export const maxThrottledParts = 20

/**
 * How long the next attempt waits, ms: doubling up to a minute where the carrier is ill, and a second where it paces us, until
 * an account that is throttled for good has had ten tries: a try each second would use up the attempts (a smallint) in nine hours.
 *
 * @param count the refusals so far; where throttled, all attempts.
 */
export function retryDelayMs(policy: ErrorPolicy, count: number): number {
  if (policy === 'throttle') return Math.min(1000 * 2 ** Math.max(0, count - 10), 60_000)
  return Math.min((policy === 'rebind' ? 250 : 1000) * 2 ** count, 60_000)
}
