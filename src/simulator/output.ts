import type { Socket } from 'node:net'
import type { TornWriter } from './torn-writer.ts'

const size = 65_536
/** Octets that wait in the socket before its peer counts as not reading. */
const tooMuch = 1_048_576

/** Gathers PDUs and hands them to the socket in one write. */
export class Output {
  readonly #socket: Socket
  readonly #torn: TornWriter | undefined
  #buffer = Buffer.allocUnsafeSlow(size)
  #length = 0
  /** What is kept back while the line is silent. */
  #held: Buffer[] | undefined

  constructor(socket: Socket, torn: TornWriter | undefined) {
    this.#socket = socket
    this.#torn = torn
  }

  /** Whether no more should be sent for now: the peer reads too slowly (the socket's `drain` says when it has caught up), or it is held. */
  get blocked(): boolean {
    return this.#socket.writableLength > tooMuch || this.#held !== undefined || (this.#torn?.pending ?? 0) > tooMuch
  }

  /** Writes up to `maxLength` octets with `write(buffer, offset)`, which returns how many they are. */
  put(maxLength: number, write: (buffer: Buffer, offset: number) => number): void {
    if (this.#length + maxLength > size) this.flush()
    this.#length += write(this.#buffer, this.#length)
  }

  /** Appends a PDU already encoded, of at most 64 KiB. */
  frame(frame: Buffer): void {
    this.put(frame.length, (buffer, offset) => frame.copy(buffer, offset))
  }

  flush(): void {
    if (this.#length === 0) return
    const octets = this.#buffer.subarray(0, this.#length)
    this.#length = 0
    if (this.#held !== undefined) this.#held.push(Buffer.from(octets))
    else this.#write(octets)
  }

  /** Keeps everything back until `release`. */
  hold(): void {
    this.flush()
    this.#held ??= []
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const octets of held) this.#write(octets)
  }

  /** Writes what is left, and closes. */
  end(): void {
    this.release()
    this.flush()
    this.#torn?.finish()
    this.#socket.end()
  }

  #write(octets: Buffer): void {
    if (!this.#socket.writable) return
    if (this.#torn !== undefined) {
      this.#torn.write(octets)
      return
    }
    this.#socket.write(octets)
    // What the kernel did not take at once is still read from this buffer.
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(size)
  }
}
