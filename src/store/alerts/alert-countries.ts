import type { Alert } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import type { Client } from '../database.ts'

export interface Unreckoned {
  readonly id: string
  readonly chainId: string
  readonly msgType: string
  readonly document: Alert
  readonly rules: AlertRules
  readonly digest: string
}

const columns = 'id, chain_id "chainId", msg_type "msgType", document, rules, digest'

/** Alerts of which nobody has reckoned yet what countries they touch, the newest first. */
export async function withoutCountries(db: Client, limit: number): Promise<Unreckoned[]> {
  const { rows } = await db.query<Unreckoned>(
    `SELECT ${columns} FROM alert WHERE countries IS NULL ORDER BY created_at DESC LIMIT $1`,
    [limit],
  )
  return rows
}

/** Keeps them, unless the alert was changed meanwhile. */
export async function noteCountries(
  db: Client,
  { id, digest }: Pick<Unreckoned, 'id' | 'digest'>,
  countries: readonly string[],
): Promise<void> {
  await db.query('UPDATE alert SET countries = $3 WHERE id = $1 AND digest = $2', [id, digest, countries])
}
