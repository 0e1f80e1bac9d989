import { BrokenStream } from './errors.ts'

const headerLength = 16

/**
 * Cuts a TCP stream into PDUs by command_length (SMPP 3.4 §3.2). `push` a chunk, then call `next` until it gives
 * `undefined`.
 *
 * A PDU that lies in one chunk is a view of that chunk, not a copy; one that spans chunks is gathered in a buffer of its
 * own. So at most the chunks not yet drained and one PDU of `maxLength` octets are held, and a frame is valid for as long
 * as the chunk it came from is not overwritten (Node never reuses the chunks of a socket's `data` event).
 *
 * Once broken it stays broken: every later `next` throws the same BrokenStream, so no caller can go deaf unnoticed.
 */
export class Framer {
  readonly #maxLength: number
  /** Chunks not yet cut; `#at` is the place in the first. */
  readonly #chunks: Buffer[] = []
  #at = 0
  /** command_length octets that arrived split from the rest. */
  readonly #lengthOctets = Buffer.alloc(4)
  #lengthFilled = 0
  /** The PDU being gathered over several chunks. */
  #partial: Buffer | undefined
  #partialFilled = 0
  #broken: BrokenStream | undefined

  /** @param maxLength longest command_length that is believed, in octets. */
  constructor(maxLength = 65_536) {
    this.#maxLength = maxLength
  }

  push(chunk: Buffer): void {
    if (chunk.length > 0 && this.#broken === undefined) this.#chunks.push(chunk)
  }

  /** The next whole PDU, header included; `undefined` until more octets come. @throws BrokenStream */
  next(): Buffer | undefined {
    if (this.#broken !== undefined) throw this.#broken
    for (;;) {
      const chunk = this.#chunks[0]
      if (chunk === undefined) return undefined
      const frame = this.#take(chunk)
      if (this.#at === chunk.length) {
        this.#chunks.shift()
        this.#at = 0
      }
      if (frame !== undefined) return frame
    }
  }

  /** Takes a frame or whatever there is of one from the current chunk. */
  #take(chunk: Buffer): Buffer | undefined {
    let partial = this.#partial
    if (partial === undefined) {
      const available = chunk.length - this.#at
      if (this.#lengthFilled === 0 && available >= 4) {
        const length = this.#checked(chunk.readUInt32BE(this.#at))
        if (available >= length) {
          const start = this.#at
          this.#at += length
          return chunk.subarray(start, this.#at)
        }
        partial = Buffer.allocUnsafe(length)
        this.#partialFilled = 0
      } else {
        const taken = Math.min(4 - this.#lengthFilled, available)
        chunk.copy(this.#lengthOctets, this.#lengthFilled, this.#at, this.#at + taken)
        this.#lengthFilled += taken
        this.#at += taken
        if (this.#lengthFilled < 4) return undefined
        partial = Buffer.allocUnsafe(this.#checked(this.#lengthOctets.readUInt32BE(0)))
        this.#lengthOctets.copy(partial)
        this.#partialFilled = 4
        this.#lengthFilled = 0
      }
      this.#partial = partial
    }
    return this.#gather(chunk, partial)
  }

  #gather(chunk: Buffer, partial: Buffer): Buffer | undefined {
    const taken = Math.min(partial.length - this.#partialFilled, chunk.length - this.#at)
    chunk.copy(partial, this.#partialFilled, this.#at, this.#at + taken)
    this.#partialFilled += taken
    this.#at += taken
    if (this.#partialFilled < partial.length) return undefined
    this.#partial = undefined
    return partial
  }

  #checked(length: number): number {
    if (length >= headerLength && length <= this.#maxLength) return length
    this.#broken = new BrokenStream(
      `command_length ${length} is outside ${headerLength} to ${this.#maxLength}: the stream is out of step`,
    )
    this.#chunks.length = 0
    throw this.#broken
  }
}
