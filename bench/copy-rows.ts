import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** A field of a row; none of the texts holds a tab, a line's end or a backslash. */
export type Field = string | number | null

/** Copies rows in PostgreSQL's text format into `target`, a table with its columns: `resident (msisdn, lon)`. */
export async function copyRows(pool: pg.Pool, target: string, rows: Iterable<readonly Field[]>): Promise<void> {
  const client = await pool.connect()
  try {
    await pipeline(Readable.from(texts(rows)), client.query(copyFrom(`COPY ${target} FROM STDIN`)))
  } finally {
    client.release()
  }
}

/** A piece for each row would cost more than the row. */
const pieceLength = 65_536

function* texts(rows: Iterable<readonly Field[]>): Generator<string> {
  let text = ''
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) text += (i === 0 ? '' : '\t') + (row[i] ?? '\\N')
    text += '\n'
    if (text.length < pieceLength) continue
    yield text
    text = ''
  }
  yield text
}
