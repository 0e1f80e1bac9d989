import type { Client } from '../database.ts'

/** A text as it is shown: the head of its parts, and all parts that came, in their order. */
export interface InboxText {
  readonly id: number
  readonly receivedAt: Date
  readonly carrier: string | null
  readonly kind: string
  readonly source: string
  readonly destination: string
  readonly parts: number
  readonly word: string | null
  readonly mission: string | null
  readonly broadcastId: number | null
  readonly alertId: string | null
  readonly seq: number | null
  readonly handledAt: Date | null
  readonly handledBy: string | null
  readonly received: readonly InboxPart[]
}

export interface InboxPart {
  readonly part: number
  readonly coding: string | null
  readonly headerOctets: number
  readonly raw: Buffer
}

export interface InboxFilter {
  /** null: texts that are nobody's mission's. */
  readonly mission?: string | null
  /** Of mission staff: texts of these alone. null: of all, also of none. */
  readonly seen: readonly string[] | null
  readonly unhandled: boolean
  readonly since?: Date
}

type Head = Omit<InboxText, 'received'>

const columns = `t.id, t.received_at "receivedAt", c.id AS carrier, t.kind, t.source, t.destination, t.parts, t.word, t.mission,
  t.broadcast_id "broadcastId", b.alert_id "alertId", t.seq, t.handled_at "handledAt", t.handled_by "handledBy"`
const joins = 'inbox_text t LEFT JOIN carrier c ON c.no = t.carrier_no LEFT JOIN broadcast b ON b.id = t.broadcast_id'

/** The texts from after an id, the oldest first. */
export async function inboxPage(
  db: Client,
  { mission, seen, unhandled, since }: InboxFilter,
  afterId: number,
  limit: number,
): Promise<InboxText[]> {
  const conditions = ['t.head_id = t.id', 't.id > $1']
  const values: unknown[] = [afterId, limit]
  if (mission === null) conditions.push('t.mission IS NULL')
  else if (mission !== undefined) conditions.push(`t.mission = $${values.push(mission)}`)
  if (seen !== null) conditions.push(`t.mission = ANY ($${values.push(seen)}::text[])`)
  if (unhandled) conditions.push('t.handled_at IS NULL')
  if (since !== undefined) conditions.push(`t.received_at >= $${values.push(since.toISOString())}`)
  const { rows } = await db.query<Head>(
    `SELECT ${columns} FROM ${joins} WHERE ${conditions.join(' AND ')} ORDER BY t.id LIMIT $2`,
    values,
  )
  return withParts(db, rows)
}

/** @param seen missions; null: all */
export async function findText(db: Client, id: number, seen: readonly string[] | null): Promise<InboxText | undefined> {
  const { rows } = await db.query<Head>(
    `SELECT ${columns} FROM ${joins}
      WHERE t.id = $1 AND t.head_id = t.id AND ($2::text[] IS NULL OR t.mission = ANY ($2::text[]))`,
    [id, seen],
  )
  return (await withParts(db, rows))[0]
}

/** Returns false where somebody has handled it already, or there is no such text. */
export async function markHandled(db: Client, id: number, person: string): Promise<boolean> {
  const { rowCount } = await db.query(
    'UPDATE inbox_text SET handled_at = now(), handled_by = $2 WHERE id = $1 AND head_id = id AND handled_at IS NULL',
    [id, person],
  )
  return rowCount === 1
}

async function withParts(db: Client, heads: readonly Head[]): Promise<InboxText[]> {
  if (heads.length === 0) return []
  const ids = heads.map((head) => head.id)
  const { rows } = await db.query<InboxPart & { headId: number }>(
    `SELECT head_id "headId", part, coding, header_octets "headerOctets", raw FROM inbox_text WHERE id = ANY ($1::bigint[])
     UNION ALL
     SELECT head_id, part, coding, header_octets, raw FROM inbox_text WHERE head_id = ANY ($1::bigint[]) AND head_id <> id
     ORDER BY 1, 2`,
    [ids],
  )
  return heads.map((head) => ({ ...head, received: rows.filter((row) => row.headId === head.id) }))
}
