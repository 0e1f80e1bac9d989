import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import type { FeedActivity } from '../../api/feed-activity.ts'
import { newestOf } from '../../api/feed-intake.ts'
import { InboxRoom } from '../../api/inbox-room.ts'
import { metrics } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import type { Queues } from '../../queue/queues.ts'
import { type Database, transaction } from '../../store/database.ts'
import { advanceFile, type FeedFile, type FileProgress } from '../../store/feeds/files.ts'
import { keepBatch, roamingBell } from '../../store/roaming/batches.ts'
import { futureTime } from '../../subscribers/event-time.ts'
import { IgnoredFields } from '../../subscribers/ignored-fields.ts'
import { type NotificationRow, type RoamingNotification, readNotifications } from '../../subscribers/notification.ts'
import { readNotificationsCsv } from '../../subscribers/notifications-csv.ts'
import { ownSubscriber } from '../../subscribers/own-networks.ts'
import type { RejectsFile } from './rejects-file.ts'

export interface TakeDeps {
  readonly db: Database
  readonly queues: Queues
  readonly activity: FeedActivity
}

const batchSize = 1_000

/** Tells this file from another of the same name, and from itself once it has been changed. */
export const stampOf = ({ size, mtimeNs, ino }: BigIntStats): string => `${size}-${mtimeNs}-${ino}`

/**
 * Opens a file for reading, itself and no link, in the very folder that it is looked for in. @throws Problem `file-unreadable`
 *
 * @param path without any link in it
 */
export async function openPlain(path: string): Promise<FileHandle> {
  const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants
  // Without O_NONBLOCK a pipe would hold a thread until somebody writes into it.
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
    throw new Problem('file-unreadable', `The file cannot be opened: ${error.code}`, { cause: error })
  })
  try {
    const [opened, there] = [await handle.stat(), await lstat(path)]
    const same = opened.ino === there.ino && opened.dev === there.dev && (await realpath(path)) === path
    if (opened.isFile() && same) return handle
    throw new Problem('file-unreadable', 'It is not a plain file of this folder')
  } catch (error) {
    await handle.close()
    throw error
  }
}

/**
 * Takes the notifications of an open file into the inbox, each once: how far it is kept is committed with what is kept. Returns
 * how many were kept now.
 *
 * @param progress how far it was taken before
 * @param hplmns of the feed
 * @throws Problem of the whole file where nothing of it can be read
 */
export async function takeFile(
  { db, queues, activity }: TakeDeps,
  handle: FileHandle,
  file: FeedFile,
  progress: FileProgress,
  hplmns: readonly string[] | null,
  rejects: RejectsFile,
  signal: AbortSignal,
): Promise<number> {
  const ignored = new IgnoredFields()
  const room = new InboxRoom(db, { signal })
  let kept = 0
  let pending: RoamingNotification[] = []
  let line = progress.line
  const keep = async () => {
    if (pending.length === 0) return
    const events = pending
    pending = []
    await room.wait()
    const id = await transaction(db.pool, async (client) => {
      await advanceFile(client, file, line, events.length)
      return keepBatch(client, file.source, events)
    })
    kept += events.length
    activity.kept(file.source, events.length, newestOf(events))
    void queues.ring(roamingBell, { id })
  }
  const refuse = async (at: number, problem: Problem) => {
    await rejects.add(at, problem)
    if (at <= progress.line) return
    activity.refused(file.source, problem.code)
    metrics.notifications.inc({ outcome: problem.code })
  }
  for await (const row of rowsOf(handle, file.name, ignored)) {
    signal.throwIfAborted()
    try {
      if ('problem' in row) throw row.problem
      const own = ownSubscriber(row.notification, hplmns)
      const early = futureTime(own.at, 'at', Date.now())
      if (early) throw early
      if (row.line <= progress.line) continue
      pending.push(own)
      line = row.line
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      await refuse(row.line, error)
    }
    if (pending.length >= batchSize) await keep()
  }
  await keep()
  metrics.ignoredFields.inc(ignored.count)
  return kept
}

function rowsOf(handle: FileHandle, name: string, ignored: IgnoredFields): AsyncGenerator<NotificationRow> {
  const bytes = handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 262_144 })
  return /\.csv$/i.test(name) ? readNotificationsCsv(bytes, ignored) : readNotifications(bytes, ignored)
}
