const buckets = 10
const bucketMs = 100

/** Counts what happened in the last second, to a tenth of it. Time is an argument, in ms of a monotonic clock. */
export class RecentCount {
  readonly #counts = new Float64Array(buckets)
  /** The tenth of a second that each count is of. */
  readonly #tenths = new Float64Array(buckets).fill(-1)

  add(now: number, n = 1): void {
    const tenth = Math.floor(now / bucketMs)
    const at = tenth % buckets
    if (this.#tenths[at] !== tenth) {
      this.#tenths[at] = tenth
      this.#counts[at] = 0
    }
    this.#counts[at] = (this.#counts[at] as number) + n
  }

  at(now: number): number {
    const oldest = Math.floor(now / bucketMs) - buckets
    let sum = 0
    for (let i = 0; i < buckets; i++) if ((this.#tenths[i] as number) > oldest) sum += this.#counts[i] as number
    return sum
  }
}
