import type { TakeBack } from '../../alerts/corrections.ts'
import { Problem } from '../../lib/problem.ts'
import { type OutcomeFlags, outcome } from './alert-launch.ts'
import type { ApiClient } from './client.ts'
import { markOf } from './marks.ts'
import { type Standing, warnOfGlass } from './standing.ts'

export interface TakeBackFlags extends OutcomeFlags {
  readonly reason: string
}

/** Says that an alert was sent in error, or that it is over, in the words that were approved with it. */
export async function takeAlertBack(
  client: ApiClient,
  alertId: string,
  kind: TakeBack,
  { reason, ...flags }: TakeBackFlags,
): Promise<void> {
  if (reason.trim() === '') throw new Problem('reason-missing', 'It has to be said why', { where: '--reason' })
  const of = await client.json<Standing>(`/v1/alerts/${encodeURIComponent(alertId)}`)
  warnOfGlass(of)
  const taken = await client.json<{ alertId: string; broadcastId: number; unable: string[] }>(
    `/v1/alerts/${encodeURIComponent(alertId)}/${kind}`,
    { method: 'POST', body: JSON.stringify({ reason }), type: 'application/json' },
  )
  const what = kind === 'retract' ? 'retracted' : 'ended'
  process.stderr.write(`${markOf(of)}${what} by ${taken.alertId}, launched as broadcast ${taken.broadcastId}\n`)
  if (taken.unable.length > 0) {
    process.stderr.write(
      `NOT EVERYBODY IS TOLD: ${taken.unable.join(', ')} cannot write these words, so nobody is told through ${taken.unable.length === 1 ? 'it' : 'them'}. Have a Cancel or an all-clear in shorter words, or in letters that every carrier has, approved by two people.\n`,
    )
  }
  await outcome(client, taken.alertId, flags)
}
