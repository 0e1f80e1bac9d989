import type { Socket } from 'node:net'
import { Damage } from './damage.ts'
import type { FaultCounts, Faults } from './faults.ts'
import { sourceFor } from './seeds.ts'
import { SlowReader } from './slow-reader.ts'
import { TornWriter } from './torn-writer.ts'
import { Trouble, type Troubled } from './trouble.ts'

/** A connection as its unrest sees it. */
export interface Unsettled extends Troubled {
  readonly number: number
  /** Handles octets that have come. */
  take(chunk: Buffer): void
  /** Reads on, if nothing else is against it. */
  resume(): void
  /** More can be sent again. */
  drained(): void
  enquire(): void
  /** Cuts an ESME that said nothing for too long. */
  giveUp(): void
}

/** What disturbs one connection: decided once, at its beginning, so that a quiet one pays for none of it. */
export class Unrest {
  readonly torn: TornWriter | undefined
  readonly damage: Damage | undefined
  readonly #faults: Faults
  readonly #seed: number
  readonly #connection: Unsettled
  readonly #socket: Socket
  readonly #slow: SlowReader | undefined
  #trouble: Trouble | undefined
  #stallTimer: NodeJS.Timeout | undefined
  #enquireTimer: NodeJS.Timeout | undefined
  #heard = true

  constructor(faults: Faults, seed: number, counts: FaultCounts, connection: Unsettled, socket: Socket) {
    this.#faults = faults
    this.#seed = seed
    this.#connection = connection
    this.#socket = socket
    const { fragment, malformed, slowReadBytesPerS } = faults
    if (fragment !== undefined) {
      this.torn = new TornWriter(socket, fragment, this.#source('fragment'), counts, () => connection.drained())
    }
    if (malformed !== undefined) this.damage = new Damage(malformed, this.#source('malformed'))
    if (slowReadBytesPerS !== undefined) {
      this.#slow = new SlowReader(slowReadBytesPerS, (slice) => {
        connection.take(slice)
        if (this.#slow?.busy) counts.slowReads++
        else connection.resume()
      })
    }
  }

  get stalled(): boolean {
    return this.#stallTimer !== undefined
  }

  /** Whether the socket may be read from. */
  get reads(): boolean {
    return !this.stalled && this.#slow?.busy !== true
  }

  /** The ESME is bound: from now on troubles come. */
  start(): void {
    this.#trouble = new Trouble(this.#faults, this.#source('trouble'), this.#connection)
    const { enquireLinkMs } = this.#faults
    if (enquireLinkMs !== undefined) this.#enquireTimer = setInterval(() => this.#enquire(), enquireLinkMs)
  }

  stop(): void {
    this.#trouble?.stop()
    this.#slow?.stop()
    clearInterval(this.#enquireTimer)
    clearTimeout(this.#stallTimer)
    this.#stallTimer = undefined
  }

  /** Passes on what has come, now or slowly. */
  read(chunk: Buffer): void {
    this.#heard = true
    if (this.#slow === undefined) {
      this.#connection.take(chunk)
      return
    }
    this.#slow.push(chunk)
    if (this.#slow.busy) this.#socket.pause()
  }

  /** Reads nothing for so long, then calls `over`. */
  stall(ms: number, over: () => void): void {
    this.#socket.pause()
    this.#slow?.hold()
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = undefined
      this.#slow?.release()
      // What was sent to us meanwhile has not been read.
      this.#heard = true
      over()
    }, ms)
  }

  #enquire(): void {
    if (this.stalled) return
    if (!this.#heard) {
      this.#connection.giveUp()
      return
    }
    this.#heard = false
    this.#connection.enquire()
  }

  #source(purpose: string) {
    return sourceFor(this.#seed, `${purpose} ${this.#connection.number}`)
  }
}
