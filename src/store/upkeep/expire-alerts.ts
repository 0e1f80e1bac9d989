import { transition } from '../alerts/transition.ts'
import { type Database, transaction } from '../database.ts'

/** Ends the live alerts whose time is up. Their queued messages are withdrawn by the dispatcher; late entrants end here. */
export async function expireAlerts(db: Database): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(`SELECT id FROM alert WHERE phase = 'live' AND expires <= now()`)
  for (const { id } of rows) await transaction(db.pool, (client) => transition(client, id, 'expire', 'engine'))
  return rows.map((row) => row.id)
}
