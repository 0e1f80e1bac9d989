import type { Command } from 'commander'
import { ROLES } from '../alerts/lifecycle.ts'
import { loadProfiles } from '../carriers/load.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { createLogger, type Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import { smscFlags, smscOptionsFrom } from '../simulator/options.ts'
import type { SmscOptions } from '../simulator/settings.ts'
import { startSmsc } from '../simulator/smsc.ts'
import { verifyAudit } from '../store/audit.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { runningEmbedded } from '../store/embedded/attach.ts'
import { startEmbedded } from '../store/embedded/start-embedded.ts'
import { migrate } from '../store/migrate.ts'
import { addKey } from '../store/people/keys.ts'
import { migrationsDir } from './paths.ts'
import { readSettings, type Settings } from './settings.ts'
import { stopSignal } from './stop-signal.ts'

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
    .action(makeKey)

  const smsc = program
    .command('smsc')
    .description('run a simulated SMSC: a real SMPP 3.4 server, for carriers, integrators and tests')
  for (const flag of smscFlags) smsc.option(flag.flags, flag.help, flag.default)
  smsc
    .option(
      '--profiles <dir>',
      'instead: one for each carrier profile of the folder, on its port, as the profile expects it',
    )
    .action(runSmsc)
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

async function makeKey({ name, role }: { name: string; role: string }): Promise<void> {
  await withDatabase(async (db) => print(await addKey(db, name, role, 'cli')))
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
  for (const { id, name, throughput, binds, window, links, live } of profiles) {
    const to = links.map(({ host, port }) => `${host}:${port}`).join(', ')
    print(
      `${id}: ${name}; ${throughput}/s over ${binds} binds of window ${window} to ${to}${live ? '' : '; exercises only'}`,
    )
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

async function runSmsc({ profiles, ...flags }: Record<string, unknown>): Promise<void> {
  const options = smscOptionsFrom(flags)
  const stopped = stopSignal()
  const smscs =
    typeof profiles === 'string'
      ? (await loadProfiles(profiles, process.env)).map((profile) => ({
          name: profile.id,
          options: smscFor(profile, options),
        }))
      : [{ name: 'simulated SMSC', options }]
  const running = []
  for (const { name, options } of smscs) {
    const smsc = await startSmsc(options)
    running.push({ name, smsc })
    print(`${name} on ${options.host ?? '127.0.0.1'}:${smsc.port}`)
  }
  await stopped
  for (const { name, smsc } of running) {
    print(`${name} ${JSON.stringify(smsc.stats())}`)
    await smsc.close()
  }
}

/** The other side of a profile: its port, credentials, ids and receipts as the profile expects them. */
function smscFor({ links, systemId, password, receipts }: CarrierProfile, options: SmscOptions): SmscOptions {
  const { idInResponse, idInReceipt, multipart } = receipts
  const port = (links[0] as { port: number }).port
  return {
    ...options,
    port,
    systemId,
    password,
    receipts: { ...options.receipts, idInResponse, idInReceipt, parts: multipart },
  }
}
