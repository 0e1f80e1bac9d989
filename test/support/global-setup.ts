import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { createLogger } from '../../src/lib/log.ts'
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { build } from './built.ts'
import { findChromium, findOrInstall } from './program.ts'
import { type RedisServer, startRedis } from './redis.ts'
import { watchOver } from './watchdog.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The run's temporary folder; a PostgreSQL below it is stopped even if the run is killed. */
    runDir: string
    /** The run's PostgreSQL, as its superuser. */
    postgresUrl: string
    /** The run's Redis, and the program to start others; undefined where there is none to be had. */
    redisUrl: string | undefined
    redisProgram: string | undefined
    /** The package as JavaScript, for `builtFile`. */
    builtDir: string
    /** A browser for the tests of the console. Found here, because two files that install at once would fail at apt's lock. */
    chromiumProgram: string | undefined
  }
}

/** One PostgreSQL with a migrated template database and one Redis for the whole run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-test-'))
  // mkdtemp makes it 0700; PostgreSQL runs as another user where we are root.
  await chmod(dir, 0o755)
  const watchdog = watchOver(dir)
  const database = await startEmbedded({ dataDir: `${dir}/data`, log: createLogger('error') })
  const redisProgram = findOrInstall('redis-server', 'redis-server')
  const chromiumProgram = findChromium()
  let redis: RedisServer | undefined
  const teardown = async () => {
    await Promise.all([database.stop(), redis?.stop()])
    watchdog.dismiss()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    if (redisProgram !== undefined) redis = await startRedis(redisProgram)
    // Both are over before the folder in which they write is removed.
    const [built, made] = await Promise.allSettled([build(dir), makeTemplate(database.url)])
    if (made.status === 'rejected') throw made.reason
    if (built.status === 'rejected') throw built.reason
    project.provide('builtDir', built.value)
    // `vitest --watch`: processes that tests start are of the sources as they are then.
    project.onTestsRerun(async () => {
      await build(dir)
    })
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('runDir', dir)
  project.provide('postgresUrl', database.url)
  project.provide('redisUrl', redis?.url)
  project.provide('redisProgram', redisProgram)
  project.provide('chromiumProgram', chromiumProgram)
  return teardown
}

async function makeTemplate(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('create database bongsu_template')
  await client.end()
  const template = new URL(url)
  template.pathname = '/bongsu_template'
  await migrate(template.href, new URL('../../migrations', import.meta.url).pathname)
}
