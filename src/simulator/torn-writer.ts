import type { Socket } from 'node:net'
import type { Prng } from '../lib/prng.ts'
import type { FaultCounts } from './faults.ts'

/** Pieces of one torn write at most, and octets of a piece at most but the last. */
const mostPieces = 12
const longestPiece = 40
/** How long writes are held to be glued; ms. */
const longestHold = 20

/**
 * Writes the right octets in the wrong portions: some writes torn at random octets, each piece in a TCP segment of its own,
 * the others held for some milliseconds and sent with what comes meanwhile.
 */
export class TornWriter {
  readonly #socket: Socket
  readonly #share: number
  readonly #random: Prng
  readonly #counts: FaultCounts
  readonly #drained: () => void
  /** In order; what stands in one element goes out in one write. */
  #portions: Buffer[] = []
  #pending = 0
  /** The last portion may still be added to. */
  #gluing = false
  #timer: NodeJS.Timeout | undefined

  /** @param drained called whenever nothing is left to hand over. */
  constructor(socket: Socket, share: number, random: Prng, counts: FaultCounts, drained: () => void) {
    this.#socket = socket
    this.#share = share
    this.#random = random
    this.#counts = counts
    this.#drained = drained
  }

  /** Octets not yet handed to the socket. */
  get pending(): number {
    return this.#pending
  }

  /** @param octets copied: the caller may reuse them. */
  write(octets: Buffer): void {
    this.#pending += octets.length
    if (this.#random.next() < this.#share) this.#tear(Buffer.from(octets))
    else this.#glue(octets)
  }

  /** Hands over what is left. */
  finish(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    for (const portion of this.#portions) this.#put(portion)
    this.#portions = []
  }

  #tear(octets: Buffer): void {
    this.#counts.torn++
    this.#gluing = false
    let at = 0
    for (let piece = 1; piece < mostPieces && at < octets.length; piece++) {
      const end = at + 1 + this.#random.int(longestPiece)
      this.#portions.push(octets.subarray(at, end))
      at = end
    }
    if (at < octets.length) this.#portions.push(octets.subarray(at))
    this.#next(1)
  }

  #glue(octets: Buffer): void {
    const last = this.#gluing ? this.#portions.pop() : undefined
    if (last !== undefined) this.#counts.glued++
    this.#portions.push(last === undefined ? Buffer.from(octets) : Buffer.concat([last, octets]))
    this.#gluing = true
    this.#next(1 + this.#random.int(longestHold))
  }

  #next(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      const portion = this.#portions.shift()
      if (this.#portions.length === 0) this.#gluing = false
      if (portion !== undefined) this.#put(portion)
      // A piece alone in its segment: the next one waits until this one is on its way.
      if (this.#portions.length > 0) this.#next(1)
      else this.#drained()
    }, afterMs)
  }

  #put(portion: Buffer): void {
    this.#pending -= portion.length
    if (this.#socket.writable) this.#socket.write(portion)
  }
}
