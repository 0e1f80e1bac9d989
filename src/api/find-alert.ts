import { Problem } from '../lib/problem.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import type { Database } from '../store/database.ts'
import { type BroadcastFacts, broadcastOfAlert } from '../store/reports/broadcast-head.ts'

/** @throws Problem `alert-unknown` (404) */
export async function alertOr404(db: Database, id: string): Promise<AlertRow> {
  const alert = await findAlert(db.pool, id)
  if (alert !== undefined) return alert
  throw unknownAlert()
}

export const unknownAlert = () =>
  new Problem('alert-unknown', 'There is no alert with this id', {
    status: 404,
    hint: 'GET /v1/alerts lists them; the id is not the identifier.',
  })

/** @throws Problem `alert-unknown` (404), `not-launched` (409) */
export async function broadcastOr409(db: Database, alertId: string): Promise<BroadcastFacts> {
  const facts = await broadcastOfAlert(db.pool, alertId)
  if (facts !== undefined) return facts
  const { phase } = await alertOr404(db, alertId)
  throw new Problem('not-launched', `The alert is ${phase} and was not launched`, { status: 409 })
}
