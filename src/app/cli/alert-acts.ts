import type { Command } from 'commander'
import { type Approvable, approvableLines } from './approvable.ts'
import { ApiClient } from './client.ts'
import { type Decided, decidedLines } from './decided.ts'
import { type Standing, standingLines, warnOfGlass } from './standing.ts'
import { idOf, type Use } from './which-alert.ts'

const needsReason: readonly [flags: string, description: string] = ['--reason <text>', 'why; it stays in the audit log']

/** What people do with an alert one after the other, each with his own key. */
export function registerAlertActs(alert: Command): void {
  const command = (name: string, description: string) =>
    alert.command(name).argument('<alert>', 'its id, or its identifier').description(description)
  const post = async (client: ApiClient, id: string, act: string, body?: object) => {
    const path = `/v1/alerts/${id}`
    const { decided } = await client.json<{ readonly decided?: Decided }>(`${path}/${act}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }),
    })
    const standing = await client.json<Standing>(path)
    // Who broke the glass reads it before anything else; before a launch it was said already.
    if (act === 'break-glass') warnOfGlass(standing)
    process.stdout.write(standingLines(standing))
    if (decided) process.stdout.write(decidedLines(decided))
  }
  const on = async (given: string, use: Use, act: string, body?: object) => {
    const client = new ApiClient(process.env)
    await post(client, await idOf(client, given, use), act, body)
  }

  /** Shows what is approved first, and approves that and nothing else: what was edited in between is refused. */
  const approve = async (given: string, act: 'approve' | 'break-glass', said: object = {}) => {
    const client = new ApiClient(process.env)
    const id = await idOf(client, given, act === 'approve' ? 'approvable' : 'glass-breakable')
    const seen = await client.json<Approvable>(`/v1/alerts/${id}`)
    process.stderr.write(approvableLines(seen))
    await post(client, id, act, { ...said, digest: seen.digest })
  }

  command('submit', 'count whom it reaches, and ask for the second person').action((given: string) =>
    on(given, 'draft', 'submit'),
  )
  command('approve', 'approve what it says now; not by who wrote or submitted it').action((given: string) =>
    approve(given, 'approve'),
  )
  command('reject', 'send it back to its author')
    .option(...needsReason)
    .action((given: string, said: object) => on(given, 'rejectable', 'reject', said))
  command('break-glass', 'approve alone, because nobody else is there: everybody sees it')
    .requiredOption(...needsReason)
    .action((given: string, said: object) => approve(given, 'break-glass', said))
  command('discard', 'give it up before it was launched')
    .option(...needsReason)
    .action((given: string, said: object) => on(given, 'discardable', 'discard', said))
  command('launch-approved', 'launch what was approved')
    .option('--at <time>', 'not now, but then: 2026-11-21T03:04:05Z')
    .action(async (given: string, said: object) => {
      const client = new ApiClient(process.env)
      const id = await idOf(client, given, 'approved')
      warnOfGlass(await client.json<Standing>(`/v1/alerts/${id}`))
      await post(client, id, 'launch', said)
    })
  command('unschedule', 'launch it at no time to come').action((given: string) => on(given, 'approved', 'unschedule'))
  command('review', 'say that a standing alert still holds')
    .requiredOption(...needsReason)
    .action((given: string, said: object) => on(given, 'launched', 'review', said))
  command('decide', "decide between an alert and another issuer's for the same area")
    .argument('<other>', 'the other alert: its id, or its identifier')
    .argument('<decision>', 'both, this or other: which of them go out')
    .requiredOption(...needsReason)
    .action(async (given: string, other: string, decision: string, said: object) => {
      const client = new ApiClient(process.env)
      const id = await idOf(client, given, 'decidable')
      await post(client, id, `overlaps/${await idOf(client, other, 'decidable')}`, { decision, ...said })
    })
}
