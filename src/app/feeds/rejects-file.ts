import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reasonOf } from '../../api/rejects.ts'
import { csvField } from '../../lib/csv-field.ts'
import type { Problem } from '../../lib/problem.ts'

const header = 'line,code,where,reason\n'
/** A file of nothing but short wrong lines must not fill the disk with what is said of them: so many are listed, all are counted. */
const listed = 100_000
const flushChars = 65_536

/** Opens a new file for writing, or empties the one that is there; a link is not followed out of the folder. */
export function createPlain(path: string): Promise<FileHandle> {
  const { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } = constants
  return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o640)
}

/** The lines of a file that could not be used, as CSV; the lines themselves are not in it, because they hold numbers. */
export class RejectsFile {
  count = 0
  readonly #path: string
  readonly #handle: FileHandle
  #pending = header

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Until it is finished it has a name of its own, which nobody looks for. */
  static async create(folder: string, name: string): Promise<RejectsFile> {
    const path = join(folder, `.${name}.rejects.csv.part`)
    return new RejectsFile(path, await createPlain(path))
  }

  async add(line: number, problem: Problem): Promise<void> {
    this.count++
    if (this.count > listed) return
    const fields = [String(line), problem.code, problem.where ?? '', reasonOf(problem)]
    this.#pending += `${fields.map(csvField).join(',')}\n`
    if (this.#pending.length >= flushChars) await this.#write()
  }

  async #write(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    await this.#handle.writeFile(text)
  }

  /** Gives it its name; of a file without rejects nothing is left. */
  async finish(path: string): Promise<void> {
    if (this.count > listed) this.#pending += `,and-more,,${this.count - listed} more\n`
    await this.#write()
    await this.#handle.close()
    if (this.count === 0) await rm(this.#path)
    else await rename(this.#path, path)
  }

  async discard(): Promise<void> {
    await this.#handle.close().catch(() => undefined)
    await rm(this.#path, { force: true })
  }
}
