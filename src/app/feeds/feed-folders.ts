import { type FileHandle, lstat, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Untaken } from '../../api/deps.ts'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { alone } from '../../store/feeds/alone.ts'
import { beginFile, endFile } from '../../store/feeds/files.ts'
import { type FeedRow, openFeeds } from '../../store/feeds/rights.ts'
import { fileId, filesBeingWritten } from './being-written.ts'
import { type Dropped, freeName, isFolder, madeFolder, putAway, writeReason } from './put-away.ts'
import { RejectsFile } from './rejects-file.ts'
import { openPlain, stampOf, type TakeDeps, takeFile } from './take-file.ts'
import { isForUs, noKey, notPlain, untakenIn } from './untaken.ts'

interface FoldersDeps extends TakeDeps {
  readonly log: Logger
  readonly now?: () => number
}

/** A file that nobody has changed for so long is whole, if nobody has it open for writing either. */
const settledMs = 5_000
/** So many feeds are taken side by side. Each holds a connection for its lock, of the ten that the API has too. */
const atOnce = 3

/**
 * The files that carriers drop: `<root>/<source>/incoming/*.{csv,ndjson}`, where the source is the name of a person with a key of the role
 * carrier. A file stays where it is until all of it is kept, then goes to `done`, or to `failed` with the reason; so there is nothing to
 * clean up after a crash. The files of one feed are taken one after the other, in the order of their times and by one process; feeds are
 * taken side by side, so that a huge file holds up no other carrier's.
 */
export class FeedFolders {
  readonly #root: string
  readonly #deps: FoldersDeps
  readonly #stop = new AbortController()
  /** Since when each path has been seen with its stamp, ms. */
  #seen = new Map<string, { stamp: string; since: number }>()
  readonly #complained = new Set<string>()
  /** Why a file that lies there could not be taken, by its path. */
  readonly #failed = new Map<string, string>()
  /** Feeds that wait for their turn, by source, the first first. */
  readonly #waiting = new Map<string, FeedRow>()
  /** Whose files are being taken. */
  readonly #busy = new Map<string, Promise<void>>()

  private constructor(root: string, deps: FoldersDeps) {
    this.#root = root
    this.#deps = deps
  }

  /** @throws Problem where there is no such folder */
  static async open(root: string, deps: FoldersDeps): Promise<FeedFolders> {
    const real = await realpath(root).catch(() => undefined)
    if (real === undefined || !(await lstat(real)).isDirectory()) {
      throw new Problem('bad-setting', `"${root}" is not a folder`, {
        where: 'BONGSU_FEEDS_DIR',
        hint: 'Make it, and in it a folder NAME/incoming for each feed; NAME is that of the person of its key.',
      })
    }
    return new FeedFolders(real, deps)
  }

  /** Begins nothing more; what is being read is left at the next batch, and gone on with by whoever comes next. */
  stop(): void {
    this.#stop.abort()
  }

