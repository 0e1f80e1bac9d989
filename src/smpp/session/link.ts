import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from 'node:tls'
import type { Delivery } from '../codec/delivery.ts'
import { firstPatience, type SessionHandler, type SessionOptions } from './options.ts'
import { nextPatience, reconnectDelay } from './reconnect.ts'
import { nextSequence } from './sequence.ts'
import { Session } from './session.ts'
import type { SessionEnd } from './state.ts'

export interface LinkAddress {
  readonly host: string
  readonly port: number
  /** With verification of the certificate and of the host name. */
  readonly tls: boolean
  /** PEM of the CA that must have signed the certificate; without it the public ones. */
  readonly ca?: string
  /** The name in the certificate, where it is not `host`. */
  readonly serverName?: string
}

export interface LinkOptions extends Omit<SessionOptions, 'patience'> {
  /** Tried in turn: after a failure the next one. */
  readonly addresses: readonly LinkAddress[]
  /** Index of the address to begin with, so that several binds spread. */
  readonly startAt: number
  readonly reconnectMs: readonly [number, number]
}

export interface LinkHandler<T> extends Omit<SessionHandler<T>, 'closed' | 'delivered'> {
  delivered(delivery: Delivery, acknowledge: (status: number) => void): void
  closed(end: SessionEnd, unanswered: T[], retryInMs: number | undefined): void
}

/** Keeps one bind up: connects, binds, and after every end connects again, until it is stopped. */
export class Link<T> {
  readonly #options: LinkOptions
  readonly #handler: LinkHandler<T>
  #session: Session<T> | undefined
  #connecting: Socket | undefined
  #retry: NodeJS.Timeout | undefined
  #failures = 0
  /** In response times. */
  #patience = firstPatience
  /** Where the next session begins: it goes on from the last one's number, so that no two requests of this bind share one. */
  #sequence: number
  #next: number
  #stopping = false
  #onStopped: (() => void) | undefined

  constructor(options: LinkOptions, handler: LinkHandler<T>) {
    this.#options = options
    this.#handler = handler
    this.#next = options.startAt
    this.#sequence = options.firstSequence ?? 1
  }

  /** The bind, while there is one that is up. */
  get session(): Session<T> | undefined {
    return this.#session?.mode === 'bound' ? this.#session : undefined
  }

  start(): void {
    if (this.#stopping) return
    const { addresses } = this.#options
    const address = addresses[this.#next % addresses.length] as LinkAddress
    const { host, port, ca, serverName = host } = address
    // An address is no server name (RFC 6066 §3); the certificate is verified against the host either way.
    const name = isIP(serverName) === 0 ? { servername: serverName } : {}
    const tls = {
      host,
      port,
      ...name,
      ...(ca === undefined ? {} : { ca }),
      checkServerIdentity: (_: string, certificate: PeerCertificate) => checkServerIdentity(serverName, certificate),
    }
    const socket = address.tls ? connectTls(tls) : connectTcp({ host, port })
    this.#connecting = socket
    const giveUp = setTimeout(
      () => socket.destroy(new Error(`no connection to ${host}:${port}`)),
      this.#options.timers.responseMs,
    )
    const failed = (error?: Error) => {
      clearTimeout(giveUp)
      this.#connecting = undefined
      this.#ended({ kind: 'lost', reason: error?.message ?? `no connection to ${host}:${port}` }, [])
    }
    let cause: Error | undefined
    const noteCause = (error: Error) => {
      cause = error
    }
    const onClose = () => failed(cause)
    socket.once('error', noteCause)
    socket.once('close', onClose)
    socket.once(address.tls ? 'secureConnect' : 'connect', () => {
      clearTimeout(giveUp)
      socket.off('error', noteCause)
      socket.off('close', onClose)
      this.#connecting = undefined
      this.#open(socket)
    })
  }

  /** Waits for the answers under way, unbinds, closes; never connects again. */
  stop(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#retry)
    if (!this.#session && !this.#connecting) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onStopped = resolve
      this.#connecting?.destroy()
      this.#session?.unbind()
    })
  }

  #open(socket: Socket): void {
    const handler = this.#handler
    const session = new Session<T>(
      socket,
      { ...this.#options, patience: this.#patience, firstSequence: this.#sequence },
      {
        bound: () => {
          this.#failures = 0
          handler.bound()
        },
        answered: (context, status, messageId, late) => handler.answered(context, status, messageId, late),
        unanswered: (context) => handler.unanswered(context),
        delivered: (delivery) =>
          handler.delivered(delivery, (status) => session.acknowledge(delivery.sequence, status)),
        room: () => handler.room(),
        congested: (state) => handler.congested?.(state),
        alerted: (notification) => handler.alerted?.(notification),
        closed: (end, unanswered) => {
          this.#session = undefined
          this.#sequence = nextSequence(session.lastSequence, () => false)
          this.#patience = nextPatience(this.#patience, end, session.answersInTime)
          this.#ended(end, unanswered)
        },
      },
    )
    this.#session = session
    if (this.#stopping) session.unbind()
  }

  #ended(end: SessionEnd, unanswered: T[]): void {
    const { reconnectMs } = this.#options
    const delay = this.#stopping ? undefined : reconnectDelay(end, this.#failures, reconnectMs, Math.random())
    this.#failures++
    this.#next++
    this.#handler.closed(end, unanswered, delay)
    if (this.#stopping) this.#onStopped?.()
    else if (delay !== undefined) this.#retry = setTimeout(() => this.start(), delay)
  }
}
