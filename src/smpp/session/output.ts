import type { Socket } from 'node:net'

const size = 64 * 1024

/** Gathers PDUs, and hands them to the socket in one write: with `flush`, or at the end of this turn of the event loop. */
export class Output {
  readonly #socket: Socket
  #buffer = Buffer.allocUnsafeSlow(size)
  #filled = 0
  #flushing = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  get buffer(): Buffer {
    return this.#buffer
  }

  /** Makes place for `octets` in `buffer`. @returns where they go; `advance` says how many were written. */
  reserve(octets: number): number {
    if (this.#filled + octets > this.#buffer.length) this.flush()
    if (octets > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(octets)
    return this.#filled
  }

  advance(octets: number): void {
    this.#filled += octets
    if (this.#flushing) return
    this.#flushing = true
    setImmediate(this.#flushLater)
  }

  /** Appends a PDU already encoded. */
  put(frame: Buffer): void {
    const at = this.reserve(frame.length)
    frame.copy(this.#buffer, at)
    this.advance(frame.length)
  }

  flush(): void {
    if (this.#filled === 0) return
    const octets = this.#buffer.subarray(0, this.#filled)
    this.#filled = 0
    if (!this.#socket.writable) return
    this.#socket.write(octets)
    // What the kernel did not take at once is still read from this buffer.
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafeSlow(size)
  }

  readonly #flushLater = (): void => {
    this.#flushing = false
    this.flush()
  }
}
