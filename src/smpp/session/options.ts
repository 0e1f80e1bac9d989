import type { Delivery } from '../codec/delivery.ts'
import type { Pdu, PduInput } from '../codec/pdu.ts'
import type { SessionEnd } from './state.ts'
import type { TimerLimits } from './timers.ts'

export type BindKind = 'transceiver' | 'transmitter' | 'receiver'

export interface SessionOptions {
  readonly kind: BindKind
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  /** SMPP version that the bind asks for; default 0x34. */
  readonly interfaceVersion?: 0x34 | 0x50
  /** Unanswered submit_sm on this bind. */
  readonly window: number
  readonly timers: TimerLimits
  /** A bind of which nothing is answered for so many response times is taken for half-dead; default 2. */
  readonly patience?: number
  /**
   * Sequence number of the first bind request, the others follow; default 1. Each session of a link goes on from the last one's:
   * an answer that a confused SMSC sends to the next session is not taken for one of its own, nor a line of its log for another.
   */
  readonly firstSequence?: number
}

export interface SessionHandler<T> {
  bound(): void
  /** A submit_sm was answered. `late`: after it had been handed out as unanswered. */
  answered(context: T, status: number, messageId: string, late: boolean): void
  /** The response of a submit_sm is missing while later ones were answered; it may still come. */
  unanswered(context: T): void
  /** A receipt or a text from a phone; answer it with `acknowledge(sequence, status)`. */
  delivered(delivery: Delivery): void
  /** There is room in the window or in the socket again. */
  room(): void
  /** A response carried congestion_state (SMPP 5.0 §4.8.4.18): 0 idle to 100 congested. Called before the answer is given. */
  congested?(state: number): void
  /** The SMSC says that a phone can be reached again (SMPP 3.4 §4.12). */
  alerted?(notification: Pdu<'alert_notification'>): void
  closed(end: SessionEnd, unanswered: T[]): void
}

export const firstPatience = 2

export function bindRequest(
  { kind, systemId, password, systemType, interfaceVersion = 0x34 }: SessionOptions,
  sequence: number,
): PduInput {
  return {
    command: `bind_${kind}`,
    sequence,
    fields: { system_id: systemId, password, system_type: systemType, interface_version: interfaceVersion },
  }
}
