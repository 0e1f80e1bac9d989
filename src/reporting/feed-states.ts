import type { Database } from '../store/database.ts'
import { type LastFile, lastFiles } from '../store/feeds/files.ts'
import { type KnownFeed, knownFeeds } from '../store/feeds/known.ts'
import { type FeedRow, openFeeds } from '../store/feeds/rights.ts'
import { type Patience, patienceWith } from '../subscribers/feed-silence.ts'

export interface FeedState {
  /** The name of the person whose keys it has. */
  readonly source: string
  /** new: nothing came yet. closed: it has no key of the role carrier that holds, and is not waited for. */
  readonly state: 'new' | 'flowing' | 'silent' | 'closed'
  /** Whose subscribers it writes of; null: all. */
  readonly hplmns: readonly string[] | null
  /** When a notification was kept last. */
  readonly lastAt: Date | null
  /** The latest time that any of its notifications told of itself: how far the feed is behind. */
  readonly newestEventAt: Date | null
  readonly silentAfterSeconds: number
  readonly silentAfterBy: Patience['by']
  /** While it is silent: since then nothing came. */
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
  const silent = lastAt !== null && now.getTime() - lastAt.getTime() > patience.ms
  const rejectsToday = known?.rejectsToday ?? {}
  const state = open === undefined ? 'closed' : lastAt === null ? 'new' : silent ? 'silent' : 'flowing'
  return {
    source,
    state,
    hplmns: open?.hplmns ?? null,
    lastAt,
    newestEventAt: known?.newest ?? null,
    silentAfterSeconds: Math.round(patience.ms / 1000),
    silentAfterBy: patience.by,
    silentSince: state === 'silent' ? lastAt : null,
    perMinute: perMinute(known?.recent ?? 0, now),
    acceptedToday: known?.today ?? 0,
    rejectedToday: Object.values(rejectsToday).reduce((sum, n) => sum + n, 0),
    rejectsToday,
    lastFile: file === undefined ? null : withoutSource(file),
  }
}

/** To a tenth, of what came since the hour before this one began. */
function perMinute(recent: number, now: Date): number {
  const minutes = 60 + (now.getTime() % 3_600_000) / 60_000
  return Math.round((recent / minutes) * 10) / 10
}

function withoutSource({ source: _, ...file }: LastFile): Omit<LastFile, 'source'> {
  return file
}
