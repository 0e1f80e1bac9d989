import type { Database } from '../store/database.ts'
import { type LastFile, lastFiles } from '../store/feeds/files.ts'
import { type KnownFeed, knownFeeds } from '../store/feeds/known.ts'
import { type FeedKey, type FeedRow, openFeeds } from '../store/feeds/rights.ts'
import { type Patience, patienceWith } from '../subscribers/feed-silence.ts'

export interface FeedState {
  /** The name of the person whose keys it has. */
  readonly source: string
  /**
   * new: nothing came yet, and nobody said when it is to be missed. closed: it has no key of the role carrier that holds, and is not waited
   * for.
   */
  readonly state: 'new' | 'flowing' | 'silent' | 'closed'
  /** Whose subscribers it writes of; null: all. */
  readonly hplmns: readonly string[] | null
  /** Which of its keys may write of whom; a file may hold what any of them may. */
  readonly keys: readonly FeedKey[]
  /** When a notification was kept last. */
  readonly lastAt: Date | null
  /** The latest time that any of its notifications told of itself: how far the feed is behind. */
  readonly newestEventAt: Date | null
  readonly silentAfterSeconds: number
  readonly silentAfterBy: Patience['by']
  /** While it is silent: since then nothing came; of a feed that never began, when its first key was made. */
  readonly silentSince: Date | null
  /** Notifications kept a minute, over the last one to two hours. */
  readonly perMinute: number
  readonly acceptedToday: number
  readonly rejectedToday: number
  readonly rejectsToday: Readonly<Record<string, number>>
  readonly lastFile: Omit<LastFile, 'source'> | null
}

/**
 * All feeds that have a key, or were ever heard of, by name.
 *
 * @param silentAfterMs of all whose keys say nothing; undefined: it is learned
 */
export async function feedStates(db: Database, silentAfterMs: number | undefined, now: Date): Promise<FeedState[]> {
  const open = await openFeeds(db.pool)
  const known = new Map((await knownFeeds(db.pool, now)).map((feed) => [feed.source, feed]))
  const files = new Map((await lastFiles(db.pool)).map((file) => [file.source, file]))
  return [...new Set([...open.keys(), ...known.keys()])]
    .sort()
    .map((source) => stateOf(source, open.get(source), known.get(source), files.get(source), silentAfterMs, now))
}

function stateOf(
  source: string,
  open: FeedRow | undefined,
  known: KnownFeed | undefined,
  file: LastFile | undefined,
  settingMs: number | undefined,
  now: Date,
): FeedState {
  const patience = patienceWith(open?.silentAfterMs ?? null, settingMs, known?.dailyGapsS ?? [])
  const lastAt = known?.lastAt ?? null
  const since = lastAt ?? expectedSince(open, patience)
  const silent = since !== null && now.getTime() - since.getTime() > patience.ms
  const rejectsToday = known?.rejectsToday ?? {}
  const state = open === undefined ? 'closed' : silent ? 'silent' : lastAt === null ? 'new' : 'flowing'
  return {
    source,
    state,
    hplmns: open?.hplmns ?? null,
    keys: open?.keys ?? [],
    lastAt,
    newestEventAt: known?.newest ?? null,
    silentAfterSeconds: Math.round(patience.ms / 1000),
    silentAfterBy: patience.by,
    silentSince: state === 'silent' ? since : null,
    perMinute: perMinute(known?.recent ?? 0, now),
    acceptedToday: known?.today ?? 0,
    rejectedToday: Object.values(rejectsToday).reduce((sum, n) => sum + n, 0),
    rejectsToday,
    lastFile: file === undefined ? null : withoutSource(file),
  }
}

/**
 * From when on a feed is waited for that never came: a carrier that was never connected is no better than one that broke off, where
 * somebody said how long to wait. null: nobody did.
 */
function expectedSince(open: FeedRow | undefined, { by }: Patience): Date | null {
  return by === 'key' || by === 'setting' ? (open?.keys[0]?.createdAt ?? null) : null
}

/** To a tenth, of what came since the hour before this one began. */
function perMinute(recent: number, now: Date): number {
  const minutes = 60 + (now.getTime() % 3_600_000) / 60_000
  return Math.round((recent / minutes) * 10) / 10
}

function withoutSource({ source: _, ...file }: LastFile): Omit<LastFile, 'source'> {
  return file
}
