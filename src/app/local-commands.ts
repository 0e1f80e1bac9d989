import type { Command } from 'commander'
import { ROLES } from '../alerts/lifecycle.ts'
import { loadProfiles } from '../carriers/load.ts'
import { notesOn } from '../carriers/notes.ts'
import { parseDuration } from '../lib/duration.ts'
import { createLogger, type Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { verifyAudit } from '../store/audit.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { runningEmbedded } from '../store/embedded/attach.ts'
import { startEmbedded } from '../store/embedded/start-embedded.ts'
import { migrate } from '../store/migrate.ts'
import { addKey } from '../store/people/keys.ts'
import { doubtsOn } from '../subscribers/feed-rights.ts'
import { reloadCarriers } from './cli/carriers-reload.ts'
import { ApiClient } from './cli/client.ts'
import { migrationsDir } from './paths.ts'
import { readSettings, type Settings } from './settings.ts'
import { registerSmscCommand } from './smsc-command.ts'

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

  const audit = program.command('audit').description('the record of every act')
  audit
    .command('verify')
    .description('check the hash chain')
    .action(() => withDatabase(checkAudit))

  const users = program.command('users').description('people')
  users
    .command('add')
    .description('add a person, with his first key')
    .requiredOption('--name <name>', 'the name of the person')
    .requiredOption('--role <role>', ROLES.join(', '))
    .action(makeKey)
  const keys = program.command('keys').description('API keys of people')
  keys
    .command('add')
    .description('make a key of a person (made if new); the key is printed last, and only now')
    .requiredOption('--role <role>', ROLES.join(', '))
    .requiredOption('--name <name>', 'the name of the person')
    .option('--hplmns <list>', 'of a carrier: home networks, 45008,45002; it writes of their subscribers only')
    .option('--silent-after <duration>', 'of a carrier: its feed is silent after 30m, 6h (default: learned)')
    .action(makeKey)

  registerSmscCommand(program)
}

const print = (line: string) => void process.stdout.write(`${line}\n`)

/** The database of DATABASE_URL, or the embedded one: of the engine that runs on the data directory, else started for this command. */
async function withDatabase(work: (db: Database, applied: string[]) => Promise<void>): Promise<void> {
  const settings = readSettings(process.env)
  const log = createLogger('warn')
  const { url, stop } = await databaseFor(settings, log)
  try {
    const { applied } = await migrate(url, migrationsDir)
    const db = openDatabase(url, log)
    try {
      await work(db, applied)
    } finally {
      await db.close()
    }
  } finally {
    await stop()
  }
}

async function databaseFor(
  { databaseUrl, dataDir }: Settings,
  log: Logger,
): Promise<{ url: string; stop(): Promise<void> }> {
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  try {
    return await startEmbedded({ dataDir, log })
  } catch (error) {
    const running =
      error instanceof Problem && error.code === 'data-dir-in-use' ? await runningEmbedded(dataDir) : undefined
    if (running === undefined) throw error
    return { url: running, stop: async () => undefined }
  }
}

interface KeyFlags {
  readonly name: string
  readonly role: string
  readonly hplmns?: string
  readonly silentAfter?: string
}

async function makeKey({ name, role, hplmns, silentAfter }: KeyFlags): Promise<void> {
  const rights = {
    hplmns: hplmns?.split(',').map((hplmn) => hplmn.trim()),
    silentAfterMs: silentAfter === undefined ? undefined : parseDuration(silentAfter, '--silent-after'),
  }
  await withDatabase(async (db) => {
    const key = await addKey(db, name, role, 'cli', rights)
    for (const doubt of doubtsOn(rights)) process.stderr.write(`warning: ${doubt.line}\n`)
    print(key)
  })
}

async function checkAudit(db: Database): Promise<void> {
  const { entries, brokenAt, head } = await verifyAudit(db.pool)
  if (brokenAt !== undefined) {
    throw new Problem('audit-broken', `the audit log does not hold from entry ${brokenAt} on`, {
      hint: 'Somebody changed it: compare it with an export or a backup.',
    })
  }
  print(`${entries} entries, all hold; the last has the hash ${head}`)
}

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
