import type { Client } from '../database.ts'

export interface CarrierRow {
  readonly no: number
  readonly id: string
  readonly pausedAt: Date | null
  /** It stays without a bind, or no profile knows it (any more). */
  readonly down: boolean
}

/** Gives each carrier of the profiles its number, once and for good. Returns all, by id. */
export async function registerCarriers(db: Client, ids: readonly string[]): Promise<Map<string, CarrierRow>> {
  await db.query('INSERT INTO carrier (id) SELECT * FROM unnest($1::text[]) ON CONFLICT DO NOTHING', [ids])
  return carrierRows(db)
}

export async function carrierRows(db: Client): Promise<Map<string, CarrierRow>> {
  const { rows } = await db.query<CarrierRow>('SELECT no, id, paused_at "pausedAt", down FROM carrier')
  return new Map(rows.map((row) => [row.id, row]))
}

/** Returns false where there is no such carrier. */
export async function setPaused(db: Client, id: string, paused: boolean): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE carrier SET paused_at = CASE WHEN $2 THEN coalesce(paused_at, now()) END WHERE id = $1',
    [id, paused],
  )
  return rowCount === 1
}

export async function setDown(db: Client, no: number, down: boolean): Promise<void> {
  await db.query('UPDATE carrier SET down = $2 WHERE no = $1 AND down <> $2', [no, down])
}
