import type { DueMessage } from '../store/chunks/load.ts'
import type { OutcomeRecord } from '../store/ledger/records.ts'
import type { CarrierText } from './carrier-text.ts'
import { maxAttempts, policyOf, retryDelayMs } from './error-table.ts'
import type { WorkingChunk } from './working-chunk.ts'

/** One attempt of one message, from the write of its first part to the last answer. */
export interface Flight {
  readonly chunk: WorkingChunk
  readonly message: DueMessage
  readonly text: CarrierText
  /** When the first part was written; ms since the epoch. */
  readonly at: number
  /** SMSC id of each part, normalised; undefined until it is accepted. */
  readonly ids: (string | undefined)[]
  /** Parts written so far. */
  sent: number
  /** Parts written and neither answered nor given up. */
  open: number
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

export function takeOff(chunk: WorkingChunk, message: DueMessage, text: CarrierText, now: number): Flight {
  const ids = new Array<string | undefined>(text.templates.length).fill(undefined)
  return {
    chunk,
    message,
    text,
    at: now,
    ids,
    sent: 0,
    open: 0,
    unanswered: [],
    refusedWith: undefined,
    settled: false,
  }
}

/**
 * What the answers of a finished attempt add up to.
 * - all parts accepted: submitted
 * - a part without an answer: may have arrived. Sent again where the alert's policy says so, else uncertain
 * - a part refused: by the error table
 *
 * @param now ms since the epoch.
 */
export function outcomeOf(flight: Flight, carrierNo: number, now: number): OutcomeRecord {
  const { chunk, message } = flight
  const { broadcast, attempt, lane } = chunk
  const base = {
    ref: {
      broadcastId: broadcast.id,
      seq: message.seq,
      attempt,
      carrierNo,
      msisdn: message.msisdn,
      parts: flight.ids.length,
      at: flight.at,
    },
    accepted: flight.ids.flatMap((smscId, i) => (smscId === undefined ? [] : [{ part: i + 1, smscId }])),
    unanswered: flight.unanswered,
  }
  const again = (delayMs: number): OutcomeRecord => ({
    ...base,
    verdict: 'again',
    error: flight.refusedWith,
    // Whole tenths of a second: what waits alike shares a chunk.
    again: { lane, carrierNo, fallbacks: chunk.fallbacks, notBefore: Math.ceil((now + delayMs) / 100) * 100 },
  })
  if (flight.unanswered.length > 0 || (flight.refusedWith === undefined && base.accepted.length < flight.ids.length)) {
    return broadcast.resend && attempt < maxAttempts ? again(0) : { ...base, verdict: 'uncertain' }
  }
  if (flight.refusedWith === undefined) return { ...base, verdict: 'submitted' }
  const policy = policyOf(flight.refusedWith)
  const spent = policy === 'permanent' || (policy !== 'throttle' && attempt >= maxAttempts)
  return spent ? { ...base, verdict: 'failed', error: flight.refusedWith } : again(retryDelayMs(policy, attempt))
}

/** A response that came after its part had been given up: it still says what became of that part. */
export function lateOutcome({ flight, part }: FlightPart, carrierNo: number, accepted: boolean): OutcomeRecord {
  const { chunk, message } = flight
  const smscId = flight.ids[part - 1]
  const whole = flight.ids.every((id) => id !== undefined)
  return {
    ref: {
      broadcastId: chunk.broadcast.id,
      seq: message.seq,
      attempt: chunk.attempt,
      carrierNo,
      msisdn: message.msisdn,
      parts: flight.ids.length,
      at: flight.at,
    },
    // Short of all parts it says nothing new of the message, only of the segment.
    verdict: whole ? 'submitted' : 'uncertain',
    accepted: accepted && smscId !== undefined ? [{ part, smscId }] : [],
    unanswered: [],
    lateParts: [part],
  }
}
