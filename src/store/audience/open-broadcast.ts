import type { Client } from '../database.ts'
import { ensureMessagePartitions } from '../partitions.ts'

export interface NewBroadcast {
  readonly alertId: string | null
  /** Of entry texts: the UTC day, `2026-11-21`. */
  readonly day: string | null
  readonly lane: number
  readonly state: 'selecting' | 'sending'
  readonly exercise: boolean
  readonly resend: boolean
  readonly digest: string | null
  readonly expires: Date | null
  readonly validityMs: number | null
  readonly texts: readonly { readonly key: string; readonly language: string; readonly text: string }[]
}

/** Makes a broadcast with its texts, numbered from 1 in the given order. Call it in a transaction. Returns its id. */
export async function openBroadcast(client: Client, b: NewBroadcast): Promise<number> {
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO broadcast_month (month, next) VALUES (to_char(now() AT TIME ZONE 'UTC', 'YYYYMM')::int, 2)
     ON CONFLICT (month) DO UPDATE SET next = broadcast_month.next + 1
     RETURNING month::bigint * 1000000 + next - 1 AS id`,
  )
  const { id } = rows[0] as { id: number }
  await ensureMessagePartitions(client, [Math.floor(id / 1_000_000)])
  await client.query(
    `INSERT INTO broadcast (id, alert_id, day, lane, state, exercise, resend, digest, expires, validity_ms)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [id, b.alertId, b.day, b.lane, b.state, b.exercise, b.resend, b.digest, b.expires, b.validityMs],
  )
  for (const [i, { key, language, text }] of b.texts.entries()) {
    await client.query(
      'INSERT INTO broadcast_text (broadcast_id, variant, key, language, text) VALUES ($1, $2, $3, $4, $5)',
      [id, i + 1, key, language, text],
    )
  }
  return id
}
