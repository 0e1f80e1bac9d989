import type { Client } from '../database.ts'

export interface AuditView {
  readonly id: number
  readonly at: Date
  readonly actor: string
  readonly act: string
  readonly subject: string
  readonly detail: Readonly<Record<string, unknown>>
}

const columns = 'id, at, actor, act, subject, detail'

/** What was done to the given alerts, in order. */
export async function auditOfAlerts(db: Client, alertIds: readonly string[]): Promise<AuditView[]> {
  const { rows } = await db.query<AuditView>(`SELECT ${columns} FROM audit WHERE subject = ANY ($1) ORDER BY id`, [
    alertIds.map((id) => `alert:${id}`),
  ])
  return rows
}

/** The log from after an entry, oldest first, with the hashes in hex: who keeps the last one elsewhere can tell that none was cut off. */
export async function auditAfter(
  db: Client,
  afterId: number,
  limit: number,
): Promise<(AuditView & { previous: string; hash: string })[]> {
  const { rows } = await db.query<AuditView & { previous: string; hash: string }>(
    `SELECT ${columns}, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash
       FROM audit WHERE id > $1 ORDER BY id LIMIT $2`,
    [afterId, limit],
  )
  return rows
}
