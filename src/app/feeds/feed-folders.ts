import { access, type FileHandle, lstat, mkdir, readdir, realpath, rename } from 'node:fs/promises'
import { join, parse } from 'node:path'
import type { Logger } from '../../lib/log.ts'
import { Problem } from '../../lib/problem.ts'
import { alone } from '../../store/feeds/alone.ts'
import { beginFile, endFile, type FeedFile } from '../../store/feeds/files.ts'
import { type FeedRow, openFeeds } from '../../store/feeds/rights.ts'
import { fileId, filesBeingWritten } from './being-written.ts'
import { createPlain, RejectsFile } from './rejects-file.ts'
import { openPlain, stampOf, type TakeDeps, takeFile } from './take-file.ts'

interface FoldersDeps extends TakeDeps {
  readonly log: Logger
  readonly now?: () => number
}

/** A file that lies in an incoming folder. */
interface Dropped extends FeedFile {
  readonly path: string
  readonly mtimeMs: number
  /** `device:inode` */
  readonly id: string
}

/** A file that nobody has changed for so long is whole, if nobody has it open for writing either. */
const settledMs = 5_000

/**
 * The files that carriers drop: `<root>/<source>/incoming/*.{csv,ndjson}`, where the source is the name of a person with a key of the role
 * carrier. A file stays where it is until all of it is kept, then goes to `done`, or to `failed` with the reason; so there is nothing to
 * clean up after a crash. One process at a time looks into the folders.
 */
export class FeedFolders {
  readonly #root: string
  readonly #deps: FoldersDeps
  readonly #stop = new AbortController()
  /** Since when each path has been seen with its stamp, ms. */
  #seen = new Map<string, { stamp: string; since: number }>()
  readonly #complained = new Set<string>()

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

  /** What is being read is left at the next batch, and gone on with by whoever comes next. */
  stop(): void {
    this.#stop.abort()
  }

  /** Looks once; takes what is whole. Call it again and again. */
  async scan(): Promise<void> {
    const { db, log } = this.#deps
    await alone(db, async () => {
      const feeds = await openFeeds(db.pool)
      const settled: { feed: FeedRow; file: Dropped }[] = []
      const seen = new Map<string, { stamp: string; since: number }>()
      for (const source of await this.#sources()) {
        const files = await this.#incoming(source)
        const feed = feeds.get(source)
        if (feed === undefined) {
          if (files.length > 0) this.#complain(source, 'no key of the role carrier has the name of this folder')
          continue
        }
        for (const file of files) if (this.#isSettled(file, seen)) settled.push({ feed, file })
      }
      this.#seen = seen
      if (settled.length === 0) return
      const open = await filesBeingWritten()
      for (const { feed, file } of settled.sort((a, b) => a.file.mtimeMs - b.file.mtimeMs)) {
        if (this.#stop.signal.aborted) return
        if (open.has(file.id)) continue
        await this.#take(feed, file).catch((error: Error) => {
          if (error instanceof Problem) this.#complain(file.path, error.message)
          else if (!this.#stop.signal.aborted) {
            log.warn(
              { source: file.source, file: file.name, err: error.message },
              'a file of a feed waits; trying again',
            )
          }
        })
      }
    })
  }

  async #sources(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true })
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  }

  async #incoming(source: string): Promise<Dropped[]> {
    const folder = join(this.#root, source, 'incoming')
    if (!(await isFolder(folder))) return []
    const dropped: Dropped[] = []
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry
      if (name.startsWith('.') || !/\.(csv|ndjson)$/i.test(name)) continue
      const path = join(folder, name)
      if (!entry.isFile()) {
        this.#complain(path, 'it is not a plain file, and is left alone')
        continue
      }
      const stat = await lstat(path, { bigint: true }).catch(() => undefined)
      if (!stat?.isFile()) continue
      const id = fileId({ dev: Number(stat.dev), ino: Number(stat.ino) })
      dropped.push({ source, name, path, stamp: stampOf(stat), mtimeMs: Number(stat.mtimeMs), id })
    }
    return dropped
  }

  #isSettled({ path, stamp }: Dropped, seen: Map<string, { stamp: string; since: number }>): boolean {
    const now = this.#deps.now?.() ?? Date.now()
    const before = this.#seen.get(path)
    const since = before?.stamp === stamp ? before.since : now
    seen.set(path, { stamp, since })
    return now - since >= settledMs
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
      return move(file, failed)
    }
    if (!(await unchanged())) {
      // Somebody has gone on writing: what was kept is kept, and the file is another one now.
      await rejects.discard()
      return
    }
    await rejects.finish(join(done, `${name}.rejects.csv`))
    await endFile(db.pool, file, rejects.count, null)
    log.info({ source: file.source, file: file.name, kept, rejected: rejects.count }, 'a file of a feed is taken')
    await move(file, done)
  }

  /** Once for each: the folders are looked into every second. */
  #complain(what: string, why: string): void {
    if (this.#complained.has(what)) return
    this.#complained.add(what)
    this.#deps.log.warn({ what, why }, 'something in the folder of feeds cannot be taken')
  }
}

const isFolder = async (path: string) => (await lstat(path).catch(() => undefined))?.isDirectory() === true

/** A folder itself: a link would lead out of the feed's own. */
async function madeFolder(parent: string, name: string): Promise<string> {
  const path = join(parent, name)
  await mkdir(path).catch(() => undefined)
  if (await isFolder(path)) return path
  throw new Error(`${path} is not a folder, and cannot be made`)
}

async function writeReason(path: string, { line }: Problem): Promise<void> {
  const handle = await createPlain(path)
  try {
    await handle.writeFile(`${line}\n`)
  } finally {
    await handle.close()
  }
}

async function move({ path, name, stamp }: Dropped, folder: string): Promise<void> {
  // Another file may have been renamed over it meanwhile: that one is taken next time.
  const there = await lstat(path, { bigint: true }).catch(() => undefined)
  if (!there || stampOf(there) !== stamp) return
  await rename(path, join(folder, await freeName(folder, name)))
}

/** The name, with a number where a file of yesterday has it already. */
async function freeName(folder: string, name: string): Promise<string> {
  const { name: base, ext } = parse(name)
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${base}.${n}${ext}`
    const taken = await access(join(folder, free)).then(
      () => true,
      () => false,
    )
    if (!taken) return free
  }
}
