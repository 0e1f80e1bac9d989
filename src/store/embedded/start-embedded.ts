import { access, constants, mkdir, realpath } from 'node:fs/promises'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { findBinaries } from './binaries.ts'
import { type ClusterFiles, clusterFiles, databaseUser, prepareCluster } from './cluster.ts'
import { lockDataDir } from './data-dir-lock.ts'
import { stopOrphan } from './orphan.ts'
import { type Postmaster, startPostmaster, stopPostmaster } from './postmaster.ts'
import { chooseRunAs, type RunAs } from './run-as.ts'

export interface EmbeddedDatabase {
  /** `postgresql://…` with the password in it: not for logs. Stays the same until `stop`. */
  url: string
  /** Resolves when PostgreSQL is gone and the data directory is free. */
  stop(): Promise<void>
}

/**
 * Starts a PostgreSQL 18 of our own in `dataDir`, on a free port of 127.0.0.1, with every setting of durability on. It
 * outlives a kill of this process; the next start on the same directory stops it and goes on with its data. Should it
 * die by itself, it is started again on the same port.
 *
 * Throws a Problem: `data-dir-in-use`, `data-dir-unusable`, `embedded-postgres-…` or `disk-full`.
 */
export async function startEmbedded({ dataDir, log }: { dataDir: string; log: Logger }): Promise<EmbeddedDatabase> {
  const binaries = await findBinaries()
  const dir = await makeDataDir(dataDir)
  const files = clusterFiles(dir)
  const lock = await lockDataDir(dir, log)
  try {
    await mkdir(files.dir, { recursive: true })
    const runAs = await chooseRunAs(binaries, files.dir, log)
    await stopOrphan(files.data, log)
    const password = await prepareCluster(files, runAs)
    const { postmaster, port } = await startOnFreePort(files, runAs, log)
    const url = (database: string) => `postgresql://${databaseUser}:${password}@127.0.0.1:${port}/${database}`
    await ensureDatabase(url('postgres')).catch(async (error: unknown) => {
      await stopPostmaster(postmaster, log)
      throw error
    })
    const keeper = keepAlive(postmaster, () => startPostmaster(files, runAs, port, log), log)
    log.info({ data: files.data, port, runAs: runAs.who, postgres: postmaster.pid }, 'embedded PostgreSQL is running')
    return {
      url: url(databaseUser),
      stop: async () => {
        await keeper.stop()
        await lock.release()
      },
    }
  } catch (error) {
    await lock.release()
    throw error
  }
}

async function makeDataDir(dataDir: string): Promise<string> {
  const path = resolve(dataDir)
  try {
    await mkdir(path, { recursive: true })
    await access(path, constants.W_OK | constants.X_OK)
    return await realpath(path)
  } catch (error) {
    throw unusable(path, error)
  }
}

function unusable(path: string, cause: unknown): Problem {
  return new Problem('data-dir-unusable', `Cannot use the data directory ${path}: ${(cause as Error).message}`, {
    status: 500,
    hint: 'Set BONGSU_DATA_DIR to a folder that the engine may write.',
    cause,
  })
}

/** Between our look at a free port and PostgreSQL's bind another process may take it: then the next one. */
async function startOnFreePort(
  files: ClusterFiles,
  runAs: RunAs,
  log: Logger,
): Promise<{ postmaster: Postmaster; port: number }> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort()
    try {
      return { postmaster: await startPostmaster(files, runAs, port, log), port }
    } catch (error) {
      if (attempt === 5 || !(error instanceof Problem) || !error.message.includes('Address already in use')) throw error
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [databaseUser])
    if (rowCount === 0) await client.query(`create database ${databaseUser}`)
  } catch (error) {
    if ((error as { code?: string }).code !== '28P01') throw error
    throw new Problem(
      'embedded-postgres-password',
      'The embedded database does not take the password in its data directory',
      {
        status: 500,
        hint: 'The file postgres/password was changed: restore the one that belongs to this data.',
      },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Starts PostgreSQL again when it dies without being told to, at first at once, then every 5 s. */
function keepAlive(first: Postmaster, restart: () => Promise<Postmaster>, log: Logger): { stop(): Promise<void> } {
  let current: Postmaster = first
  let stopping = false
  const stopped = new AbortController()
  const watching = (async () => {
    while (!stopping) {
      const how = await current.exited
      if (stopping) return
      log.error({ how }, 'the embedded PostgreSQL died; starting it again')
      for (let pauseMs = 100; !stopping; pauseMs = Math.min(pauseMs * 2, 5_000)) {
        try {
          current = await restart()
          break
        } catch (error) {
          // Its orphaned backends hold the shared memory for a moment after the postmaster was killed.
          log.error({ err: error }, 'the embedded PostgreSQL cannot be started again yet')
          await delay(pauseMs, undefined, { signal: stopped.signal, ref: false }).catch(() => undefined)
        }
      }
    }
  })()
  return {
    stop: async () => {
      stopping = true
      stopped.abort()
      await stopPostmaster(current, log)
      // A restart that was under way has ended by then, perhaps with a new process.
      await watching
      await stopPostmaster(current, log)
    },
  }
}
