import { Problem } from '../lib/problem.ts'

/**
 * Senders' clocks may be ahead of ours by as much: such an event counts as of now (`read-events.ts`). What is further ahead is no clock but a
 * mistake, most often local time written with a Z: believed, it would tell people hours too early who is where, and open sums of a year to come.
 */
const clockLeadMs = 600_000

/**
 * The Problem `bad-time` where an event is of the future.
 *
 * @param where the field that holds its time
 */
export function futureTime(at: Date, where: string, now: number): Problem | undefined {
  if (at.getTime() <= now + clockLeadMs) return undefined
  return new Problem('bad-time', `${at.toISOString()} is more than ten minutes ahead of our clock`, {
    where,
    hint: 'Write the offset of the clock that it was read from (Korean time ends in +09:00, not in Z), and check that clock.',
  })
}
