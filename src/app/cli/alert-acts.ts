import type { Command } from 'commander'
import { type Approvable, approvableLines, countedLine, overlapLines } from './approvable.ts'
import { ApiClient } from './client.ts'

interface Standing extends Pick<Approvable, 'id' | 'identifier' | 'forecast' | 'overlaps'> {
  readonly phase: string
  readonly schedule: { readonly at: string | null } | null
  readonly review: { readonly at: string } | null
}

type IdOf = (client: ApiClient, given: string) => Promise<string>

const needsReason: readonly [flags: string, description: string] = ['--reason <text>', 'why; it stays in the audit log']

/** What people do with an alert one after the other, each with his own key. */
export function registerAlertActs(alert: Command, idOf: IdOf): void {
  const command = (name: string, description: string) =>
    alert.command(name).argument('<alert>', 'its id, or its identifier').description(description)
  const post = async (given: string, act: string, body?: object) => {
    const client = new ApiClient(process.env)
    const path = `/v1/alerts/${await idOf(client, given)}`
    await client.json(`${path}/${act}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body), type: 'application/json' }),
    })
    process.stdout.write(linesOf(await client.json<Standing>(path)))
  }

  /** Shows what is approved first, and approves that and nothing else: what was edited in between is refused. */
  const approve = async (given: string, act: 'approve' | 'break-glass', said: object = {}) => {
    const client = new ApiClient(process.env)
    const id = await idOf(client, given)
    const seen = await client.json<Approvable>(`/v1/alerts/${id}`)
    process.stderr.write(approvableLines(seen))
    await post(id, act, { ...said, digest: seen.digest })
  }

  command('submit', 'count whom it reaches, and ask for the second person').action((given: string) =>
    post(given, 'submit'),
  )
  command('approve', 'approve what it says now; not by who wrote or submitted it').action((given: string) =>
    approve(given, 'approve'),
  )
  command('reject', 'send it back to its author')
    .option(...needsReason)
    .action((given: string, said: object) => post(given, 'reject', said))
  command('break-glass', 'approve alone, because nobody else is there: everybody sees it')
    .requiredOption(...needsReason)
    .action((given: string, said: object) => approve(given, 'break-glass', said))
  command('discard', 'give it up before it was launched')
    .option(...needsReason)
    .action((given: string, said: object) => post(given, 'discard', said))
  command('launch-approved', 'launch what was approved')
    .option('--at <time>', 'not now, but then: 2026-11-21T03:04:05Z')
    .action((given: string, said: object) => post(given, 'launch', said))
  command('unschedule', 'launch it at no time to come').action((given: string) => post(given, 'unschedule'))
  command('review', 'say that a standing alert still holds')
    .requiredOption(...needsReason)
    .action((given: string, said: object) => post(given, 'review', said))
  command('decide', "decide between an alert and another issuer's for the same area")
    .argument('<other>', 'id of the other alert')
    .argument('<decision>', 'both, this or other: which of them go out')
    .requiredOption(...needsReason)
    .action((given: string, other: string, decision: string, said: object) =>
      post(given, `overlaps/${encodeURIComponent(other)}`, { decision, ...said }),
    )
}

function linesOf({ id, identifier, phase, forecast, schedule, review, overlaps }: Standing): string {
  const lines = [`${identifier} (${id}) is ${phase}`]
  if (forecast) lines.push(countedLine(forecast))
  if (schedule?.at) lines.push(`  is launched ${schedule.at}`)
  if (review) lines.push(`  to be looked at again by ${review.at}`)
  lines.push(...overlapLines(overlaps))
  return `${lines.join('\n')}\n`
}
