import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, openSync } from 'node:fs'
import { chown, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { migrationsDir } from '../../src/app/paths.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { findBinaries } from '../../src/store/embedded/binaries.ts'
import { chooseRunAs, type RunAs } from '../../src/store/embedded/run-as.ts'
import { migrate } from '../../src/store/migrate.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { freePort } from '../../test/support/free-port.ts'
import type { Rig } from '../rig.ts'

export interface PostgisServer {
  /** Has the engine's own tables as well, by its own migrations. */
  readonly db: Database
  stop(): Promise<void>
}

const user = 'postgis'

/**
 * A server of Debian's with PostGIS, in a folder of this name below the rig's, as the user that the embedded one runs as, and with each
 * setting that the engine gives to its own. Undefined where no such package is installed.
 */
export async function startPostgis({ dir, db, log }: Rig, name: string): Promise<PostgisServer | undefined> {
  const programs = await debianPrograms()
  if (programs === undefined) return undefined
  const files = join(dir, name)
  await mkdir(files, { recursive: true })
  const runAs = await chooseRunAs(await findBinaries(), files, log)
  const password = await prepare(files, programs, runAs)
  const port = await freePort()
  const child = start(files, programs, runAs, { ...(await ownSettings(db)), port: String(port) })
  // PostgreSQL would outlive a bench that throws.
  const kill = () => void child.kill('SIGQUIT')
  process.once('exit', kill)
  const peer = openDatabase(`postgresql://${user}:${password}@127.0.0.1:${port}/postgres`, log)
  const stop = async () => {
    process.off('exit', kill)
    await peer.close()
    await stopChild(child)
  }
  try {
    await answers(peer, child)
    await migrate(peer.url, migrationsDir)
    await ensurePartitions(peer)
    await peer.pool.query('CREATE EXTENSION IF NOT EXISTS postgis')
  } catch (error) {
    await stop()
    throw error
  }
  return { db: peer, stop }
}

/** Where `postgres` and `initdb` of the newest installed version with PostGIS lie. */
async function debianPrograms(): Promise<string | undefined> {
  const root = '/usr/lib/postgresql'
  const versions = (await readdir(root).catch(() => [])).sort((a, b) => Number(b) - Number(a))
  const version = versions.find((name) => existsSync(join(root, name, 'lib', 'postgis-3.so')))
  return version && join(root, version, 'bin')
}

/** Makes the cluster where there is none yet. Returns its password. */
async function prepare(files: string, programs: string, runAs: RunAs): Promise<string> {
  const passwordFile = join(files, 'password')
  const data = join(files, 'data')
  if (existsSync(join(data, 'PG_VERSION'))) return readFile(passwordFile, 'utf8')
  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600 })
  await mkdir(data, { mode: 0o700 })
  if (process.getuid?.() === 0) for (const path of [data, passwordFile]) await chown(path, runAs.uid, runAs.gid)
  const { file, args, credentials } = runAs.command(join(programs, 'initdb'), [
    ...['-D', data, '-U', user, '-E', 'UTF8', '--locale=C.UTF-8'],
    ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`],
  ])
  execFileSync(file, args, { ...credentials, cwd: '/', stdio: ['ignore', 'ignore', 'inherit'] })
  return password
}

/** What the engine gives to its own server; where each listens is its own affair. */
async function ownSettings({ pool }: Database): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE source = 'command line' AND name <> 'port'`,
  )
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

function start(files: string, programs: string, runAs: RunAs, settings: Record<string, string>): ChildProcess {
  const log = openSync(join(files, 'postgres.log'), 'a', 0o600)
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const data = join(files, 'data')
  const { file, args, credentials } = runAs.command(join(programs, 'postgres'), ['-D', data, ...options])
  return spawn(file, args, { ...credentials, cwd: '/', detached: true, stdio: ['ignore', log, log] })
}

async function answers({ pool }: Database, child: ChildProcess): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await pool.query('SELECT 1')
      return
    } catch (error) {
      if (child.exitCode !== null || tries === 600) throw error
      await pause(100)
    }
  }
}

/** A fast shutdown, which writes a checkpoint. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGINT')
  await gone
}
