import type { CamaraOperator } from '../../carriers/camara/operator-schema.ts'

const second = 1000
const hour = 3_600_000
const day = 24 * hour

/** A claim is good for so long: a request, its repetition with a new token and the token itself may each take their whole time. */
export const leaseMs = (operator: CamaraOperator): number => 4 * operator.timeoutMs + 60 * second

/** What the operator refused for one number is tried again after so long. */
export const refusedMs = day
/** A subscription that the operator took on is asked about after so long, and then at growing intervals. */
export const checkMs = 30 * second
/** An operator may not know at once what it has just taken on (Event Subscription and Notification Guide §2.2.1): so long it is not given up. */
export const unknownMs = 10 * 60 * second
/** One that lived shorter than this is not renewed at once: an operator that ends each would be asked without end. */
export const shortLifeMs = 10 * 60 * second
/** The operator's list is compared with ours this often. */
export const listMs = day
/** An operator that does not give its list is asked for it again after so long, */
export const unlistedMs = hour
/** and what is in doubt there is asked for anew after so long. */
export const doubtMs = day
/** What ended is kept for so long. */
export const keptMs = 30 * day
/** A country that could not be found out by then is of no more use. */
export const questionMs = day

/** The pause after the nth failure in a row, from 0: 15 s, doubled each time, an hour at most. */
export const backoffMs = (tries: number): number => Math.min(hour, 15 * second * 2 ** Math.min(tries, 10))

/**
 * When a subscription is renewed: `renewBefore` its end (half its life at the most), and up to as much again before, by its id, so that
 * numbers that were subscribed together are not renewed together.
 */
export function renewAt(operator: CamaraOperator, id: string, activeAt: Date, expiresAt: Date): Date {
  const lifeMs = expiresAt.getTime() - activeAt.getTime()
  const before = Math.min(operator.renewBeforeMs, lifeMs / 2)
  const spread = Math.min(before, lifeMs / 4) * (Number.parseInt(id.slice(0, 4), 16) / 0x10000)
  return new Date(expiresAt.getTime() - before - spread)
}
