import type { Dirent } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Untaken, UntakenFile } from '../../api/deps.ts'
import { folded } from '../../subscribers/feed-rights.ts'

/** So many are named; all are counted. */
const listed = 100

const hidden = (name: string) => name.startsWith('.')

/** Whether a file of this name is meant to be taken. */
export const isForUs = (name: string) => !hidden(name) && /\.(csv|ndjson)$/i.test(name)

export const notPlain = 'it is not a plain file, and is left alone'
export const noKey = 'no key of the role carrier has the name of this folder'

/**
 * What lies in the folder of feeds and is not going to be taken: files of no feed, in the wrong place or of another kind, links, and those
 * that could not be. Hidden files and `.part` are on their way.
 *
 * @param open feeds that have a key
 * @param failed why a file could not be taken, by its path
 */
export async function untakenIn(
  root: string,
  open: { has(source: string): boolean; keys(): Iterable<string> },
  failed: ReadonlyMap<string, string>,
): Promise<Untaken> {
  const files: UntakenFile[] = []
  for (const entry of await look(root, '', files)) {
    if (entry.isDirectory()) await lookInto(entry.name)
    else if (entry.isSymbolicLink() || isForUs(entry.name)) {
      files.push({ path: entry.name, why: beside(entry, 'it lies beside the folders of feeds') })
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1))
  return { count: files.length, files: files.slice(0, listed) }

  async function lookInto(source: string): Promise<void> {
    // What has neither a key nor files for us is no feed.
    const isFeed = open.has(source)
    const entries = await look(root, source, isFeed ? files : [])
    for (const entry of entries) {
      const path = join(source, entry.name)
      if (entry.name === 'incoming' && entry.isDirectory()) await lookAtFiles(source, path)
      else if (entry.name === 'incoming') files.push({ path, why: 'it is not a folder' })
      else if (isForUs(entry.name)) files.push({ path, why: beside(entry, 'it does not lie in "incoming"') })
    }
  }

  async function lookAtFiles(source: string, folder: string): Promise<void> {
    for (const entry of await look(root, folder, files)) {
      const path = join(folder, entry.name)
      const why = whyNot(entry) ?? (open.has(source) ? failed.get(join(root, path)) : withoutKey(source, open.keys()))
      if (why !== undefined) files.push({ path, why })
    }
  }
}

/** What is not hidden, nor on its way. */
async function look(root: string, folder: string, files: UntakenFile[]): Promise<Dirent[]> {
  try {
    const entries = await readdir(join(root, folder), { withFileTypes: true })
    return entries.filter(({ name }) => !hidden(name) && !/\.part$/i.test(name))
  } catch (error) {
    files.push({ path: folder || '.', why: `it cannot be read: ${(error as NodeJS.ErrnoException).code}` })
    return []
  }
}

function whyNot(entry: Dirent): string | undefined {
  if (entry.isDirectory()) return 'it is a folder: only files are taken'
  if (!isForUs(entry.name)) return 'its name ends neither in .csv nor in .ndjson'
  return entry.isFile() ? undefined : notPlain
}

const beside = (entry: Dirent, why: string) =>
  entry.isSymbolicLink() ? 'it is a link, and is not followed' : `${why}: NAME/incoming is looked into`

function withoutKey(source: string, feeds: Iterable<string>): string {
  const meant = [...feeds].find((feed) => folded(feed) === folded(source))
  return meant === undefined ? noKey : `${noKey}: the feed is called "${meant}"`
}
