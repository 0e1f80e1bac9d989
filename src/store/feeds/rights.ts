import type { Client } from '../database.ts'

/** What all keys of one feed may, together. */
export interface FeedRow {
  /** The name of the keys' person. */
  readonly source: string
  /** null: of all home networks. */
  readonly hplmns: readonly string[] | null
  /** As its newest key says; null: it says nothing. */
  readonly silentAfterMs: number | null
}

/** The feeds that have a key that holds, by their sources. */
export async function openFeeds(db: Client): Promise<Map<string, FeedRow>> {
  const { rows } = await db.query<{ source: string; hplmns: string[] | null; silentAfterS: number | null }>(
    `SELECT p.name source, k.hplmns, k.silent_after_s "silentAfterS" FROM api_key k JOIN person p ON p.id = k.person_id
      WHERE k.role = 'carrier' AND k.revoked_at IS NULL ORDER BY k.id`,
  )
  const feeds = new Map<string, FeedRow>()
  for (const { source, hplmns, silentAfterS } of rows) {
    const known = feeds.get(source)
    const anyOf = known === undefined ? [] : known.hplmns
    feeds.set(source, {
      source,
      hplmns: hplmns === null || anyOf === null ? null : [...new Set([...anyOf, ...hplmns])],
      silentAfterMs: silentAfterS === null ? (known?.silentAfterMs ?? null) : silentAfterS * 1000,
    })
  }
  return feeds
}
