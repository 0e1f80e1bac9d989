import type { Command } from 'commander'
import { type DraftFlags, draft } from './alert-draft.ts'
import { ApiClient } from './client.ts'
import { markOf } from './marks.ts'
import { addRuleFlags } from './rule-flags.ts'
import { idOf } from './which-alert.ts'

interface EditFlags extends DraftFlags {
  readonly ifVersion?: string
}

const file = ['<file>', 'CAP 1.2 XML or alert JSON; - for stdin'] as const
/** What `launch`, `create` and `edit` take, besides the rules of an alert. */
export const confirmFlag = [
  '--confirm <what>',
  'area, signature, content, contacts, spelling, or several with commas: it was asked about, and is meant so',
] as const
export const rebaseFlag = [
  '--rebase',
  'shift all times of a CAP file so that it is sent now: to try things out with an old one',
] as const

/** Drafts: written here, and launched by nobody before two people want it. */
export function registerAlertWriting(alert: Command): void {
  const create = alert
    .command('create')
    .argument(...file)
    .description('make a draft of a file, and no more; prints its id')
    .option(...confirmFlag)
    .option(...rebaseFlag)
    .action(async (given: string, flags: DraftFlags) => {
      const made = await draft(new ApiClient(process.env), given, flags)
      process.stderr.write(`${markOf(made)}${made.identifier} is a draft\n`)
      process.stdout.write(`${made.id}\n`)
    })
  const edit = alert
    .command('edit')
    .argument('<alert>', 'its id, or its identifier')
    .argument(...file)
    .description('put a file in the place of an alert that is not live: a draft again, its approval and schedule void')
    .option('--if-version <n>', 'only if it is still this version of `alert show`: nobody has changed it since')
    .option(...confirmFlag)
    .option(...rebaseFlag)
    .action(async (given: string, path: string, { ifVersion, ...flags }: EditFlags) => {
      const client = new ApiClient(process.env)
      const at = `/v1/alerts/${await idOf(client, given, 'editable')}`
      const version = ifVersion ?? (await client.json<{ version: number }>(at)).version
      const headers = { 'if-match': `"${version}"` }
      const edited = await draft(client, path, flags, { path: at, method: 'PUT', headers })
      process.stdout.write(`${markOf(edited)}${edited.identifier} (${edited.id}) is a draft again\n`)
    })
  for (const command of [create, edit]) addRuleFlags(command)
}
