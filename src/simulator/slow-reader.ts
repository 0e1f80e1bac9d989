const tickMs = 20
/** What was not read while nothing came, or while a timer was late, is made up for as long as this. */
const creditMs = 100

/** Hands on what comes no faster than a number of octets a second; while it has some, its source is to be paused. */
export class SlowReader {
  readonly #perMs: number
  readonly #most: number
  readonly #take: (chunk: Buffer) => void
  readonly #chunks: Buffer[] = []
  #credit: number
  #at = performance.now()
  #timer: NodeJS.Timeout | undefined
  #held = false

  /** @param take gets the octets in slices; it may call `busy` to see whether more are there. */
  constructor(bytesPerS: number, take: (chunk: Buffer) => void) {
    this.#perMs = bytesPerS / 1000
    this.#most = Math.max(1, this.#perMs * creditMs)
    this.#credit = this.#most
    this.#take = take
  }

  /** Whether octets wait: read no more until `take` was called with the last of them. */
  get busy(): boolean {
    return this.#chunks.length > 0
  }

  /** Hands on at once what may go now. */
  push(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#timer === undefined) this.#handOn()
  }

  /** Hands nothing on until `release`. */
  hold(): void {
    this.#held = true
    this.#pause()
  }

  release(): void {
    this.#held = false
    if (this.busy) this.#handOn()
  }

  /** For good. */
  stop(): void {
    this.#pause()
    this.#chunks.length = 0
  }

  #pause(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #handOn(): void {
    this.#timer = undefined
    if (this.#held) return
    const now = performance.now()
    this.#credit = Math.min(this.#most, this.#credit + (now - this.#at) * this.#perMs)
    this.#at = now
    for (let first = this.#chunks[0]; first !== undefined && this.#credit >= 1; first = this.#chunks[0]) {
      const slice = first.subarray(0, this.#credit)
      this.#credit -= slice.length
      if (slice.length < first.length) this.#chunks[0] = first.subarray(slice.length)
      else this.#chunks.shift()
      this.#take(slice)
    }
    if (this.busy && !this.#held) this.#timer ??= setTimeout(() => this.#handOn(), tickMs)
  }
}
