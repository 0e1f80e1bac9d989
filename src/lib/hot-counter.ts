import { Counter, type Registry } from 'prom-client'

/**
 * A counter with two labels for what happens tens of thousands of times a second: it counts in plain numbers and hands them to
 * prom-client when the metrics are asked for. prom-client makes a hash of the labels at each `inc`, 250 octets a message for the
 * garbage collector.
 */
export class HotCounter {
  readonly #counts = new Map<string, Map<string, number>>()

  constructor(config: {
    readonly registers: Registry[]
    readonly name: string
    readonly help: string
    readonly labelNames: readonly [string, string]
  }) {
    const { labelNames, ...rest } = config
    const [first, second] = labelNames
    const counts = this.#counts
    new Counter({
      ...rest,
      labelNames: [...labelNames],
      collect() {
        for (const [one, inner] of counts) {
          for (const [other, n] of inner) {
            if (n > 0) this.inc({ [first]: one, [second]: other }, n)
            inner.set(other, 0)
          }
        }
      },
    })
  }

  inc(first: string, second: string): void {
    let inner = this.#counts.get(first)
    if (!inner) {
      inner = new Map()
      this.#counts.set(first, inner)
    }
    inner.set(second, (inner.get(second) ?? 0) + 1)
  }
}
