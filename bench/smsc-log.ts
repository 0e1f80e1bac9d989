import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The log of a simulated SMSC (src/simulator/event-log.ts), read as it grows: each `read` goes on where the last one ended.
 * `at` is milliseconds of the epoch; `fields` are those after the kind.
 */
export class SmscLogReader {
  readonly #path: string
  #offset = 0
  #epoch = 0

  constructor(path: string) {
    this.#path = path
  }

  async read(each: (kind: string, at: number, fields: readonly string[]) => void): Promise<void> {
    const stream = createReadStream(this.#path, { start: this.#offset, encoding: 'latin1' })
    for await (const line of createInterface({ input: stream })) {
      this.#offset += line.length + 1
      const [first = '', kind = '', ...fields] = line.split('\t')
      if (first.startsWith('#')) this.#epoch = Number(first.split(' ').at(-1))
      else each(kind, this.#epoch + Number(first), fields)
    }
  }
}

/** The SMSC writes its log this often; wait so long before reading what has just happened. */
export const logDelayMs = 300
