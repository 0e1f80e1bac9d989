import { access, lstat, mkdir, rename } from 'node:fs/promises'
import { join, parse } from 'node:path'
import type { Problem } from '../../lib/problem.ts'
import type { FeedFile } from '../../store/feeds/files.ts'
import { createPlain } from './rejects-file.ts'
import { stampOf } from './take-file.ts'

/** A file that lies in an incoming folder. */
export interface Dropped extends FeedFile {
  readonly path: string
  readonly mtimeMs: number
  /** `device:inode` */
  readonly id: string
}

/** Whether it is one itself, and no link to one. */
export const isFolder = async (path: string) => (await lstat(path).catch(() => undefined))?.isDirectory() === true

/** A folder itself: a link would lead out of the feed's own. */
export async function madeFolder(parent: string, name: string): Promise<string> {
  const path = join(parent, name)
  await mkdir(path).catch(() => undefined)
  if (await isFolder(path)) return path
  throw new Error(`${path} is not a folder, and cannot be made`)
}

/** Why a file could not be read, for whoever dropped it. */
export async function writeReason(path: string, { line }: Problem): Promise<void> {
  const handle = await createPlain(path)
  try {
    await handle.writeFile(`${line}\n`)
  } finally {
    await handle.close()
  }
}

/** Moves a file that is done with. */
export async function putAway({ path, name, stamp }: Dropped, folder: string): Promise<void> {
  // Another file may have been renamed over it meanwhile: that one is taken next time.
  const there = await lstat(path, { bigint: true }).catch(() => undefined)
  if (!there || stampOf(there) !== stamp) return
  await rename(path, join(folder, await freeName(folder, name)))
}

/** The name, with a number where a file of yesterday has it already. */
export async function freeName(folder: string, name: string): Promise<string> {
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
