import { askAbout } from '../../alerts/cap-questions.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import { parseCapXml } from '../../alerts/cap-xml.ts'
import type { Reference } from '../../alerts/model.ts'
import { rebase } from '../../alerts/rebase.ts'
import { Problem } from '../../lib/problem.ts'
import type { BroadcastProgress, BroadcastSummary } from '../../reporting/broadcast-summary.ts'
import type { ApiClient } from './client.ts'
import { follow } from './follow.ts'
import { firstCharacter, readInput } from './input.ts'
import { type RuleFlags, rulesAmong } from './rule-flags.ts'

export interface OutcomeFlags {
  readonly wait?: boolean
  readonly json?: boolean
}

export interface LaunchFlags extends RuleFlags, OutcomeFlags {
  readonly confirm?: string
  readonly rebase?: boolean
}

interface Preview {
  readonly matched: number
  readonly byReason: Readonly<Record<string, number>>
  readonly byCarrier: Readonly<Record<string, { messages: number; seconds: number }>>
  readonly forecast: { readonly p50: number; readonly p90: number; readonly p99: number }
  readonly cost: Readonly<Record<string, number>>
}

interface Created {
  readonly id: string
  readonly identifier: string
  readonly notes: readonly { where: string; message: string }[]
  readonly warnings: readonly { message: string; where?: string; hint?: string }[]
}

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
  flags: LaunchFlags,
  approverKey: string | undefined,
): Promise<void> {
  const alert = await create(client, file, flags)
  say(previewLine(await client.json<Preview>(`/v1/alerts/${alert.id}/preview`, { method: 'POST' })))
  const path = `/v1/alerts/${alert.id}`
  const { digest } = await client.json<{ digest: string }>(`${path}/submit`, { method: 'POST' })
  say(`submitted ${alert.identifier} as ${alert.id}`)
  if (!approverKey) {
    say('It was not launched: a second person has to approve it.')
    say(`  Somebody else with an approver's key: bongsu alert approve ${alert.id}`)
    say(`  Then: bongsu alert launch-approved ${alert.id}`)
    say('  Next time set BONGSU_APPROVER_KEY to the key of that person, and it is approved and launched here.')
    process.exitCode = exitNotApproved
    return
  }
  // What was submitted here and nothing else: it may have been edited since.
  await client.json(`${path}/approve`, {
    method: 'POST',
    key: approverKey,
    body: JSON.stringify({ digest }),
    type: 'application/json',
  })
  const { broadcastId } = await client.json<{ broadcastId: number }>(`${path}/launch`, { method: 'POST' })
  say(`launched as broadcast ${broadcastId}`)
  await outcome(client, alert.id, flags)
}

/** Waits for what was launched, and prints its broadcast, as far as that was asked for. @throws Problem `broadcast-refused` */
export async function outcome(client: ApiClient, alertId: string, { wait, json }: OutcomeFlags): Promise<void> {
  if (wait) {
    const last = await follow(client, alertId, (progress) => say(progressLine(progress)))
    say(progressLine(last))
    if (last.refused !== null) throw new Problem('broadcast-refused', `Nothing more is sent: ${last.refused}`)
  }
  if (json) process.stdout.write(`${JSON.stringify(await summary(client, alertId))}\n`)
}

async function create(
  client: ApiClient,
  file: string,
  { confirm, rebase: shift, ...flags }: LaunchFlags,
): Promise<Created> {
  const given = await readInput(file)
  const bytes = shift ? await rebased(client, given, confirm?.split(',') ?? []) : given
  const query = new URLSearchParams(rulesAmong(flags))
  if (confirm !== undefined) query.set('confirm', confirm)
  const alert = await client.json<Created>(`/v1/alerts${query.size === 0 ? '' : `?${query}`}`, {
    method: 'POST',
    body: bytes,
    type: firstCharacter(bytes) === '<' ? 'application/cap+xml' : 'application/json',
  })
  tell(alert)
  return alert
}

interface Found {
  readonly notes: readonly { readonly where: string; readonly message: string }[]
  readonly warnings: readonly {
    readonly message: string
    readonly where?: string | undefined
    readonly hint?: string | undefined
  }[]
}

function tell({ notes, warnings }: Found): void {
  for (const { where, message } of notes) say(`note: ${message} (at ${where})`)
  for (const { message, where, hint } of warnings) {
    say(`warning: ${message}${where === undefined ? '' : ` (at ${where})`}${hint === undefined ? '' : `. ${hint}`}`)
  }
}

/** An old CAP file as if it were sent now, to try things out with; what it refers to is what was sent here last under that name. */
async function rebased(
  client: ApiClient,
  bytes: Uint8Array<ArrayBuffer>,
  confirmed: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  if (firstCharacter(bytes) !== '<') {
    throw new Problem('cannot-rebase', 'Only the times of a CAP file can be shifted', {
      where: '--rebase',
      hint: 'Leave "sent" out of alert JSON, and write "expires" anew.',
    })
  }
  const read = parseCapXml(bytes)
  // What is sent is written anew, so what reading found is to be told, and asked, here. A signature does not outlive it.
  tell(read)
  askAbout(read.warnings, confirmed, false)
  const alert = rebase(read.alert, Date.now())
  const references = await Promise.all(alert.references.map((reference) => sentHere(client, reference)))
  return new TextEncoder().encode(writeCapXml({ ...alert, references }))
}

async function sentHere(client: ApiClient, reference: Reference): Promise<Reference> {
  const query = new URLSearchParams({ identifier: reference.identifier, limit: '50' })
  const { alerts } = await client.json<{ alerts: Reference[] }>(`/v1/alerts?${query}`)
  const found = alerts.find(({ sender }) => sender === reference.sender)
  if (found) return { ...reference, sent: found.sent }
  throw new Problem('reference-unknown', `No alert ${reference.identifier} of ${reference.sender} was created here`, {
    where: '--rebase',
    hint: 'Launch that one first.',
  })
}

/** Exactly the broadcast of `--json`, without what the server adds for displays. */
async function summary(client: ApiClient, alertId: string): Promise<BroadcastSummary> {
  const { id, identifier, msgType, matched, states, segments, seconds, firstSubmitMs, carriers } =
    await client.json<BroadcastSummary>(`/v1/alerts/${alertId}/progress`)
  return { id, identifier, msgType, matched, states, segments, seconds, firstSubmitMs, carriers }
}

/** Who would get it, before anybody decides. */
function previewLine({ matched, byReason, byCarrier, forecast, cost }: Preview): string {
  if (matched === 0) return 'matches 0 people now'
  const reasons = Object.entries(byReason).map(([reason, n]) => `${reason} ${n}`)
  const carriers = Object.entries(byCarrier).map(([id, { messages, seconds }]) =>
    id === 'none' ? `${messages} that no carrier reaches` : `${id} ${messages} in ${seconds} s`,
  )
  const times = `half handed over after ${forecast.p50} s, 99 % after ${forecast.p99} s`
  const costs = Object.entries(cost).map(([currency, amount]) => `; ${amount} ${currency}`)
  return `matches ${matched} people now: ${reasons.join(', ')}; ${carriers.join(', ')}; ${times}${costs.join('')}`
}

function progressLine({ state, matched, states, unreachable }: BroadcastProgress): string {
  const parts = Object.entries(states).flatMap(([name, n]) => (n === 0 ? [] : [`${name} ${n}`]))
  const stuck = Object.entries(unreachable).map(([carrier, n]) => `; ${n} wait for ${carrier}, which cannot send`)
  return `${state}: matched ${matched}${parts.length === 0 ? '' : ` = ${parts.join(' + ')}`}${stuck.join('')}`
}
