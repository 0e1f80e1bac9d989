import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createLogger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { afterActionReport } from '../../reporting/after-action.ts'
import { renderReport } from '../../reporting/render-report.ts'
import { roles, startEngine } from '../engine.ts'
import { stopSignal } from '../serve.ts'
import { readSettings } from '../settings.ts'
import { carrierLines } from './carrier-lines.ts'
import { startDemoCarriers } from './carriers.ts'
import { castOf } from './cast.ts'
import { claimDemoDatabase, dropRedisKeys, markDemoDatabase } from './database.ts'
import { earthquake, entries } from './story.ts'
import { segmentCounts, summarise, whatFails } from './summary.ts'
import { View } from './view.ts'
import { makeWorld } from './world.ts'

interface DemoFlags {
  readonly exit?: true
  readonly json?: true
  readonly people: string
  readonly seed: string
}

export function registerDemo(program: Command): void {
  program
    .command('demo')
    .description('the whole story on real geography, against simulated carriers')
    .option('--people <n>', 'residents and travellers together', '50000')
    .option('--seed <n>', 'the same seed gives the same people', '2024')
    .option('--exit', 'end when the story is over')
    .option('--json', 'end standard output with one line of JSON')
    .action(demo)
}

async function demo(flags: DemoFlags): Promise<void> {
  const people = wholeNumber(flags.people, '--people', 100, 2_000_000)
  const seed = wholeNumber(flags.seed, '--seed', 0, 2 ** 31)
  const settings = readSettings(process.env)
  const log = createLogger(process.env.BONGSU_LOG_LEVEL === undefined ? 'error' : settings.logLevel)
  // With --json standard output is for the summary's reader; the story still goes there, in lines before it.
  const dataDir = await mkdtemp(join(tmpdir(), 'bongsu-demo-'))
  if (settings.databaseUrl !== undefined) await claimDemoDatabase(settings.databaseUrl)
  const { profiles, smscs } = await startDemoCarriers(seed)
  const queuePrefix = settings.redisUrl === undefined ? undefined : `bongsu_demo_${process.pid}`
  try {
    const engine = await startEngine({
      ...settings,
      port: process.env.BONGSU_PORT === undefined ? 0 : settings.port,
      geofencesDir: settings.geofencesDir,
      dataDir,
      profiles,
      roles,
      log,
      ...(queuePrefix === undefined ? {} : { queuePrefix }),
    })
    try {
      await engine.db.pool.query(markDemoDatabase)
      const view = new View({ out: process.stdout, carriers: () => carrierLines(engine) })
      view.say(
        `engine at ${engine.url}, ${settings.databaseUrl === undefined ? 'embedded PostgreSQL' : 'DATABASE_URL'}, queue on ${settings.redisUrl === undefined ? 'PostgreSQL' : 'Redis'}; SMSCs on ports ${Object.values(smscs.ports).join(', ')}`,
      )
      const stage = { engine, cast: await castOf(engine), smscs, world: makeWorld(people, seed), view, seed }
      await entries(stage)
      const { alertIds } = await earthquake(stage)
      await view.until('books', 30_000, async () => {
        const { submitted, acceptedBySmscs } = await segmentCounts(engine.db, smscs)
        return submitted >= acceptedBySmscs
      })
      const summary = await summarise(engine, smscs, alertIds)
      const failures = await whatFails(engine, summary)
      process.stdout.write(`\n${renderReport(await afterActionReport(engine.db, alertIds[0] as string))}\n`)
      const { sent, notifications, suppressed } = summary.entryTexts
      process.stdout.write(
        `Entry texts: ${notifications} notifications, ${sent} texts, suppressed ${JSON.stringify(suppressed)}\n`,
      )
      process.stdout.write(
        `Segments: ${summary.segments.submitted} submitted, ${summary.segments.acceptedBySmscs} accepted by the simulated SMSCs\n`,
      )
      if (flags.json) process.stdout.write(`${JSON.stringify(summary)}\n`)
      if (!flags.exit) {
        process.stdout.write(`\nThe engine goes on at ${engine.url}/docs; Ctrl-C ends it.\n`)
        await stopSignal()
      }
      if (failures.length > 0) throw new Problem('demo-failed', `the demo's books do not hold: ${failures.join('; ')}`)
    } finally {
      await engine.stop()
    }
  } finally {
    await smscs.close()
    if (settings.redisUrl !== undefined && queuePrefix !== undefined)
      await dropRedisKeys(settings.redisUrl, queuePrefix)
    await rm(dataDir, { recursive: true, force: true })
  }
}

function wholeNumber(text: string, where: string, from: number, to: number): number {
  const n = Number(text)
  if (Number.isInteger(n) && n >= from && n <= to) return n
  throw new Problem('bad-number', `"${text}" is not a whole number from ${from} to ${to}`, { where })
}
