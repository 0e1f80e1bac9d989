import type { Client } from '../database.ts'

/** Packed receipts of one transaction of the ledger; times in ms since the epoch. */
export interface JournalRow {
  readonly fromAt: number
  readonly toAt: number
  readonly receipts: number
  readonly packed: Buffer
}

export async function insertJournal(db: Client, { fromAt, toAt, receipts, packed }: JournalRow): Promise<void> {
  await db.query({
    name: 'insert-journal',
    text: 'INSERT INTO receipt_journal (from_at, to_at, receipts, packed) VALUES ($1, $2, $3, $4)',
    values: [new Date(fromAt).toISOString(), new Date(toAt).toISOString(), receipts, packed],
  })
}

/** No transaction of the ledger holds receipts that came further apart. */
const longestMs = 3_600_000
const rowsAtOnce = 20

/** A row of the journal: every receipt that came before `fromAt` (ms since the epoch) is in one of the rows before it. */
export interface JournalPage {
  readonly fromAt: number
  readonly packed: Buffer
  readonly place: JournalPlace
}

/** Where a row of the journal stands for the rest of the transaction; it has no key. */
export interface JournalPlace {
  readonly partition: number
  readonly row: string
}

/** Writes a row anew, with its times and as many receipts. */
export async function replaceJournal(db: Client, { partition, row }: JournalPlace, packed: Buffer): Promise<void> {
  await db.query('UPDATE receipt_journal SET packed = $3 WHERE tableoid = $1::oid AND ctid = $2::tid', [
    partition,
    row,
    packed,
  ])
}

/**
 * What holds receipts that came between two times (ms since the epoch), the oldest first. An hour of a busy carrier is some hundred
 * megabytes: it is read as it is asked for, by a cursor, so in a transaction of the caller's.
 */
export async function* journalBetween(client: Client, fromAt: number, toAt: number): AsyncGenerator<JournalPage> {
  const time = (ms: number) => new Date(ms).toISOString()
  await client.query(
    `DECLARE journal NO SCROLL CURSOR FOR SELECT from_at, packed, tableoid::int8 AS partition, ctid::text AS row FROM receipt_journal
      WHERE from_at BETWEEN $1 AND $2 AND to_at >= $3 ORDER BY from_at`,
    [time(fromAt - longestMs), time(toAt), time(fromAt)],
  )
  try {
    for (;;) {
      const { rows } = await client.query<{ from_at: Date; packed: Buffer } & JournalPlace>(
        `FETCH ${rowsAtOnce} FROM journal`,
      )
      for (const { from_at: at, packed, partition, row } of rows) {
        yield { fromAt: at.getTime(), packed, place: { partition, row } }
      }
      if (rows.length < rowsAtOnce) return
    }
  } finally {
    // Also where the reader has enough; after an error the transaction is over, and the cursor with it.
    await client.query('CLOSE journal').catch(() => undefined)
  }
}
