import { type ChildProcess, spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../lib/log.ts'
import { type ClusterFiles, postgresFailed } from './cluster.ts'
import { readPidFile } from './orphan.ts'
import type { RunAs } from './run-as.ts'

/** Long enough for the recovery of `max_wal_size` after a power cut on a slow disk. */
const startTimeoutMs = 600_000
const logRotateBytes = 16 * 1024 * 1024

/** Always given on the command line, so that an edited postgresql.conf cannot take durability away. */
const settings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  max_connections: '100',
  // A broadcast's partitions are locked one by one in a query that cannot prune them.
  max_locks_per_transaction: '256',
  // Compiling costs more than it saves on statements of milliseconds.
  jit: 'off',
  random_page_cost: '1.1',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export interface Postmaster {
  pid: number
  /** Resolves when the process is gone, with how it ended. */
  exited: Promise<string>
  hasExited(): boolean
}

/** Starts PostgreSQL on that port and waits until it takes connections (after a crash: until it has recovered). */
export async function startPostmaster(
  files: ClusterFiles,
  runAs: RunAs,
  port: number,
  log: Logger,
): Promise<Postmaster> {
  const logStart = await rotateLog(files.log)
  const child = await launch(files, runAs, port)
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`))
  })
  let ended: string | undefined
  void exited.then((how) => {
    ended = how
  })
  const deadline = performance.now() + startTimeoutMs
  for (let round = 0; ; round++) {
    if (ended !== undefined) throw postgresFailed(ended, await readFrom(files.log, logStart))
    const running = await readPidFile(files.data)
    if (running?.pid === child.pid && running?.ready)
      return { pid: running.pid, exited, hasExited: () => ended !== undefined }
    if (performance.now() > deadline) {
      child.kill('SIGQUIT')
      throw postgresFailed(`not ready after ${startTimeoutMs / 1000} s`, await readFrom(files.log, logStart))
    }
    if (round % 500 === 499)
      log.info({ log: files.log }, 'the embedded PostgreSQL is still starting (recovering after a crash)')
    await delay(20)
  }
}

/**
 * First a smart shutdown, which lets connections that are being closed end by themselves: a fast one tells each that it was terminated, a
 * line of warning for every connection of a clean stop. Whoever is still connected then (psql) is cut off by a fast shutdown: open
 * transactions are rolled back, a checkpoint is written.
 */
export async function stopPostmaster({ pid, exited, hasExited }: Postmaster, log: Logger): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGTERM', 1_000],
    ['SIGINT', 60_000],
    ['SIGQUIT', 10_000],
    ['SIGKILL', 10_000],
  ] as const) {
    // A number is only signalled while it is surely ours.
    if (hasExited()) return
    if (signal === 'SIGQUIT' || signal === 'SIGKILL')
      log.warn(
        { pid, signal },
        'the embedded PostgreSQL does not stop; pressing harder (it recovers at the next start)',
      )
    process.kill(pid, signal)
    const patience = new AbortController()
    const gone = await Promise.race([
      exited.then(() => true),
      delay(patienceMs, false, { signal: patience.signal }).catch(() => false),
    ])
    patience.abort()
    if (gone) return
  }
}

/** Detached, in a session of its own: Ctrl-C reaches us alone, and our drain ends before the database does. */
async function launch(files: ClusterFiles, runAs: RunAs, port: number): Promise<ChildProcess> {
  const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ])
  const { file, args, credentials } = runAs.command(join(runAs.binaries.root, 'bin', 'postgres'), [
    '-D',
    files.data,
    ...options,
  ])
  const output = await open(files.log, 'a', 0o600)
  try {
    const env = { PATH: process.env.PATH, TZ: 'UTC', LC_ALL: 'C' }
    const child = spawn(file, args, {
      ...credentials,
      env,
      cwd: '/',
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
    })
    child.unref()
    return child
  } finally {
    await output.close()
  }
}

/** Keeps one older log; returns the size of the current one, where this run's lines begin. */
async function rotateLog(path: string): Promise<number> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size < logRotateBytes) return size
  await rename(path, `${path}.1`)
  return 0
}

async function readFrom(path: string, start: number): Promise<string> {
  let text = ''
  for await (const chunk of createReadStream(path, { start, encoding: 'utf8' })) text += chunk
  return text === '' ? await readFile(path, 'utf8') : text
}
