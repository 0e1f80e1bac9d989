import type { Command } from 'commander'
import { Problem } from '../../lib/problem.ts'
import { ApiClient } from './client.ts'

interface EraseFlags {
  readonly person?: string
  readonly reason: string
  readonly despiteAlerts?: true
}

/** `bongsu privacy`: what is known of somebody, and how he is forgotten. */
export function registerPrivacyCommands(program: Command): void {
  const privacy = program.command('privacy').description('what is known of somebody, and how he is forgotten')
  const person = ['--person <name>', 'of who works, or worked, with the engine, in place of a number'] as const

  privacy
    .command('export')
    .argument('[msisdn]', 'the number, with its country code')
    .option(...person)
    .description('print everything that is known, and who looked at it, as JSON; noted in the audit log')
    .action(async (msisdn: string | undefined, flags: { person?: string }) => {
      const known = await ask(new ApiClient(process.env), 'export', whom(msisdn, flags.person))
      process.stdout.write(`${JSON.stringify(known, null, 2)}\n`)
    })

  privacy
    .command('erase')
    .argument('[msisdn]', 'the number, with its country code')
    .option(...person)
    .requiredOption('--reason <text>', 'for the audit log: the reference of the request, neither name nor number')
    .option('--despite-alerts', 'also while an alert is in force that he was told of: no all-clear will reach him')
    .description("make what is kept nobody's; sums and the audit log stay; again does no harm")
    .action(async (msisdn: string | undefined, { person, reason, despiteAlerts }: EraseFlags) => {
      const body = { ...whom(msisdn, person), reason, ...(despiteAlerts ? { despiteAlerts } : {}) }
      const { erased } = await ask<{ erased: Record<string, number> }>(new ApiClient(process.env), 'erase', body)
      const rows = Object.entries(erased).map(([table, n]) => `${table} ${n}`)
      process.stdout.write(rows.length === 0 ? 'nothing is kept\n' : `erased: ${rows.join(', ')}\n`)
    })
}

/** @throws Problem `whom` unless it is one of both */
function whom(msisdn: string | undefined, person: string | undefined): { msisdn: string } | { person: string } {
  if (msisdn !== undefined && person === undefined) return { msisdn }
  if (person !== undefined && msisdn === undefined) return { person }
  throw new Problem('whom', 'Either a number or a person is asked for', {
    hint: 'Give the number, or --person NAME.',
  })
}

const ask = <Answer>(client: ApiClient, what: 'export' | 'erase', body: unknown) =>
  client.json<Answer>(`/v1/privacy/${what}`, { method: 'POST', body: JSON.stringify(body), type: 'application/json' })
