import type { LevelThere } from './levels.ts'
import type { EntryPolicy } from './policy.ts'
import { overridesQuiet, quietUntil } from './quiet-hours.ts'

/** Why texts wait: for the carrier's welcome, for a stay that is no transit, for the morning. */
export type WaitReason = 'delay' | 'transit' | 'quiet'

export interface Wait {
  readonly dueAt: Date
  readonly why: WaitReason
}

/** For how long a policy has the texts of an entry wait, whatever the hour. */
export function delayOf({ delaySeconds, transitMinutes }: EntryPolicy): { ms: number; why: 'delay' | 'transit' } {
  const [delay, transit] = [delaySeconds * 1000, transitMinutes * 60_000]
  return transit >= delay ? { ms: transit, why: 'transit' } : { ms: delay, why: 'delay' }
}

/**
 * Until when the texts of an entry wait; null: they are due.
 *
 * @param at now
 * @param zones of the clocks that he may see; asked only where there are quiet hours
 */
export function waitOf(
  policy: EntryPolicy,
  there: Pick<LevelThere, 'level' | 'special'>,
  enteredAt: Date,
  at: Date,
  zones: () => readonly string[],
): Wait | null {
  const { ms, why } = delayOf(policy)
  // Senders' clocks may be a minute ahead: nobody waits for that.
  const earliest = Math.max(at.getTime(), Math.min(at.getTime(), enteredAt.getTime()) + ms)
  const { quiet } = policy
  const morning = quiet === null || overridesQuiet(quiet, there) ? null : quietUntil(quiet, zones(), earliest)
  if (morning !== null) return { dueAt: new Date(morning), why: 'quiet' }
  return earliest > at.getTime() ? { dueAt: new Date(earliest), why } : null
}
