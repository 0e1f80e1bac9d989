import type { Command } from 'commander'
import { loadProfiles } from '../carriers/load.ts'
import { notesOn } from '../carriers/notes.ts'
import { Problem } from '../lib/problem.ts'
import { registerAuditCommands } from './audit-commands.ts'
import { reloadCarriers } from './cli/carriers-reload.ts'
import { ApiClient } from './cli/client.ts'
import { registerPeopleCommands } from './people-commands.ts'
import { readSettings } from './settings.ts'
import { registerSmscCommand } from './smsc-command.ts'
import { withDatabase } from './with-database.ts'

/** The commands that work on this machine: on the database, the profiles, or as a server. */
export function registerLocalCommands(program: Command): void {
  program
    .command('serve')
    .description('run the engine until SIGTERM, then drain and unbind')
    .option('--roles <roles>', 'some of api,targeting,dispatch (default: all)')
    // Loaded only here: the other commands do not wait for the whole engine.
    .action(async (options) => (await import('./serve.ts')).serve(options))

  program
    .command('migrate')
    .description('bring the database up to date')
    .action(() =>
      withDatabase(async (_, applied) => print(applied.length === 0 ? 'up to date' : `applied ${applied.join(', ')}`)),
    )

  const carriers = program.command('carriers').description('carrier profiles')
  carriers.command('check').description('read every profile and say what is wrong').action(checkCarriers)
  carriers
    .command('test')
    .description("send one test text to one of the profile's testNumbers and wait for its receipt")
    .argument('<id>', 'of the carrier')
    .requiredOption('--to <msisdn>', 'one of the testNumbers of the profile')
    .option('--text <text>', 'the text', 'TEST bongsu 시험')
    .action(testCarrier)
  // The one of these that speaks to a running server.
  carriers
    .command('reload')
    .description('have the running server read its carrier profiles again; what is sent goes on')
    .action(() => reloadCarriers(new ApiClient(process.env)))

  registerAuditCommands(program)

  registerPeopleCommands(program)
  registerSmscCommand(program)
}

const print = (line: string) => void process.stdout.write(`${line}\n`)

async function checkCarriers(): Promise<void> {
  const { carriersDir } = readSettings(process.env)
  const profiles = await loadProfiles(carriersDir, process.env)
  for (const profile of profiles) {
    const { id, name, throughput, binds, window, links, live } = profile
    const to = links.map(({ host, port, tls }) => `${host}:${port}${tls ? ' (TLS)' : ''}`).join(', ')
    print(
      `${id}: ${name}; ${throughput}/s over ${binds} binds of window ${window} to ${to}${live ? '' : '; exercises only'}`,
    )
    for (const note of notesOn(profile, profiles)) print(`  ${note}`)
  }
  print(`${profiles.length} profiles, all can be used`)
}

async function testCarrier(id: string, { to, text }: { to: string; text: string }): Promise<void> {
  const { carriersDir } = readSettings(process.env)
  const profiles = await loadProfiles(carriersDir, process.env)
  const profile = profiles.find((one) => one.id === id)
  if (!profile) {
    throw new Problem('unknown-carrier', `there is no carrier "${id}" in ${carriersDir}`, {
      hint: `Known: ${profiles.map((one) => one.id).join(', ')}.`,
    })
  }
  const { runCarrierTest } = await import('./carrier-test.ts')
  await runCarrierTest(profile, to, text, print)
}
