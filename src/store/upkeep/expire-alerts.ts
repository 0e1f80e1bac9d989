import { Problem } from '../../lib/problem.ts'
import { transition } from '../alerts/transition.ts'
import { type Database, transaction } from '../database.ts'

/**
 * Ends the live alerts whose time is up; returns their ids. Their queued messages are withdrawn by the dispatcher; late entrants
 * end here. What another process or an all-clear has ended meanwhile is left alone.
 */
export async function expireAlerts(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `SELECT id FROM alert WHERE phase = 'live' AND expires <= now() ORDER BY expires`,
  )
  const ended: string[] = []
  for (const { id } of rows) {
    try {
      await transaction(db.pool, (client) => transition(client, id, 'expire', 'engine'))
      ended.push(id)
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'wrong-phase')) throw error
    }
  }
  return ended
}
