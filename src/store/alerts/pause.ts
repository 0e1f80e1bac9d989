import type { AlertRow } from './alert-row.ts'

/** While it lasts, nobody who enters is told of a standing alert: nobody looked at it again by its review date. */
export interface Pause {
  readonly since: Date
  /** When the alert ended so; null: it still pauses. */
  readonly until: Date | null
}

/** The pause of an alert that no review has ended; undefined where there is none. Those before it are in the audit log, with their reviews. */
export function pauseOf(
  { phase, reviewAt, expires, lifecycle }: Pick<AlertRow, 'phase' | 'reviewAt' | 'expires' | 'lifecycle'>,
  now = new Date(),
): Pause | undefined {
  const ended = phase === 'ended' ? new Date(lifecycle.ended?.at ?? expires) : now
  const end = ended < expires ? ended : expires
  if (reviewAt === null || reviewAt >= end) return undefined
  return { since: reviewAt, until: phase === 'live' && now < expires ? null : end }
}
