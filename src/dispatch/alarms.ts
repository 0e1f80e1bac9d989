const stepMs = 100

/** Rings at times to come; what is due within the same tenth of a second shares a timer, since thousands may be refused at once. */
export class Alarms {
  readonly #ring: () => void
  readonly #set = new Map<number, NodeJS.Timeout>()

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** @param ms since the epoch. */
  at(ms: number): void {
    const at = Math.ceil(ms / stepMs) * stepMs
    if (this.#set.has(at)) return
    // A little later, for what is compared with the clock of the database.
    const timer = setTimeout(
      () => {
        this.#set.delete(at)
        this.#ring()
      },
      Math.max(0, at - Date.now()) + 50,
    )
    this.#set.set(at, timer)
  }

  clear(): void {
    for (const timer of this.#set.values()) clearTimeout(timer)
    this.#set.clear()
  }
}
