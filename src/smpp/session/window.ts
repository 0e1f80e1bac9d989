/** A request that waits for its response. */
export interface Pending<T> {
  readonly context: T
  readonly sentAt: number
}

/**
 * The unanswered requests of one bind. The limit counts what is on the wire; the timeout counts from the write to the
 * response. A request is recorded before it is written, and what timed out stays known for a while, because a late
 * response still tells the truth about its message.
 */
export class Window<T> {
  readonly limit: number
  readonly #waiting = new Map<number, Pending<T>>()
  readonly #late = new Map<number, Pending<T>>()

  constructor(limit: number) {
    this.limit = limit
  }

  get free(): number {
    return this.limit - this.#waiting.size
  }

  get size(): number {
    return this.#waiting.size
  }

  add(sequence: number, context: T, now: number): void {
    if (this.#waiting.size >= this.limit) throw new RangeError(`window of ${this.limit} is full`)
    this.#waiting.set(sequence, { context, sentAt: now })
  }

  /** Takes out the request that this response answers; `late` where it had timed out before. */
  answer(sequence: number): { context: T; sentAt: number; late: boolean } | undefined {
    const waiting = this.#waiting.get(sequence)
    if (waiting) {
      this.#waiting.delete(sequence)
      return { ...waiting, late: false }
    }
    const late = this.#late.get(sequence)
    if (!late) return undefined
    this.#late.delete(sequence)
    return { ...late, late: true }
  }

  /** Frees the places of requests older than `timeoutMs` and hands them out; their late responses are still known. */
  timeOut(now: number, timeoutMs: number): T[] {
    const out: T[] = []
    // A Map keeps the order of insertion: the oldest comes first, and the first young one ends the search.
    for (const [sequence, pending] of this.#waiting) {
      if (now - pending.sentAt < timeoutMs) break
      this.#waiting.delete(sequence)
      this.#late.set(sequence, pending)
      if (this.#late.size > this.limit * 4) this.#late.delete(this.#late.keys().next().value as number)
      out.push(pending.context)
    }
    return out
  }

  /** Hands back what is unanswered when the connection is gone: lost means unknown, not failed. */
  close(): T[] {
    const out = [...this.#waiting.values()].map((pending) => pending.context)
    this.#waiting.clear()
    this.#late.clear()
    return out
  }
}
