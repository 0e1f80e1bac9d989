import { Problem } from '../../lib/problem.ts'
import type { BroadcastProgress, BroadcastSummary } from '../../reporting/broadcast-summary.ts'
import { type Drafted, type DraftFlags, draft } from './alert-draft.ts'
import type { ApiClient } from './client.ts'
import { follow } from './follow.ts'
import { type Marked, markOf } from './marks.ts'
import { type Preview, previewLine } from './preview-line.ts'

export interface OutcomeFlags {
  readonly wait?: boolean
  readonly json?: boolean
}

export type LaunchFlags = DraftFlags & OutcomeFlags

/** The second person has to act elsewhere. */
const exitNotApproved = 2

const say = (line: string) => void process.stderr.write(`${line}\n`)

/**
 * Creates, submits, approves (with the second person's key) and launches an alert. Without that key it stops after submitting and says
 * who must do what. The last line of stdout is the broadcast, where that was asked for.
 */
export async function launch(
  client: ApiClient,
  file: string,
  { wait = false, json = false, ...flags }: LaunchFlags,
  approverKey: string | undefined,
): Promise<void> {
  const alert = await draft(client, file, flags).catch((error) => Promise.reject(orApproved(error)))
  say(previewLine(await client.json<Preview>(`/v1/alerts/${alert.id}/preview`, { method: 'POST' })))
  if (await launchDraft(client, alert, approverKey)) await outcome(client, alert.id, { wait, json })
}

/** Who gives an alert in place of a file means one that is there already. */
function orApproved(error: unknown): unknown {
  if (!(error instanceof Problem && error.code === 'file-unreadable')) return error
  return new Problem(error.code, error.message, {
    ...(error.where === undefined ? {} : { where: error.where }),
    hint: 'An alert that is approved is launched with `bongsu alert launch-approved ALERT`.',
  })
}

/** Submits a draft, has the second person approve it, and launches it; false, with what is to be done, where that person is not here. */
export async function launchDraft(
  client: ApiClient,
  alert: Pick<Drafted, 'id' | 'identifier' | 'status' | 'rehearses'>,
  approverKey: string | undefined,
): Promise<boolean> {
  const path = `/v1/alerts/${alert.id}`
  const { digest } = await client.json<{ digest: string }>(`${path}/submit`, { method: 'POST' })
  say(`${markOf(alert)}submitted ${alert.identifier} as ${alert.id}`)
  if (!approverKey) {
    say('It was not launched: a second person has to approve it.')
    say(`  Somebody else with an approver's key: bongsu alert approve ${alert.id}`)
    say(`  Then: bongsu alert launch-approved ${alert.id}`)
    say('  Next time set BONGSU_APPROVER_KEY to the key of that person, and it is approved and launched here.')
    process.exitCode = exitNotApproved
    return false
  }
  // What was submitted here and nothing else: it may have been edited since.
  await client.json(`${path}/approve`, {
    method: 'POST',
    key: approverKey,
    body: JSON.stringify({ digest }),
    type: 'application/json',
  })
  const { broadcastId } = await client.json<{ broadcastId: number }>(`${path}/launch`, { method: 'POST' })
  say(`${markOf(alert)}launched as broadcast ${broadcastId}`)
  return true
}

/** Waits for what was launched, and prints its broadcast, as far as that was asked for. @throws Problem `broadcast-refused` */
export async function outcome(client: ApiClient, alertId: string, { wait, json }: OutcomeFlags): Promise<void> {
  if (wait) {
    const mark = markOf(await client.json<Marked>(`/v1/alerts/${alertId}`))
    const last = await follow(client, alertId, (progress) => say(`${mark}${progressLine(progress)}`))
    say(`${mark}${progressLine(last)}`)
    if (last.refused !== null) throw new Problem('broadcast-refused', `Nothing more is sent: ${last.refused}`)
  }
  if (json) process.stdout.write(`${JSON.stringify(await summary(client, alertId))}\n`)
}

/** Exactly the broadcast of `--json`, without what the server adds for displays. */
export async function summary(client: ApiClient, alertId: string): Promise<BroadcastSummary> {
  const { id, identifier, msgType, matched, states, segments, seconds, firstSubmitMs, carriers } =
    await client.json<BroadcastSummary>(`/v1/alerts/${alertId}/progress`)
  return { id, identifier, msgType, matched, states, segments, seconds, firstSubmitMs, carriers }
}

export function progressLine(progress: BroadcastProgress): string {
  const { matched, states, unreachable, pausedSince } = progress
  const parts = Object.entries(states).flatMap(([name, n]) => (n === 0 ? [] : [`${name} ${n}`]))
  const stuck = Object.entries(unreachable).map(([carrier, n]) => `; ${n} wait for ${carrier}, which cannot send`)
  const paused = pausedSince === null ? '' : `PAUSED since ${pausedSince} for its review, tells nobody who enters; `
  return `${paused}${stateWords(progress)}: matched ${matched}${parts.length === 0 ? '' : ` = ${parts.join(' + ')}`}${stuck.join('')}`
}

/** It stays open for who enters until the alert ends: of one that has nothing left to send nobody should read that it is sending. */
function stateWords({ state, matched, states, initialDone, ended }: BroadcastProgress): string {
  if (state !== 'sending' || !initialDone || ended || states.pending + states.submitted > 0) return state
  if (matched === 0) return 'live, nobody was found yet'
  return states.delivered === matched ? 'live, all that were found are told' : 'live, nothing waits to be sent'
}
