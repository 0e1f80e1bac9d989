import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { commandLine, processStart } from './process.ts'

export interface PidFile {
  pid: number
  ready: boolean
}

/** Reads `postmaster.pid`: line 1 is the pid, line 8 the state (PostgreSQL source, utils/pidfile.h). */
export async function readPidFile(data: string): Promise<PidFile | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => undefined)
  const lines = text?.split('\n')
  const pid = Number(lines?.[0])
  return lines === undefined || !Number.isInteger(pid) || pid <= 0
    ? undefined
    : { pid, ready: lines[7]?.trim() === 'ready' }
}

/**
 * Stops the PostgreSQL that a killed engine left behind, and clears away a pid file whose number meanwhile belongs to
 * another process: PostgreSQL itself would refuse to start for it, for ever in a container, where small numbers return.
 * Only to be called under the lock of the data directory.
 */
export async function stopOrphan(data: string, log: Logger): Promise<void> {
  const found = await readPidFile(data)
  if (found === undefined) return
  if (!isPostmasterOf(found.pid, data)) {
    await rm(join(data, 'postmaster.pid'), { force: true })
    return
  }
  log.warn({ postgres: found.pid }, 'stopping the PostgreSQL that an earlier engine left behind')
  const started = processStart(found.pid)
  for (const [signal, patienceMs] of [
    ['SIGINT', 60_000],
    ['SIGQUIT', 10_000],
  ] as const) {
    kill(found.pid, signal, data)
    for (let waited = 0; waited < patienceMs; waited += 20) {
      if (processStart(found.pid) !== started) return
      await delay(20)
    }
  }
  throw inTheWay(found.pid, data)
}

function isPostmasterOf(pid: number, data: string): boolean {
  const command = commandLine(pid)
  return command?.includes('postgres') === true && command.includes(`-D ${data} `)
}

function kill(pid: number, signal: NodeJS.Signals, data: string): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') throw inTheWay(pid, data)
  }
}

function inTheWay(pid: number, data: string): Problem {
  return new Problem(
    'embedded-postgres-running',
    `A PostgreSQL (pid ${pid}) that this engine cannot stop is running on ${data}`,
    {
      status: 503,
      hint: `Stop it with: kill -INT ${pid}`,
    },
  )
}
