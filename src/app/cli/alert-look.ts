import type { Command } from 'commander'
import type { BroadcastProgress } from '../../reporting/broadcast-summary.ts'
import { progressLine, summary } from './alert-launch.ts'
import { type Approvable, approvableLines } from './approvable.ts'
import { ApiClient } from './client.ts'
import { follow } from './follow.ts'
import { glassLine, glassLinesOf, type Marked, markOf } from './marks.ts'
import { type Preview, previewLine } from './preview-line.ts'
import { printBody } from './print-body.ts'
import { type Standing, standingLines, whenLines } from './standing.ts'
import { idOf } from './which-alert.ts'

interface Listed extends Marked, Pick<Standing, 'id' | 'identifier' | 'phase' | 'schedule' | 'review'> {
  readonly sender: string
  readonly msgType: string
  readonly severity: string
  readonly event: string
  readonly area: readonly string[]
  readonly expires: string
  readonly approvedBy: string | null
  readonly undecided: readonly { readonly identifier: string; readonly sender: string }[]
  readonly unreachable: Readonly<Record<string, number>>
}

const print = (line: string) => void process.stdout.write(`${line}\n`)

/** What there is, and how it stands: changes nothing. */
export function registerAlertLooks(alert: Command): void {
  const command = (name: string, description: string) =>
    alert.command(name).argument('<alert>', 'its id, or its identifier').description(description)

  alert
    .command('list')
    .description('alerts, the newest first, with what needs somebody')
    .option('--phase <phase>', 'draft, submitted, approved, live or ended; live: those in force')
    .option('--limit <n>', 'so many', '50')
    .option('--after <id>', 'those before this alert: for what the last list left off')
    .option('--json', 'print the answer as it is')
    .action(({ json, ...query }: { json?: boolean; phase?: string; limit: string; after?: string }) =>
      list(query, json),
    )
  command('show', 'all that an alert says, to whom, and how it stands')
    .option('--json', 'print the answer as it is')
    .option('--cap', 'print it as CAP 1.2')
    .action(async (given: string, { json, cap }: { json?: boolean; cap?: boolean }) => {
      const client = new ApiClient(process.env)
      const path = `/v1/alerts/${await idOf(client, given, 'any')}`
      if (cap) return print(await client.text(`${path}/cap`))
      const seen = await client.json<Approvable & Standing & { readonly version: number }>(path)
      if (json) return print(JSON.stringify(seen))
      process.stdout.write(approvableLines(seen))
      process.stdout.write(standingLines({ ...seen, glassBroken: null, forecast: null, overlaps: [] }))
      print(`  version ${seen.version}`)
    })
  command('preview', 'count whom it would reach now, through whom, and how long it takes')
    .option('--json', 'print the answer as it is')
    .action(async (given: string, { json }: { json?: boolean }) => {
      const client = new ApiClient(process.env)
      const path = `/v1/alerts/${await idOf(client, given, 'any')}`
      const [seen, preview] = [
        await client.json<Marked>(path),
        await client.json<Preview>(`${path}/preview`, { method: 'POST' }),
      ]
      print(json ? JSON.stringify(preview) : `${markOf(seen)}${previewLine(preview)}`)
    })
  command('progress', 'how far a launched alert is')
    .option('--wait', 'until every message of the first selection is final, or the alert has ended')
    .option('--json', 'print the broadcast as the last line')
    .action(async (given: string, { wait, json }: { wait?: boolean; json?: boolean }) => {
      const client = new ApiClient(process.env)
      const id = await idOf(client, given, 'launched')
      const seen = await client.json<Standing>(`/v1/alerts/${id}`)
      const tell = (progress: BroadcastProgress) => {
        process.stderr.write(`${markOf(seen)}${seen.identifier}: ${progressLine(progress)}\n`)
      }
      for (const line of glassLinesOf(seen)) process.stderr.write(`${line}\n`)
      if (wait) tell(await follow(client, id, tell))
      else tell(await client.json<BroadcastProgress>(`/v1/alerts/${id}/progress`))
      if (json) print(JSON.stringify(await summary(client, id)))
    })
  command('recipients', 'print who gets it as CSV, a number a line; noted in the audit log where numbers are full')
    .option('--numbers <which>', 'masked, or full for approvers and auditors', 'masked')
    .action(async (given: string, { numbers }: { numbers: string }) => {
      const client = new ApiClient(process.env)
      const query = new URLSearchParams({ numbers })
      const path = `/v1/alerts/${await idOf(client, given, 'launched')}/recipients?${query}`
      await printBody(await client.request(path, { headers: { accept: 'text/csv' } }))
    })
}

async function list(query: Readonly<Record<string, string>>, json = false): Promise<void> {
  const path = `/v1/alerts?${new URLSearchParams(query)}`
  const page = await new ApiClient(process.env).json<{ alerts: Listed[]; next: string | null }>(path)
  if (json) return print(JSON.stringify(page))
  if (page.alerts.length === 0) print('no alerts')
  for (const one of page.alerts) for (const line of listed(one)) print(line)
  if (page.next !== null) process.stderr.write(`older ones: bongsu alert list --after ${page.next}\n`)
}

function listed(alert: Listed): string[] {
  const { id, identifier, sender, msgType, severity, event, area, expires, phase, undecided, unreachable } = alert
  // Each language of it has names of its own: the first is enough to know it by.
  const where = area[0] === undefined ? '' : `, ${area[0]}${area.length > 1 ? ' …' : ''}`
  return [
    `${markOf(alert)}${phase}: ${identifier} of ${sender}, ${severity} ${msgType}, ${event}${where}, until ${expires} (${id})`,
    ...(alert.glassBroken === null ? [] : [`  ${glassLine(alert.approvedBy ?? undefined, alert.glassBroken)}`]),
    ...whenLines(alert.schedule, alert.review),
    ...undecided.map((other) => `  overlaps ${other.identifier} of ${other.sender}: nobody has decided`),
    ...Object.entries(unreachable).map(([carrier, n]) => `  ${n} wait for ${carrier}, which cannot send`),
  ]
}
