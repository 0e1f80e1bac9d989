import type { Command } from 'commander'
import { ApiClient } from './client.ts'
import { printBody } from './print-body.ts'

const accept = 'application/x-ndjson'

/** Streams of rows as NDJSON, to stdout, as fast as they are taken there. */
export function registerExportCommands(program: Command, residents: Command): void {
  residents
    .command('export')
    .option('--mission <id>', 'only its residents')
    .option('--country <code>', 'only who lives there: JP')
    .option('--numbers <which>', 'masked, or full for approvers and auditors (default: masked)')
    .description('print the register as NDJSON; noted in the audit log')
    .action((flags: Record<string, string>) => stream(`/v1/residents?${new URLSearchParams(flags)}`))

  program
    .command('events')
    .option('--after <id>', 'only what happened after this event (default: from the beginning)')
    .description('print what was done to alerts as NDJSON')
    .action((flags: Record<string, string>) => stream(`/v1/events?${new URLSearchParams(flags)}`))
}

async function stream(path: string): Promise<void> {
  await printBody(await new ApiClient(process.env).request(path, { headers: { accept } }))
}