  /** When nothing is being taken any more. */
  async idle(): Promise<void> {
    while (this.#busy.size > 0) await Promise.all(this.#busy.values())
  }

  /** Looks once, and begins to take what is whole, without waiting for it. Call it again and again. */
  async scan(): Promise<void> {
    const feeds = await openFeeds(this.#deps.db.pool)
    const dropped: { feed: FeedRow; files: readonly Dropped[] }[] = []
    for (const source of await this.#sources()) {
      const files = await this.#incoming(source)
      const feed = feeds.get(source)
      if (feed) dropped.push({ feed, files })
      else {
        this.#waiting.delete(source)
        if (files.length > 0) this.#complain(source, noKey)
      }
    }
    this.#note(dropped.flatMap(({ files }) => files))
    for (const { feed, files } of dropped) {
      if (!this.#busy.has(feed.source) && files.some((file) => this.#isSettled(file))) {
        this.#waiting.set(feed.source, feed)
      }
    }
    this.#beginNext()
  }

  /** What lies there and is not taken, as it is now. */
  async untaken(): Promise<Untaken> {
    return untakenIn(this.#root, await openFeeds(this.#deps.db.pool), this.#failed)
  }

  #beginNext(): void {
    for (const [source, feed] of this.#waiting) {
      if (this.#busy.size >= atOnce || this.#stop.signal.aborted) return
      this.#waiting.delete(source)
      const taking = this.#takeSettled(feed).finally(() => {
        this.#busy.delete(source)
        this.#beginNext()
      })
      this.#busy.set(source, taking)
    }
  }

  async #takeSettled(feed: FeedRow): Promise<void> {
    const { db, log } = this.#deps
    const { source } = feed
    const waits = (error: Error, file?: string) => {
      if (this.#stop.signal.aborted) return
      log.warn({ source, file, err: error.message }, 'a file of a feed waits; trying again')
    }
    await alone(db, source, async () => {
      // Looked for under the lock: whoever had it before may have taken some.
      const settled = (await this.#incoming(source)).filter((file) => this.#isSettled(file))
      const open = await filesBeingWritten()
      for (const file of settled.sort((a, b) => a.mtimeMs - b.mtimeMs || (a.name < b.name ? -1 : 1))) {
        if (this.#stop.signal.aborted) return
        if (open.has(file.id)) continue
        this.#failed.delete(file.path)
        await this.#take(feed, file).catch((error: Error) => {
          const told = error instanceof Problem
          this.#failed.set(file.path, told ? error.message : 'it could not be taken, and is tried again: see the log')
          if (told) this.#complain(file.path, error.message)
          else waits(error, file.name)
        })
      }
    }).catch(waits)
  }

  async #sources(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  async #incoming(source: string): Promise<Dropped[]> {
    const folder = join(this.#root, source, 'incoming')
    if (!(await isFolder(folder))) return []
    const dropped: Dropped[] = []
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      // A folder that one carrier has locked up must not stop the files of all others.
      this.#complain(folder, `it cannot be read: ${error.code}`)
      return []
    })
    for (const entry of entries) {
      const { name } = entry
      if (!isForUs(name)) continue
      const path = join(folder, name)
      if (!entry.isFile()) {
        this.#complain(path, notPlain)
        continue
      }
      const stat = await lstat(path, { bigint: true }).catch(() => undefined)
      if (!stat?.isFile()) continue
      const id = fileId({ dev: Number(stat.dev), ino: Number(stat.ino) })
      dropped.push({ source, name, path, stamp: stampOf(stat), mtimeMs: Number(stat.mtimeMs), id })
    }
    return dropped
  }

  #note(files: readonly Dropped[]): void {
    const now = this.#deps.now?.() ?? Date.now()
    const seen = files.map(({ path, stamp }) => {
      const before = this.#seen.get(path)
      return [path, { stamp, since: before?.stamp === stamp ? before.since : now }] as const
    })
    this.#seen = new Map(seen)
    for (const path of this.#failed.keys()) if (!this.#seen.has(path)) this.#failed.delete(path)
  }

  #isSettled({ path, stamp }: Dropped): boolean {
    const now = this.#deps.now?.() ?? Date.now()
    const seen = this.#seen.get(path)
    return seen?.stamp === stamp && now - seen.since >= settledMs
  }

  async #take(feed: FeedRow, file: Dropped): Promise<void> {
    const handle = await openPlain(file.path)
    try {
      await this.#takeOpen(feed, file, handle)
    } finally {
      await handle.close()
    }
  }

  async #takeOpen(feed: FeedRow, file: Dropped, handle: FileHandle): Promise<void> {
    const { db, log } = this.#deps
    const unchanged = async () => stampOf(await handle.stat({ bigint: true })) === file.stamp
    if (!(await unchanged())) return
    const folders = join(this.#root, file.source)
    const [done, failed] = [await madeFolder(folders, 'done'), await madeFolder(folders, 'failed')]
    const progress = await beginFile(db.pool, file)
    const name = await freeName(done, file.name)
    const rejects = await RejectsFile.create(done, name)
    let kept: number
    try {
      kept = await takeFile(this.#deps, handle, file, progress, feed.hplmns, rejects, this.#stop.signal)
    } catch (error) {
      await rejects.discard()
      if (!(error instanceof Problem)) throw error
      await writeReason(join(failed, `${await freeName(failed, file.name)}.reason.txt`), error)
      await endFile(db.pool, file, 0, error.line)
      log.warn({ source: file.source, file: file.name, reason: error.line }, 'a file of a feed cannot be read')
      return putAway(file, failed)
    }
    if (!(await unchanged())) {
      // Somebody has gone on writing: what was kept is kept, and the file is another one now.
      await rejects.discard()
      return
    }
    await rejects.finish(join(done, `${name}.rejects.csv`))
    await endFile(db.pool, file, rejects.count, null)
    log.info({ source: file.source, file: file.name, kept, rejected: rejects.count }, 'a file of a feed is taken')
    await putAway(file, done)
  }

  /** Once for each: the folders are looked into every second. */
  #complain(what: string, why: string): void {
    if (this.#complained.has(what)) return
    this.#complained.add(what)
    this.#deps.log.warn({ what, why }, 'something in the folder of feeds cannot be taken')
  }
}
