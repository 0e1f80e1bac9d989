import { Problem } from '../../lib/problem.ts'
import { type Database, transaction } from '../database.ts'
import { found, noteAct, type Webhook, webhookOr404 } from './webhooks.ts'

/**
 * From now on another secret signs what an address is told, and the one before it too for `overlapS`; 0: it is void at once.
 * @throws Problem `webhook-unknown` (404), `rotation-under-way` (409): a third secret while two overlap would end the older one, which
 * may be the only one that the address has
 */
export async function rotateSecret(
  db: Database,
  id: string,
  sealed: Buffer,
  overlapS: number,
  person: string,
): Promise<Webhook> {
  return transaction(db.pool, async (client) => {
    const { rows } = await client.query<{ url: string; until: Date | null }>(
      `SELECT url, CASE WHEN old_until > now() THEN old_until END until FROM webhook
        WHERE id = $1 AND ended_at IS NULL FOR UPDATE`,
      [id],
    )
    const { url, until } = found(rows)
    if (until !== null && overlapS > 0) {
      throw new Problem('rotation-under-way', `Until ${until.toISOString()} the secret before this one signs too`, {
        status: 409,
        hint: 'Wait for that; or, where a secret has leaked, ask for an overlap of 0s: then all but the new one are void at once.',
      })
    }
    await client.query(
      `UPDATE webhook SET secret = $2, old_secret = CASE WHEN $3::float8 > 0 THEN secret END,
              old_until = CASE WHEN $3::float8 > 0 THEN now() + make_interval(secs => $3::float8) END WHERE id = $1`,
      [id, sealed, overlapS],
    )
    await noteAct(client, 'webhook.rotate', id, url, person, { overlapS })
    return webhookOr404(client, id)
  })
}
