import type { BroadcastSummary } from '../../reporting/broadcast-summary.ts'
import { launchDraft, type OutcomeFlags, outcome, summary } from './alert-launch.ts'
import type { ApiClient } from './client.ts'
import { markOf } from './marks.ts'
import { people } from './preview-line.ts'

interface Outlook {
  readonly matched: number
  readonly segments: number
  readonly forecast: { readonly p50: number; readonly p90: number; readonly p99: number }
  readonly unreached: number
}

interface Rehearsal {
  readonly alert: {
    readonly id: string
    readonly identifier: string
    readonly status: string
    readonly rehearses: string | null
  }
  readonly real: Outlook
  readonly rehearsal: Outlook
}

const say = (line: string) => void process.stderr.write(`${line}\n`)

/**
 * Makes an Exercise of an alert for its real audience, has it approved with the second person's key, and launches it through simulated
 * carriers. Without that key it stops after submitting, as `launch` does. With `json` the last line of stdout has both forecasts and, where
 * it was launched, its broadcast.
 */
export async function rehearseAlert(
  client: ApiClient,
  alertId: string,
  { wait = false, json = false }: OutcomeFlags,
  approverKey: string | undefined,
): Promise<void> {
  const path = `/v1/alerts/${encodeURIComponent(alertId)}/rehearsal`
  const { alert, real, rehearsal } = await client.json<Rehearsal>(path, { method: 'POST' })
  say(`the real alert now: ${outlookLine(real)}`)
  say(`${markOf(alert)}its copy ${alert.identifier}, through simulated carriers: ${outlookLine(rehearsal)}`)
  if (rehearsal.unreached > real.unreached) {
    say(
      `  ${rehearsal.unreached - real.unreached} more than in earnest are reached by none: a simulated profile lacks what a live one \`reaches\``,
    )
  }
  const launched = await launchDraft(client, alert, approverKey)
  if (launched) {
    await outcome(client, alert.id, { wait })
    say(`No telephone was told. What came of it: bongsu report ${alert.id}`)
  }
  if (json) {
    const broadcast: BroadcastSummary | null = launched ? await summary(client, alert.id) : null
    process.stdout.write(`${JSON.stringify({ alertId: alert.id, real, rehearsal, broadcast })}\n`)
  }
}

function outlookLine({ matched, segments, forecast, unreached }: Outlook): string {
  const without = unreached === 0 ? '' : `, ${unreached} of them reached by no carrier`
  return `${people(matched)}${without}, ${segments} ${segments === 1 ? 'segment' : 'segments'}; half handed over after ${forecast.p50} s, 90 % after ${forecast.p90} s, 99 % after ${forecast.p99} s`
}
