import { commandStatus } from '../../../src/smpp/codec/status.ts'
import { type End, Wire, type Word, type World } from './world.ts'

const enquireAfterMs = 60_000
const deadAfterMs = 20_000

/** A carrier's SMSC over a day: one bind an account, enquire_link of its own, and whatever the script has it do. */
export class CarrierSide {
  password = 'secret'
  /** Takes connections. */
  listening = true
  /** Answers submit_sm. */
  answering = true
  readonly network = { down: false }
  readonly refusals: number[] = []
  binds = 0
  mostAtOnce = 0
  enquiries = 0
  droppedForSilence = 0
  submits = 0
  unbindResponses = 0
  readonly #world: World
  readonly #connections = new Set<CarrierConnection>()

  constructor(world: World) {
    this.#world = world
    world.every(1000, () => {
      for (const connection of this.#connections) connection.passed()
    })
  }

  get bound(): number {
    return [...this.#connections].filter(({ isBound }) => isBound).length
  }

  /** `undefined`: nobody listens. */
  accept(esme: End, password: string): Wire | undefined {
    if (!this.listening) return undefined
    const connection = new CarrierConnection(this, this.#world, password, () => this.#connections.delete(connection))
    this.#connections.add(connection)
    connection.wire = new Wire(this.#world, this.network, esme, connection)
    return connection.wire
  }

  unbindAll(): void {
    for (const connection of this.#connections) connection.unbind()
  }

  /** The process dies: every connection is reset. */
  crash(): void {
    for (const connection of this.#connections) connection.close()
  }

  admit(password: string): number {
    if (password !== this.password) return commandStatus.ESME_RINVPASWD
    if (this.bound > 0) return commandStatus.ESME_RALYBND
    return commandStatus.ESME_ROK
  }
}

class CarrierConnection implements End {
  wire!: Wire
  isBound = false
  readonly #smsc: CarrierSide
  readonly #world: World
  readonly #password: string
  readonly #forget: () => void
  #heardAt: number
  #enquiredAt: number | undefined
  #sequence = 0

  constructor(smsc: CarrierSide, world: World, password: string, forget: () => void) {
    this.#smsc = smsc
    this.#world = world
    this.#password = password
    this.#forget = forget
    this.#heardAt = world.now
  }

  heard({ command, sequence }: Word): void {
    this.#heardAt = this.#world.now
    this.#enquiredAt = undefined
    const answer = (status = 0) => this.wire.send('esme', { command: `${command}_resp`, sequence, status })
    if (command === 'bind') {
      const status = this.#smsc.admit(this.#password)
      answer(status)
      if (status !== 0) {
        this.#smsc.refusals.push(status)
        this.close()
        return
      }
      this.isBound = true
      this.#smsc.binds++
      this.#smsc.mostAtOnce = Math.max(this.#smsc.mostAtOnce, this.#smsc.bound)
    } else if (command === 'enquire_link') {
      answer()
    } else if (command === 'submit_sm') {
      this.#smsc.submits++
      if (this.#smsc.answering) answer()
    } else if (command === 'unbind') {
      this.isBound = false
      answer()
      this.close()
    } else if (command === 'unbind_resp') {
      this.#smsc.unbindResponses++
      this.isBound = false
    }
  }

  gone(): void {
    this.#leave()
  }

  unbind(): void {
    if (this.isBound) this.wire.send('esme', { command: 'unbind', sequence: ++this.#sequence })
  }

  close(): void {
    this.wire.close('smsc')
    this.#leave()
  }

  /** Time has passed. */
  passed(): void {
    const { now } = this.#world
    if (this.#enquiredAt !== undefined) {
      if (now - this.#enquiredAt < deadAfterMs) return
      this.#smsc.droppedForSilence++
      this.close()
    } else if (this.isBound && now - this.#heardAt >= enquireAfterMs) {
      this.#enquiredAt = now
      this.#smsc.enquiries++
      this.wire.send('esme', { command: 'enquire_link', sequence: ++this.#sequence })
    }
  }

  #leave(): void {
    this.isBound = false
    this.#forget()
  }
}
