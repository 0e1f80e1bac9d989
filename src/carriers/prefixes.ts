/** An MSISDN has at most 15 digits (E.164 §6.2.1). */
const maxDigits = 15

/**
 * Number prefixes as ranges of numbers, so that a server can tell which of them a number begins with by a binary search, and without
 * writing the number out: `81` is 810 to 819, 8100 to 8199, and so on. Numbers of one bucket begin with the same of the prefixes.
 */
export class Prefixes {
  /** Ascending. The bucket of a number is how many of these are not above it. */
  readonly thresholds: readonly number[]

  constructor(prefixes: readonly string[]) {
    const bounds = new Set<number>()
    for (const prefix of prefixes) {
      for (let more = 0; prefix.length + more <= maxDigits; more++) {
        bounds.add(Number(prefix) * 10 ** more)
        bounds.add((Number(prefix) + 1) * 10 ** more)
      }
    }
    this.thresholds = [...bounds].sort((a, b) => a - b)
  }

  /** A number of the bucket, as digits; empty below all prefixes. */
  exampleOf(bucket: number): string {
    return bucket === 0 ? '' : String(this.thresholds[bucket - 1])
  }

  bucketOf(msisdn: number): number {
    let low = 0
    let high = this.thresholds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.thresholds[middle] as number) <= msisdn) low = middle + 1
      else high = middle
    }
    return low
  }
}
