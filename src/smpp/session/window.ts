/** A request that waits for its response. */
export interface Pending<T> {
  readonly context: T
  readonly sentAt: number
  /** Handed out as unanswered; its late response still tells the truth about its message. */
  readonly late: boolean
}

/**
 * The unanswered requests of one bind. A request keeps its place until it is answered or the bind ends, however long that
 * takes: the carrier counts what it has not answered, and whoever sends more is refused.
 */
export class Window<T> {
  readonly limit: number
  readonly #waiting = new Map<number, Pending<T>>()
  #late = 0
  #answeredAt = Number.NEGATIVE_INFINITY
  /** When the youngest request that has been answered was sent. */
  #newestAnswered = Number.NEGATIVE_INFINITY

  constructor(limit: number) {
    this.limit = limit
  }

  get free(): number {
    return this.limit - this.#waiting.size
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Of those that wait, how many were handed out as unanswered: their places may be lost for good. */
  get late(): number {
    return this.#late
  }

  has(sequence: number): boolean {
    return this.#waiting.has(sequence)
  }

  add(sequence: number, context: T, now: number): void {
    if (this.#waiting.size >= this.limit) throw new RangeError(`window of ${this.limit} is full`)
    this.#waiting.set(sequence, { context, sentAt: now, late: false })
  }

  /** Takes out the request that this response answers; `late` where it had been handed out as unanswered. */
  answer(sequence: number, now: number): Pending<T> | undefined {
    const waiting = this.#waiting.get(sequence)
    if (!waiting) return undefined
    this.#waiting.delete(sequence)
    if (waiting.late) this.#late--
    this.#answeredAt = now
    this.#newestAnswered = Math.max(this.#newestAnswered, waiting.sentAt)
    return waiting
  }

  /** How long requests have been waiting without any being answered, ms; 0 while none waits. */
  silentMs(now: number): number {
    const [oldest] = this.#waiting.values()
    return oldest ? now - Math.max(oldest.sentAt, this.#answeredAt) : 0
  }

  /**
   * Hands out requests older than `timeoutMs` whose response is missing, not slow: others that were sent `marginMs` after them
   * have been answered.
   */
  overtaken(now: number, timeoutMs: number, marginMs: number): T[] {
    const out: T[] = []
    // A Map keeps the order of insertion: the oldest comes first, and the first young one ends the search.
    for (const [sequence, pending] of this.#waiting) {
      if (now - pending.sentAt < timeoutMs || this.#newestAnswered - pending.sentAt < marginMs) break
      if (pending.late) continue
      this.#waiting.set(sequence, { ...pending, late: true })
      this.#late++
      out.push(pending.context)
    }
    return out
  }

  /** Hands back what is unanswered, and was not before, when the connection is gone: lost means unknown, not failed. */
  close(): T[] {
    const out = [...this.#waiting.values()].filter(({ late }) => !late).map(({ context }) => context)
    this.#waiting.clear()
    return out
  }
}
