import type { QueryResultRow } from 'pg'
import type { Client } from './database.ts'

/** A table of which nothing is changed or removed: of each key the newest row stands, and what stood before remains. */
export interface Kept {
  readonly table: string
  /** The columns that tell what a row is about. */
  readonly key: string
  /** The column that grows from row to row. */
  readonly age: string
  /** What is read of a row. */
  readonly columns: string
}

/**
 * What stands now.
 *
 * @param of which keys are looked at
 * @param stands of columns as they are read: the newest row may say that nothing stands any more
 */
export async function standing<Row extends QueryResultRow>(
  db: Client,
  { table, key, age, columns }: Kept,
  { of = 'true', stands = 'true', order = key }: { of?: string; stands?: string; order?: string },
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const { rows } = await db.query<Row>(
    `SELECT * FROM (SELECT DISTINCT ON (${key}) ${columns} FROM ${table} WHERE ${of} ORDER BY ${key}, ${age} DESC) newest
      WHERE ${stands} ORDER BY ${order}`,
    [...values],
  )
  return rows
}

/** Everything that was ever said where `column` is `value`, the newest first. */
export async function history<Row extends QueryResultRow>(
  db: Client,
  { table, age, columns }: Kept,
  column: string,
  value: string,
): Promise<Row[]> {
  const { rows } = await db.query<Row>(`SELECT ${columns} FROM ${table} WHERE ${column} = $1 ORDER BY ${age} DESC`, [
    value,
  ])
  return rows
}
