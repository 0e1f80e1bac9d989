import { randomBytes } from 'node:crypto'
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { identifySelf, type ProcessIdentity, processStart } from './process.ts'

/** A lock that was not touched for so many beats belongs to nobody: long enough for an engine that is busy, or paused for a moment. */
const silentBeats = 4

export interface DataDirLock {
  release(): Promise<void>
}

/**
 * Takes the data directory for this process, or throws the Problem `data-dir-in-use` that names the holder. A lock
 * whose holder died, or whose pid now belongs to another process, is taken over. The holder touches its lock every `heartbeatMs`, so that one in
 * another container, whose pids mean nothing here, shows life.
 */
export async function lockDataDir(dataDir: string, log: Logger, heartbeatMs = 2_000): Promise<DataDirLock> {
  const path = join(dataDir, 'engine.lock')
  const own = JSON.stringify(identifySelf())
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await create(path, own)) return hold(path, own, log, heartbeatMs)
    const found = await readFile(path, 'utf8').catch(() => undefined)
    if (found === undefined) continue
    const holder = parse(found)
    if (holder !== undefined && (await isAlive(holder, path, log, silentBeats * heartbeatMs)))
      throw inUse(dataDir, holder)
    await removeStale(path, found)
    log.warn({ dataDir, holder: holder?.pid }, 'took over the data directory from an engine that died')
  }
  throw new Problem('data-dir-in-use', `Several engines are starting on the data directory ${dataDir} at once`, {
    status: 503,
    hint: 'Start one engine on each data directory.',
  })
}

/** Creates the lock whole or not at all: a reader never sees half of one. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  await writeFile(draft, content, { mode: 0o600 })
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/** Removes the lock that was judged stale; one that another engine made in the meantime is put back. */
async function removeStale(path: string, judged: string): Promise<void> {
  const aside = `${path}.stale-${process.pid}-${randomBytes(4).toString('hex')}`
  try {
    await rename(path, aside)
  } catch {
    return
  }
  if ((await readFile(aside, 'utf8')) !== judged) await link(aside, path).catch(() => undefined)
  await rm(aside, { force: true })
}

async function isAlive(holder: ProcessIdentity, path: string, log: Logger, observeMs: number): Promise<boolean> {
  const self = identifySelf()
  if (holder.bootId === self.bootId && holder.pidNamespace === self.pidNamespace) {
    return processStart(holder.pid) === holder.startedAt
  }
  // The same machine after a reboot: nothing of before is alive.
  if (holder.hostname === self.hostname && holder.bootId !== self.bootId) return false
  log.info(
    { holder: holder.hostname },
    `the data directory was last held in another container or machine; watching it for ${observeMs / 1000} s`,
  )
  const before = (await stat(path)).mtimeMs
  await delay(observeMs)
  const after = await stat(path).catch(() => undefined)
  return after !== undefined && after.mtimeMs !== before
}

function hold(path: string, own: string, log: Logger, heartbeatMs: number): DataDirLock {
  const timer = setInterval(async () => {
    const now = new Date()
    await utimes(path, now, now).catch((error: unknown) =>
      log.error({ err: error }, 'cannot touch the lock of the data directory'),
    )
  }, heartbeatMs)
  timer.unref()
  return {
    release: async () => {
      clearInterval(timer)
      if ((await readFile(path, 'utf8').catch(() => undefined)) === own) await rm(path, { force: true })
    },
  }
}

function parse(content: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(content) as ProcessIdentity
  } catch {
    return undefined
  }
}

function inUse(dataDir: string, holder: ProcessIdentity): Problem {
  const elsewhere = holder.hostname === identifySelf().hostname ? '' : ` on ${holder.hostname}`
  return new Problem(
    'data-dir-in-use',
    `Another engine (pid ${holder.pid}${elsewhere}) is running on the data directory ${dataDir}`,
    {
      status: 503,
      hint: 'Stop that one first, or give this one its own BONGSU_DATA_DIR. To run several engines on the same data, use one PostgreSQL server and set DATABASE_URL.',
    },
  )
}
