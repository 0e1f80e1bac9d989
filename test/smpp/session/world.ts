import type { Prng } from '../../../src/lib/prng.ts'

/** Time that is told, not waited for: what is due happens in order, and the clock stands at its moment. ms. */
export class World {
  now = 0
  readonly random: Prng
  #queue: { at: number; order: number; run: () => void }[] = []
  #order = 0

  constructor(random: Prng) {
    this.random = random
  }

  in(delayMs: number, run: () => void): void {
    const entry = { at: this.now + delayMs, order: this.#order++, run }
    let low = 0
    let high = this.#queue.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#queue[middle] as typeof entry
      if (other.at < entry.at || (other.at === entry.at && other.order < entry.order)) low = middle + 1
      else high = middle
    }
    this.#queue.splice(low, 0, entry)
  }

  every(ms: number, run: () => void): void {
    this.in(ms, () => {
      run()
      this.every(ms, run)
    })
  }

  runUntil(end: number): void {
    for (let next = this.#queue[0]; next && next.at <= end; next = this.#queue[0]) {
      this.#queue.shift()
      this.now = next.at
      next.run()
    }
    this.now = end
  }
}

/** What crosses the simulated network: a PDU's command, status and number. */
export interface Word {
  readonly command: string
  readonly sequence: number
  readonly status?: number
}

export interface End {
  heard(word: Word): void
  /** The other side has closed, or reset. */
  gone(): void
}

/** A TCP connection: words arrive in order after some latency, or never while the network swallows them. */
export class Wire {
  readonly #world: World
  readonly #network: { down: boolean }
  readonly #ends: Record<'esme' | 'smsc', { end: End | undefined; dueAt: number }> = {
    esme: { end: undefined, dueAt: 0 },
    smsc: { end: undefined, dueAt: 0 },
  }

  constructor(world: World, network: { down: boolean }, esme: End, smsc: End) {
    this.#world = world
    this.#network = network
    this.#ends.esme.end = esme
    this.#ends.smsc.end = smsc
  }

  send(to: 'esme' | 'smsc', word: Word): void {
    this.#arrive(to, (end) => end.heard(word))
  }

  /** One side closes: it hears nothing more, the other is told if the network lets it. */
  close(by: 'esme' | 'smsc'): void {
    const other = by === 'esme' ? 'smsc' : 'esme'
    this.#ends[by].end = undefined
    this.#arrive(other, (end) => {
      this.#ends[other].end = undefined
      end.gone()
    })
  }

  #arrive(to: 'esme' | 'smsc', what: (end: End) => void): void {
    if (this.#network.down) return
    const side = this.#ends[to]
    side.dueAt = Math.max(side.dueAt, this.#world.now + 5 + this.#world.random.int(60))
    this.#world.in(side.dueAt - this.#world.now, () => {
      if (side.end && !this.#network.down) what(side.end)
    })
  }
}
