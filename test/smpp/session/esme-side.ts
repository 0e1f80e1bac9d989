import { firstPatience } from '../../../src/smpp/session/options.ts'
import { nextPatience, reconnectDelay } from '../../../src/smpp/session/reconnect.ts'
import { nextSequence } from '../../../src/smpp/session/sequence.ts'
import {
  opened,
  type SessionEnd,
  type SessionEvent,
  type SessionState,
  type SessionStep,
  step,
} from '../../../src/smpp/session/state.ts'
import { Window } from '../../../src/smpp/session/window.ts'
import type { CarrierSide } from './carrier-side.ts'
import type { End, Wire, Word, World } from './world.ts'

export const timers = { enquireLinkMs: 30_000, responseMs: 10_000 }
export const reconnectMs = [1000, 30_000] as const
const tickMs = 100

/** The values that Session and Link are made of, on a simulated network: the same events, the same effects, told time. */
export class EsmeSide implements End {
  password = 'secret'
  /** Each attempt to connect. */
  readonly attempts: number[] = []
  readonly binds: number[] = []
  /** Each enquire_link sent, with how long nothing had been heard. */
  readonly enquiries: { at: number; silentMs: number }[] = []
  readonly ends: { at: number; end: SessionEnd; failures: number; delay: number | undefined }[] = []
  submitted = 0
  answered = 0
  handedBack = 0
  readonly #world: World
  readonly #carrier: CarrierSide
  #wire: Wire | undefined
  #state: SessionState | undefined
  #window = new Window<number>(10)
  #sequence = 0
  #heardAt = 0
  #failures = 0
  #patience = firstPatience
  #answersInTime = false

  constructor(world: World, carrier: CarrierSide) {
    this.#world = world
    this.#carrier = carrier
    world.every(tickMs, () => this.#tick())
  }

  get mode(): string {
    return this.#state?.mode ?? 'closed'
  }

  get inFlight(): number {
    return this.#window.size
  }

  connect(): void {
    this.attempts.push(this.#world.now)
    if (this.mode !== 'closed') throw new Error('two connections of one link')
    const { network } = this.#carrier
    if (network.down) {
      this.#world.in(timers.responseMs, () => this.#ended({ kind: 'lost', reason: 'no connection' }))
      return
    }
    this.#wire = this.#carrier.accept(this, this.password)
    this.#world.in(20, () => {
      if (!this.#wire) {
        this.#ended({ kind: 'lost', reason: 'connection refused' })
        return
      }
      this.#heardAt = this.#world.now
      this.#answersInTime = false
      this.#apply(opened(this.#world.now))
    })
  }

  submit(): void {
    if (this.mode !== 'bound' || this.#window.free === 0) return
    const sequence = this.#next()
    this.#window.add(sequence, ++this.submitted, this.#world.now)
    this.#wire?.send('smsc', { command: 'submit_sm', sequence })
  }

  unbind(): void {
    this.#happened({ kind: 'unbind', unanswered: this.#window.size, unacknowledged: 0 })
  }

  heard({ command, sequence, status = 0 }: Word): void {
    const { now } = this.#world
    this.#heardAt = now
    if (command === 'bind_resp') this.#happened({ kind: 'bind-answered', status })
    else if (command === 'unbind_resp') this.#happened({ kind: 'unbind-answered' })
    else if (command === 'enquire_link') this.#happened({ kind: 'enquired', sequence })
    else if (command === 'unbind') {
      this.#happened({ kind: 'peer-unbinds', sequence, unanswered: this.#window.size, unacknowledged: 0 })
    } else if (command === 'submit_sm_resp') {
      const found = this.#window.answer(sequence, now)
      if (!found) throw new Error('an answer to nothing')
      if (now - found.sentAt < timers.responseMs) this.#answersInTime = true
      this.answered++
      if (this.mode !== 'bound' && this.#window.size === 0) this.#happened({ kind: 'settled' })
    }
  }

  gone(): void {
    this.#happened({ kind: 'closed' })
  }

  #next(): number {
    this.#sequence = nextSequence(this.#sequence, (sequence) => this.#window.has(sequence))
    return this.#sequence
  }

  #tick(): void {
    const { now } = this.#world
    this.#happened({
      kind: 'tick',
      heardAt: this.#heardAt,
      unanswered: this.#window.size,
      unacknowledged: 0,
      silentMs: this.#window.silentMs(now),
    })
  }

  #happened(event: SessionEvent): void {
    if (!this.#state) return
    this.#apply(step(this.#state, event, { ...timers, patience: this.#patience }, this.#world.now))
  }

  #apply({ state, effects }: SessionStep): void {
    this.#state = state
    for (const effect of effects) {
      switch (effect.do) {
        case 'request':
          if (effect.command === 'enquire_link') {
            this.enquiries.push({ at: this.#world.now, silentMs: this.#world.now - this.#heardAt })
          }
          this.#wire?.send('smsc', { command: effect.command, sequence: this.#next() })
          break
        case 'answer':
          this.#wire?.send('smsc', { command: effect.pdu.command, sequence: effect.pdu.sequence })
          break
        case 'bound':
          this.#failures = 0
          this.binds.push(this.#world.now)
          break
        case 'finish':
        case 'destroy':
          this.#wire?.close('esme')
          this.#world.in(1, () => this.#happened({ kind: 'closed' }))
          break
        case 'ended':
          this.#state = undefined
          this.handedBack += this.#window.close().length
          this.#patience = nextPatience(this.#patience, effect.end, this.#answersInTime)
          this.#ended(effect.end)
      }
    }
  }

  #ended(end: SessionEnd): void {
    const delay = reconnectDelay(end, this.#failures, reconnectMs, this.#world.random.next())
    this.ends.push({ at: this.#world.now, end, failures: this.#failures, delay })
    this.#failures++
    if (delay !== undefined) this.#world.in(delay, () => this.connect())
  }
}
