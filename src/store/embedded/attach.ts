import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { clusterFiles, databaseUser } from './cluster.ts'

/**
 * The URL of the embedded PostgreSQL that a running engine has on this data directory, for commands beside it; undefined where
 * none is running. Whoever may read the password file may use it: the engine's own user, and root.
 */
export async function runningEmbedded(dataDir: string): Promise<string | undefined> {
  const files = clusterFiles(resolve(dataDir))
  // Lines 1, 4 and 8 of postmaster.pid: pid, port, state (PostgreSQL source, utils/pidfile.h).
  const pidFile = await readFile(join(files.data, 'postmaster.pid'), 'utf8').catch(() => undefined)
  const password = await readFile(files.password, 'utf8').catch(() => undefined)
  const lines = pidFile?.split('\n') ?? []
  if (password === undefined || lines[7]?.trim() !== 'ready') return undefined
  return `postgresql://${databaseUser}:${password.trim()}@127.0.0.1:${Number(lines[3])}/${databaseUser}`
}
