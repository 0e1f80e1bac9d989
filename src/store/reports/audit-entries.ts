import { maskMsisdn } from '../../lib/mask.ts'
import type { Client } from '../database.ts'
import { recognise } from '../pseudonyms.ts'

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
export function auditOfAlerts(db: Client, alertIds: readonly string[]): Promise<AuditView[]> {
  return auditOfSubjects(
    db,
    alertIds.map((id) => `alert:${id}`),
  )
}

/** What stands before the anchor is no part of the log any more, and `verifyAudit` does not look at it. */
const kept = 'id > coalesce((SELECT upto FROM audit_anchor), id - 1)'

/** What was done to subjects as they stand in the log, in order. */
export async function auditOfSubjects(db: Client, subjects: readonly string[]): Promise<AuditView[]> {
  const { rows } = await db.query<AuditView>(
    `SELECT ${columns} FROM audit WHERE subject = ANY ($1) AND ${kept} ORDER BY id`,
    [subjects],
  )
  return named(db, rows)
}

/** What actors, as they stand in the log, did, in order. */
export async function auditOfActors(db: Client, actors: readonly string[]): Promise<AuditView[]> {
  const { rows } = await db.query<AuditView>(
    `SELECT ${columns} FROM audit WHERE actor = ANY ($1) AND ${kept} ORDER BY id`,
    [actors],
  )
  return named(db, rows)
}

/** The log from after an entry, oldest first, with the hashes in hex: who keeps the last one elsewhere can tell that none was cut off. */
export async function auditAfter(
  db: Client,
  afterId: number,
  limit: number,
): Promise<(AuditView & { previous: string; hash: string })[]> {
  const { rows } = await db.query<AuditView & { previous: string; hash: string }>(
    `SELECT ${columns}, encode(previous, 'hex') AS previous, encode(hash, 'hex') AS hash
       FROM audit WHERE id > $1 AND ${kept} ORDER BY id LIMIT $2`,
    [afterId, limit],
  )
  return named(db, rows)
}

/** With the names of the people, and with masked numbers: the log says that somebody looked at a number, not which. */
async function named<Row extends AuditView>(db: Client, rows: readonly Row[]): Promise<Row[]> {
  const whos = await recognise(
    db,
    rows.flatMap(({ actor, subject }) => [actor, subject]),
    maskMsisdn,
  )
  return rows.map((row) => ({
    ...row,
    actor: whos.get(row.actor) ?? row.actor,
    subject: whos.get(row.subject) ?? row.subject,
  }))
}
