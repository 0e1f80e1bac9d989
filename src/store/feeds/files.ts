import type { Client } from '../database.ts'

/** A file that a feed dropped. */
export interface FeedFile {
  readonly source: string
  readonly name: string
  /** Size and time: another file of the same name is another file. */
  readonly stamp: string
}

export interface FileProgress {
  /** All up to this line is kept or refused. */
  readonly line: number
}

/** How far a file was taken before; it is written down if it is new. */
export async function beginFile(db: Client, { source, name, stamp }: FeedFile): Promise<FileProgress> {
  await db.query('INSERT INTO feed_file (source, name, stamp) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    source,
    name,
    stamp,
  ])
  const { rows } = await db.query<FileProgress>(
    `SELECT line FROM feed_file WHERE source = $1 AND name = $2 AND stamp = $3`,
    [source, name, stamp],
  )
  return rows[0] as FileProgress
}

/** Call it in the transaction that keeps these notifications, so that they are kept once whatever happens. */
export async function advanceFile(
  client: Client,
  { source, name, stamp }: FeedFile,
  line: number,
  accepted: number,
): Promise<void> {
  await client.query(
    `UPDATE feed_file SET line = $4, accepted = accepted + $5 WHERE source = $1 AND name = $2 AND stamp = $3`,
    [source, name, stamp, line, accepted],
  )
}

/** @param failed why it could not be read; null: it was */
export async function endFile(
  db: Client,
  { source, name, stamp }: FeedFile,
  rejected: number,
  failed: string | null,
): Promise<void> {
  await db.query(
    `UPDATE feed_file SET rejected = $4, failed = $5, done_at = now() WHERE source = $1 AND name = $2 AND stamp = $3`,
    [source, name, stamp, rejected, failed],
  )
}

export interface LastFile {
  readonly source: string
  readonly name: string
  readonly doneAt: Date
  readonly accepted: number
  readonly rejected: number
  readonly failed: string | null
}

/** The file of each feed that was done with last. */
export async function lastFiles(db: Client): Promise<LastFile[]> {
  const { rows } = await db.query<LastFile>(
    `SELECT DISTINCT ON (source) source, name, done_at "doneAt", accepted, rejected, failed
       FROM feed_file WHERE done_at IS NOT NULL ORDER BY source, done_at DESC`,
  )
  return rows
}
