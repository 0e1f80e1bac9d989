import { Problem } from '../../lib/problem.ts'
import { encodePdu, type Pdu, type PduInput } from '../codec/pdu.ts'

/** Requests that a session makes besides submit_sm. */
type RequestName = 'query_sm' | 'cancel_sm' | 'replace_sm' | 'data_sm'

/** A request without its sequence number, which the session gives. */
export type SessionRequest = { [C in RequestName]: Omit<PduInput<C>, 'sequence'> }[RequestName]

/** Called once with the response, be it a generic_nack or an error; with `undefined` where none came. */
export type RequestAnswered = (response: Pdu | undefined) => void

interface Waiting {
  readonly command: RequestName
  readonly answered: RequestAnswered
  readonly sentAt: number
}

/** The unanswered requests of one bind besides its submits, which the window counts. */
export class Requests {
  /** More than a few are asked for by nobody in good order; an SMSC that answers none must not gather them. */
  readonly limit = 100
  readonly #waiting = new Map<number, Waiting>()

  get size(): number {
    return this.#waiting.size
  }

  has(sequence: number): boolean {
    return this.#waiting.has(sequence)
  }

  /** Records a request. @returns what is to be sent; `undefined` where it was answered with `undefined` already. */
  record(request: SessionRequest, sequence: number, answered: RequestAnswered, now: number): Buffer | undefined {
    const frame = this.#waiting.size < this.limit ? encoded({ ...request, sequence } as PduInput) : undefined
    if (frame) this.#waiting.set(sequence, { command: request.command, answered, sentAt: now })
    else answered(undefined)
    return frame
  }

  /** Hands a response to who waits for it; nobody does for one of another command or another sequence number. */
  answer(response: Pdu): void {
    const waiting = this.#waiting.get(response.sequence)
    if (!waiting) return
    if (response.command !== `${waiting.command}_resp` && response.command !== 'generic_nack') return
    this.#waiting.delete(response.sequence)
    waiting.answered(response)
  }

  /** Gives up what has waited for `responseMs`. */
  expire(now: number, responseMs: number): void {
    for (const [sequence, { answered, sentAt }] of this.#waiting) {
      // In order of sending: the first young one ends the search.
      if (now - sentAt < responseMs) return
      this.#waiting.delete(sequence)
      answered(undefined)
    }
  }

  close(): void {
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { answered } of waiting) answered(undefined)
  }
}

/** The PDU in octets; `undefined` where a field does not fit. */
function encoded(pdu: PduInput): Buffer | undefined {
  try {
    return encodePdu(pdu)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}
