import { commandStatus } from '../smpp/codec/status.ts'

/**
 * What a command_status means for the message and for the account.
 * - `throttle`: the account is too fast; slow down, send again.
 * - `later`: this destination or queue is full; send again after a while.
 * - `retry`: a fault of the SMSC; send again, a few times.
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

/** A message is tried no more often than this; throttling does not count. */
export const maxAttempts = 6

/** How long the next attempt waits, ms: short where the carrier paces us, doubling where it is ill. */
export function retryDelayMs(policy: ErrorPolicy, attempt: number): number {
  if (policy === 'throttle') return 1000
  if (policy === 'rebind') return 500
  return Math.min(1000 * 2 ** attempt, 60_000)
}
