import type { Session } from '../smpp/session/session.ts'
import type { DueMessage } from '../store/chunks/load.ts'
import type { OutcomeRecord } from '../store/ledger/records.ts'
import type { CarrierText } from './carrier-text.ts'
import { maxAttempts, policyOf, retryDelayMs, triesOfADay } from './error-table.ts'
import type { WorkingChunk } from './working-chunk.ts'

/** One attempt of one message, from the write of its first part to the last answer. */
export interface Flight {
  readonly chunk: WorkingChunk
  readonly message: DueMessage
  readonly text: CarrierText
  /** The bind that all its parts go over. */
  readonly session: Session<FlightPart>
  /** Which attempt this is of those that count: being throttled does not. */
  readonly tries: number
  /** When the first part was written; ms since the epoch. */
  readonly at: number
  /** SMSC id of each part, normalised; undefined until it is accepted. */
  readonly ids: (string | undefined)[]
  /** Parts written so far. */
  sent: number
  /** Parts written and neither answered nor given up. */
  open: number
  /** How often a part was sent again alone. */
  partRetries: number
  readonly unanswered: number[]
  refusedWith: number | undefined
  settled: boolean
}

/** What is passed to the session with each submit_sm. */
export interface FlightPart {
  readonly flight: Flight
  /** From 1. */
  readonly part: number
}

export function takeOff(
  chunk: WorkingChunk,
  session: Session<FlightPart>,
  { tries, now }: { readonly tries: number; readonly now: number },
): Flight {
  const text = chunk.nextText
  return {
    chunk,
    message: chunk.take(),
    text,
    session,
    tries,
    at: now,
    ids: new Array<string | undefined>(text.templates.length).fill(undefined),
    sent: 0,
    open: 0,
    partRetries: 0,
    unanswered: [],
    refusedWith: undefined,
    settled: false,
  }
}

const refOf = ({ chunk, message, ids, at }: Flight, carrierNo: number): OutcomeRecord['ref'] => ({
  broadcastId: chunk.broadcast.id,
  seq: message.seq,
  attempt: chunk.attempt,
  carrierNo,
  msisdn: message.msisdn,
  parts: ids.length,
  at,
})

/**
 * What the answers of a finished attempt add up to.
 * - all parts accepted: submitted
 * - a part without an answer: may have arrived. Sent again where the alert's policy says so, else uncertain
 * - a part refused: by the error table. What may be taken later is tried until the broadcast expires (or a day long), and each
 *   `maxAttempts` tries it is the next carrier's turn
 *
 * @param now ms since the epoch.
 */
export function outcomeOf(flight: Flight, carrierNo: number, now: number): OutcomeRecord {
  const { chunk, tries, refusedWith } = flight
  const { broadcast, lane, fallbacks } = chunk
  const base = {
    ref: refOf(flight, carrierNo),
    accepted: flight.ids.flatMap((smscId, i) => (smscId === undefined ? [] : [{ part: i + 1, smscId }])),
    unanswered: flight.unanswered,
  }
  const again = (delayMs: number, toNo = carrierNo, then = fallbacks): OutcomeRecord => ({
    ...base,
    verdict: 'again',
    error: refusedWith,
    // Whole tenths of a second: what waits alike shares a chunk.
    again: { lane, carrierNo: toNo, fallbacks: then, notBefore: Math.ceil((now + delayMs) / 100) * 100 },
  })
  if (flight.unanswered.length > 0 || (refusedWith === undefined && base.accepted.length < flight.ids.length)) {
    return broadcast.resend && tries < maxAttempts
      ? again(retryDelayMs('rebind', tries))
      : { ...base, verdict: 'uncertain' }
  }
  if (refusedWith === undefined) return { ...base, verdict: 'submitted' }
  const policy = policyOf(refusedWith)
  const over = broadcast.expiresAt === null ? tries >= triesOfADay : now >= broadcast.expiresAt
  if (policy === 'permanent' || (policy !== 'throttle' && over))
    return { ...base, verdict: 'failed', error: refusedWith }
  if (policy === 'throttle' || tries % maxAttempts > 0) return again(retryDelayMs(policy, tries))
  const [next = carrierNo, ...others] = fallbacks
  return next === carrierNo ? again(retryDelayMs(policy, tries)) : again(0, next, [...others, carrierNo])
}

/**
 * A response that came after its attempt had been settled without it: it still says what became of that part. The message is
 * submitted when this was the last part that was missing, failed when the refusal is for good; else nothing new is known of it.
 */
export function lateOutcome({ flight, part }: FlightPart, carrierNo: number, status: number): OutcomeRecord {
  const smscId = flight.ids[part - 1]
  const base = { ref: refOf(flight, carrierNo), unanswered: [], lateParts: [part] }
  if (status !== 0) {
    return policyOf(status) === 'permanent'
      ? { ...base, verdict: 'failed', error: status, accepted: [] }
      : { ...base, verdict: 'unchanged', accepted: [] }
  }
  const whole = flight.ids.every((id) => id !== undefined)
  return {
    ...base,
    verdict: whole ? 'submitted' : 'unchanged',
    accepted: smscId === undefined ? [] : [{ part, smscId }],
  }
}
