/**
 * Things that fall due, grouped by the millisecond: one timer for all of them and no object of its own for any, so that
 * tens of thousands a second cost next to nothing.
 */
export class Calendar<T> {
  readonly #onDue: (items: readonly T[]) => void
  readonly #byMs = new Map<number, T[]>()
  /** The milliseconds of `#byMs` as a binary heap, earliest first. */
  readonly #heap: number[] = []
  #timer: NodeJS.Timeout | undefined
  #timerDue = Number.POSITIVE_INFINITY

  constructor(onDue: (items: readonly T[]) => void) {
    this.#onDue = onDue
  }

  /** @param due on the clock of `performance.now()`, in milliseconds; never handed out earlier. */
  add(due: number, item: T): void {
    const ms = Math.ceil(due)
    const there = this.#byMs.get(ms)
    if (there !== undefined) {
      there.push(item)
      return
    }
    this.#byMs.set(ms, [item])
    this.#raise(ms)
    if (ms < this.#timerDue) this.#arm(ms)
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerDue = Number.POSITIVE_INFINITY
    this.#byMs.clear()
    this.#heap.length = 0
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer)
    this.#timerDue = ms
    this.#timer = setTimeout(() => this.#run(), Math.max(1, ms - performance.now()))
  }

  #run(): void {
    this.#timerDue = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (;;) {
      const ms = this.#heap[0]
      if (ms === undefined) return
      if (ms > now) {
        // `#onDue` may have armed it for something earlier than what was left.
        if (ms < this.#timerDue) this.#arm(ms)
        return
      }
      this.#lower()
      const items = this.#byMs.get(ms) as T[]
      this.#byMs.delete(ms)
      this.#onDue(items)
    }
  }

  #raise(ms: number): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(ms)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if ((heap[parent] as number) <= ms) break
      heap[i] = heap[parent] as number
      i = parent
    }
    heap[i] = ms
  }

  /** Takes the earliest away. */
  #lower(): void {
    const heap = this.#heap
    const last = heap.pop() as number
    if (heap.length === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && (heap[child + 1] as number) < (heap[child] as number)) child++
      if ((heap[child] as number) >= last) break
      heap[i] = heap[child] as number
      i = child
    }
    heap[i] = last
  }
}
