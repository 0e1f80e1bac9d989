import type { Zone } from '../../geo/zone.ts'
import { Problem } from '../../lib/problem.ts'
import { type Database, transaction } from '../database.ts'
import { insertZone } from './insert-zone.ts'

/**
 * Keeps the zones of the directory at start. One that was changed without raising its version is left out, and what the database
 * has of it goes on to be used: alerts name it.
 */
export async function registerLibrary(db: Database, zones: readonly Zone[]): Promise<Problem[]> {
  const problems: Problem[] = []
  for (const zone of zones) {
    try {
      await transaction(db.pool, (client) => insertZone(client, zone, 'file'))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      problems.push(error)
    }
  }
  return problems
}
