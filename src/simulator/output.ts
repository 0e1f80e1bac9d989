import type { Socket } from 'node:net'

const size = 65_536
/** Octets that wait in the socket before its peer counts as not reading. */
const tooMuch = 1_048_576

/** Gathers PDUs and hands them to the socket in one write. */
export class Output {
  readonly #socket: Socket
  #buffer = Buffer.allocUnsafeSlow(size)
  #length = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Whether the peer reads too slowly to be sent more; the socket's `drain` says when it has caught up. */
  get blocked(): boolean {
    return this.#socket.writableLength > tooMuch
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
    if (!this.#socket.writable) return
    this.#socket.write(octets)
    // What the kernel did not take at once is still read from this buffer.
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(size)
  }
}
