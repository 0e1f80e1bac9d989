/**
 * Ticks receipts off against the message ids of the responses, whichever comes first, as whoever wants to know what became of a
 * message must.
 */
export class Ticks {
  readonly #open = new Map<string, string>()
  readonly #early = new Set<string>()
  #left = 0
  #done: (() => void) | undefined

  /** Resolves when `messages` more have been accepted and reported. */
  expect(messages: number): Promise<void> {
    this.#left = messages
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }

  accepted(id: string, destination: string): void {
    if (this.#early.delete(id)) this.#tick()
    else this.#open.set(id, destination)
  }

  reported(id: string): void {
    if (this.#open.delete(id)) this.#tick()
    else this.#early.add(id)
  }

  #tick(): void {
    if (--this.#left === 0) this.#done?.()
  }
}
