import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { afterActionReport } from '../../reporting/after-action.ts'
import { renderReport } from '../../reporting/render-report.ts'
import { addKey } from '../../store/people/keys.ts'
import { type Engine, roles, startEngine } from '../engine.ts'
import { readSettings, type Settings } from '../settings.ts'
import { stopSignal } from '../stop-signal.ts'
import { carrierLines } from './carrier-lines.ts'
import { startDemoCarriers } from './carriers.ts'
import { castOf } from './cast.ts'
import { claimDemoDatabase, dropRedisKeys, markDemoDatabase } from './database.ts'
import type { SimulatedCarriers } from './smscs.ts'
import { earthquake, entries } from './story.ts'
import { segmentCounts, summarise, whatFails } from './summary.ts'
import { View } from './view.ts'
import { makeWorld } from './world.ts'

export interface DemoFlags {
  readonly exit?: true
  readonly json?: true
  readonly people: string
  readonly seed: string
}

/** `bongsu demo`: starts everything, plays the story, checks the books, and leaves nothing behind. */
export async function runDemo(flags: DemoFlags): Promise<void> {
  const people = wholeNumber(flags.people, '--people', 100, 2_000_000)
  const seed = wholeNumber(flags.seed, '--seed', 0, 2 ** 31)
  const settings = readSettings(process.env)
  const log = createLogger(process.env.BONGSU_LOG_LEVEL === undefined ? 'error' : settings.logLevel)
  const stopped = stopSignal()
  if (settings.databaseUrl !== undefined) await claimDemoDatabase(settings.databaseUrl)
  const dataDir = await mkdtemp(join(tmpdir(), 'bongsu-demo-'))
  const queuePrefix = `bongsu_demo_${process.pid}`
  const { profiles, smscs } = await startDemoCarriers(seed)
  try {
    const port = process.env.BONGSU_PORT === undefined ? 0 : settings.port
    const queues = settings.redisUrl === undefined ? {} : { queuePrefix }
    const engine = await startEngine({ ...settings, ...queues, port, dataDir, profiles, roles, log })
    try {
      await engine.db.pool.query(markDemoDatabase)
      const told = tell(engine, smscs, { flags, people, seed, settings })
      // What is still asked of an engine that stops fails; that is nobody's concern then.
      told.catch(() => undefined)
      const failures = await Promise.race([told, stopped.then(() => undefined)])
      if (failures === undefined) return
      if (failures.length > 0) throw new Problem('demo-failed', `the demo's books do not hold: ${failures.join('; ')}`)
      if (!flags.exit) {
        const key = await addKey(engine.db, 'visitor', 'viewer', 'demo')
        process.stderr.write(
          `The engine goes on at ${engine.url}/docs; Ctrl-C ends it. A key to look around with: ${key}\n`,
        )
        await stopped
      }
    } finally {
      await engine.stop()
    }
  } finally {
    // A signal to the whole group may have ended them already.
    await smscs.close().catch(() => undefined)
    if (settings.redisUrl !== undefined) await dropRedisKeys(settings.redisUrl, queuePrefix)
    await rm(dataDir, { recursive: true, force: true })
  }
}

interface Setting {
  readonly flags: DemoFlags
  readonly people: number
  readonly seed: number
  readonly settings: Settings
}

/** The story, the report and the summary. Returns what of the books does not hold. */
async function tell(
  engine: Engine,
  smscs: SimulatedCarriers,
  { flags, people, seed, settings }: Setting,
): Promise<string[]> {
  const view = new View({ out: process.stdout, carriers: () => carrierLines(engine) })
  const database = settings.databaseUrl === undefined ? 'embedded PostgreSQL' : 'PostgreSQL at DATABASE_URL'
  const queue = settings.redisUrl === undefined ? 'PostgreSQL' : 'Redis'
  view.say(
    `engine at ${engine.url} on ${database}, queue on ${queue}; SMSCs on ports ${Object.values(smscs.ports).join(', ')}`,
  )
  const stage = { engine, cast: await castOf(engine), smscs, world: makeWorld(people, seed), view, seed }
  await entries(stage)
  const { alertIds } = await earthquake(stage)
  // Receipts of submissions whose responses were cut off are matched by number, some seconds after they came.
  await view.until('books', 30_000, async () => {
    const { submitted, acceptedBySmscs } = await segmentCounts(engine.db, smscs)
    return submitted >= acceptedBySmscs
  })
  const summary = await summarise(engine, smscs, alertIds)
  const { notifications, sent, suppressed } = summary.entryTexts
  const { submitted, acceptedBySmscs } = summary.segments
  print(`\n${renderReport(await afterActionReport(engine.db, alertIds[0] as string, { exact: true }))}`)
  print(`Entry texts: ${notifications} notifications, ${sent} texts, suppressed ${JSON.stringify(suppressed)}`)
  print(`Segments: ${submitted} submitted, ${acceptedBySmscs} accepted by the simulated SMSCs`)
  if (flags.json) print(JSON.stringify(summary))
  return whatFails(engine, summary)
}

const print = (line: string) => void process.stdout.write(`${line}\n`)

function wholeNumber(text: string, where: string, from: number, to: number): number {
  const n = Number(text)
  if (Number.isInteger(n) && n >= from && n <= to) return n
  throw new Problem('bad-number', `"${text}" is not a whole number from ${from} to ${to}`, { where })
}
