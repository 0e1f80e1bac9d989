import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'

/** A restart of PostgreSQL takes seconds; after a crash the recovery may take most of this. */
const patienceMs = 60_000
const againMs = 1000

/** SQLSTATE of a server that ends us because it stops (57P01, 57P02), or takes nobody because it stops or starts (57P03). */
const restartCodes = new Set(['57P01', '57P02', '57P03'])

/**
 * Does the first work on a database, again and again while PostgreSQL is being restarted, for up to a minute: a machine that comes up
 * starts both at once. Every other error is thrown as it comes; that nobody listens is one, unless the server said before that it
 * is being restarted.
 */
export async function whenUp<T>(work: () => Promise<T>, log: Logger): Promise<T> {
  const giveUpAt = performance.now() + patienceMs
  let restarting = false
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const { message, code, cause } = error as { message: string; code?: string; cause?: { code?: string } }
      const said = cause?.code ?? code ?? ''
      restarting ||= restartCodes.has(said)
      const away = restartCodes.has(said) || (restarting && isUnreachable(error, said))
      if (!away || performance.now() >= giveUpAt) throw error
      log.warn({ err: message }, 'the database is being restarted; waiting for it')
      await pause(againMs)
    }
  }
}

/** Nobody listens: no server said why. An SQLSTATE of the server begins with a digit where it refuses us. */
const isUnreachable = (error: unknown, said: string) =>
  error instanceof Problem && error.code === 'database-unreachable' && !/^\d/.test(said)
