import { commandStatus } from '../smpp/codec/status.ts'

/**
 * What a command_status means for the message and for the account.
 * - `throttle`: the account is too fast; slow down, send again.
 * - `later`: this destination or queue is full; send again after a while.
 * - `retry`: a fault of the SMSC; send again.
 * - `rebind`: the session is no good; send again over a new one.
 * - `permanent`: the message will never be accepted.
 */
export type ErrorPolicy = 'throttle' | 'later' | 'retry' | 'rebind' | 'permanent'

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

/** Unlisted values are permanent: an unknown refusal repeated is an unknown refusal. */
export function policyOf(status: number): ErrorPolicy {
  return policies.get(status) ?? 'permanent'
}

/**
 * A message that was left unanswered so often is not sent again; one that was refused for now so often goes to the next carrier
 * of its route. Throttling does not count.
 */
export const maxAttempts = 6

/** Without an expiry, what is refused for now is tried this often: with the longest delay, a day long. */
export const triesOfADay = 24 * 60

/** How long the next attempt waits, ms: short where the carrier paces us, doubling up to a minute where it is ill. */
export function retryDelayMs(policy: ErrorPolicy, attempt: number): number {
  if (policy === 'throttle') return 1000
  return Math.min((policy === 'rebind' ? 250 : 1000) * 2 ** attempt, 60_000)
}
