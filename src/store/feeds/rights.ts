import type { Client } from '../database.ts'

/** A key of a feed that holds, without its secret. */
export interface FeedKey {
  readonly id: number
  /** It writes of the subscribers of these home networks only; null: of all. */
  readonly hplmns: readonly string[] | null
  /** null: it says nothing. */
  readonly silentAfterSeconds: number | null
  readonly createdAt: Date
}

/** What all keys of one feed may, together. */
export interface FeedRow {
  /** The name of the keys' person. */
  readonly source: string
  /** null: of all home networks. */
  readonly hplmns: readonly string[] | null
  /** As its newest key that says one; null: none does. */
  readonly silentAfterMs: number | null
  /** The oldest first; one at least. */
  readonly keys: readonly FeedKey[]
}

/** The feeds that have a key that holds, by their sources. */
export async function openFeeds(db: Client): Promise<Map<string, FeedRow>> {
  const { rows } = await db.query<FeedKey & { source: string }>(
    `SELECT p.name source, k.id, k.hplmns, k.silent_after_s "silentAfterSeconds", k.created_at "createdAt"
       FROM api_key k JOIN person p ON p.id = k.person_id
      WHERE k.role = 'carrier' AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now())
        AND p.disabled_at IS NULL ORDER BY k.id`,
  )
  const keysOf = new Map<string, FeedKey[]>()
  for (const { source, ...key } of rows) {
    const keys = keysOf.get(source)
    if (keys) keys.push(key)
    else keysOf.set(source, [key])
  }
  return new Map([...keysOf].map(([source, keys]) => [source, together(source, keys)]))
}

function together(source: string, keys: readonly FeedKey[]): FeedRow {
  const ofAll = keys.some(({ hplmns }) => hplmns === null)
  const seconds = keys.findLast(({ silentAfterSeconds }) => silentAfterSeconds !== null)?.silentAfterSeconds ?? null
  return {
    source,
    hplmns: ofAll ? null : [...new Set(keys.flatMap(({ hplmns }) => hplmns ?? []))],
    silentAfterMs: seconds === null ? null : seconds * 1000,
    keys,
  }
}
