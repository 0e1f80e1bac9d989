import type { Session } from '../smpp/session/session.ts'
import type { DueMessage } from '../store/chunks/load.ts'
import type { OutcomeRecord } from '../store/ledger/records.ts'
import type { CarrierText } from './carrier-text.ts'
import {
  maxUnanswered,
  type PolicyOverrides,
  policyOf,
  refusalsOfADay,
  refusalsPerCarrier,
  retryDelayMs,
} from './error-table.ts'
import type { WorkingChunk } from './working-chunk.ts'

/** One attempt of one message, from the write of its first part to the last answer. */
export interface Flight {
  readonly chunk: WorkingChunk
  readonly message: DueMessage
  readonly text: CarrierText
  /** The bind that all its parts go over. */
  readonly session: Session<FlightPart>
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

/** @param now ms since the epoch. */
export function takeOff(chunk: WorkingChunk, session: Session<FlightPart>, now: number): Flight {
  const text = chunk.nextText
  return {
    chunk,
    message: chunk.take(),
    text,
    session,
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
 * - a part without an answer: may have arrived. Sent again where the alert's policy says so, `maxUnanswered` times in all, else
 *   uncertain
 * - a part refused: by the error table. What may be taken later is tried until the broadcast expires (or a day long), and each
 *   `refusalsPerCarrier` refusals it is the next carrier's turn
 *
 * @param now ms since the epoch.
 */
export function outcomeOf(flight: Flight, carrierNo: number, now: number, overrides: PolicyOverrides): OutcomeRecord {
  const { chunk, ids, refusedWith } = flight
  const [smscId] = ids
  if (ids.length === 1 && smscId !== undefined && flight.unanswered.length === 0)
    return taken(flight, carrierNo, smscId)
  const { broadcast, lane, fallbacks } = chunk
  const base = {
    ref: refOf(flight, carrierNo),
    accepted: flight.ids.flatMap((smscId, i) => (smscId === undefined ? [] : [{ part: i + 1, smscId }])),
    unanswered: flight.unanswered,
  }
  const again = (delayMs: number, counts: Budgets, toNo = carrierNo, then = fallbacks): OutcomeRecord => ({
    ...base,
    verdict: 'again',
    error: refusedWith === undefined ? undefined : kept(refusedWith),
    again: { lane, carrierNo: toNo, fallbacks: then, notBefore: tenths(now + delayMs), ...counts },
  })
  if (flight.unanswered.length > 0 || (refusedWith === undefined && base.accepted.length < flight.ids.length)) {
    const unanswered = chunk.unanswered + 1
    return broadcast.resend && unanswered < maxUnanswered
      ? again(retryDelayMs('rebind', unanswered), { refused: chunk.refused, unanswered })
      : { ...base, verdict: 'uncertain' }
  }
  if (refusedWith === undefined) return { ...base, verdict: 'submitted' }
  const policy = policyOf(refusedWith, overrides)
  const { unanswered } = chunk
  if (policy === 'throttle') return again(retryDelayMs(policy, chunk.attempt), { refused: chunk.refused, unanswered })
  const refused = chunk.refused + 1
  const over = broadcast.expiresAt === null ? refused >= refusalsOfADay : now >= broadcast.expiresAt
  if (policy === 'permanent' || over) return { ...base, verdict: 'failed', error: kept(refusedWith) }
  const delayMs = retryDelayMs(policy, refused)
  if (refused % refusalsPerCarrier > 0) return again(delayMs, { refused, unanswered })
  const [next = carrierNo, ...others] = fallbacks
  return next === carrierNo
    ? again(delayMs, { refused, unanswered })
    : again(0, { refused, unanswered }, next, [...others, carrierNo])
}

/** What nearly every attempt comes to: one part, accepted. */
const taken = (flight: Flight, carrierNo: number, smscId: string): OutcomeRecord => ({
  ref: refOf(flight, carrierNo),
  verdict: 'submitted',
  accepted: [{ part: 1, smscId }],
  unanswered: [],
})

/** The database keeps a command_status as an integer of 32 bits with a sign; `statusName` reads either. */
const kept = (status: number): number => status | 0

type Budgets = Pick<NonNullable<OutcomeRecord['again']>, 'refused' | 'unanswered'>

/** Whole tenths of a second: what waits alike shares a chunk. */
const tenths = (ms: number): number => Math.ceil(ms / 100) * 100

/** The next message of a chunk steps aside without having been sent: its destination takes nothing until `notBefore`. */
export function putOff(chunk: WorkingChunk, carrierNo: number, now: number, notBefore: number): OutcomeRecord {
  const parts = chunk.nextText.templates.length
  const { seq, msisdn } = chunk.take()
  const { broadcast, attempt, lane, fallbacks, refused, unanswered } = chunk
  return {
    ref: { broadcastId: broadcast.id, seq, attempt, carrierNo, msisdn, parts, at: now },
    verdict: 'again',
    accepted: [],
    unanswered: [],
    again: { lane, carrierNo, fallbacks, notBefore: tenths(notBefore), refused, unanswered },
  }
}

/**
 * A response that came after its attempt had been settled without it: it still says what became of that part. The message is
 * submitted when this was the last part that was missing. A refusal, for now or for good, says that the carrier did not take it: who
 * was kept as uncertain was not told. Where another attempt has followed, that one counts (applyStates).
 */
export function lateOutcome({ flight, part }: FlightPart, carrierNo: number, status: number): OutcomeRecord {
  const smscId = flight.ids[part - 1]
  const base = { ref: refOf(flight, carrierNo), unanswered: [], lateParts: [part] }
  if (status !== 0) return { ...base, verdict: 'failed', error: kept(status), accepted: [] }
  const whole = flight.ids.every((id) => id !== undefined)
  return {
    ...base,
    verdict: whole ? 'submitted' : 'unchanged',
    accepted: smscId === undefined ? [] : [{ part, smscId }],
  }
}
