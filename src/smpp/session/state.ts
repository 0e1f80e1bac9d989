import type { PduInput } from '../codec/pdu.ts'
import { commandStatus, statusName } from '../codec/status.ts'
import { enquired, heard, type TimerLimits, type TimerState, tick } from './timers.ts'

/**
 * What a session is doing (SMPP 3.4 §2.2, as an ESME sees it), and how it gets from one to the next:
 *
 * - `binding`: connected, the bind request is on its way.
 *   Accepted: `bound`. Refused, not answered in time, or the peer unbinds: `closing`.
 * - `bound`: submits may go; after a silence enquire_link asks for life.
 *   The owner unbinds: `leaving`, or `unbinding` at once where nothing is open. The peer unbinds: `draining`, or `closing` at
 *   once. No life, or a window in which nothing moves: `closing`.
 * - `leaving`: the owner wants to end; no new submit. The answers under way are awaited, and what was delivered by then is
 *   acknowledged, no longer than the response timer. Nothing open, or the timer: `unbinding`. The peer unbinds: `draining`.
 * - `unbinding`: our unbind is on its way. Answered, crossed by the peer's, or not answered in time: `closing`.
 * - `draining`: the peer wants to end; no new submit. Many SMSCs close when they have our answer: what they delivered by then would
 *   come again, and what they have not answered would be in doubt. So first deliveries are acknowledged, no longer than the
 *   response timer, and answers awaited for a second. Then the unbind is answered: `released`, or `closing` where nothing is open.
 * - `released`: the peer has unbound and been answered; answers that are still under way are taken.
 *   All answered, or the response timer since it came here: `closing`.
 * - `closing`: nothing more is said; the socket is being closed. A peer that does not close its side within the response timer is
 *   cut off.
 * - `closed`: the socket is gone. From any mode, when the socket closes.
 */
export type SessionMode = 'binding' | 'bound' | 'leaving' | 'unbinding' | 'draining' | 'released' | 'closing' | 'closed'

/** Why a session ended. `refused` carries the command_status of the bind response. */
export type SessionEnd =
  | { readonly kind: 'refused'; readonly status: number }
  | { readonly kind: 'unbound' }
  | { readonly kind: 'lost'; readonly reason: string }
  /** Requests waited, and for too long none was answered. */
  | { readonly kind: 'silent'; readonly waitedMs: number }

/** All times in ms of one clock. */
export interface SessionState {
  readonly mode: SessionMode
  /** When it came into this mode. */
  readonly since: number
  readonly timers: TimerState
  /** Why it is ending: the first cause counts. */
  readonly end: SessionEnd | undefined
  /** The sequence number of the peer's unbind, until that is answered. */
  readonly unboundBy: number | undefined
}

export interface SessionLimits extends TimerLimits {
  /** A bind of which nothing is answered for so many response times is taken for half-dead. */
  readonly patience: number
}

/** What a session that is to end waits for. */
export interface Open {
  /** Requests of ours without an answer. */
  readonly unanswered: number
  /** Deliveries handed up before the end was wanted, and not acknowledged. */
  readonly unacknowledged: number
}

export type SessionEvent =
  | { readonly kind: 'bind-answered'; readonly status: number }
  /** The peer's enquire_link. */
  | { readonly kind: 'enquired'; readonly sequence: number }
  /** The owner wants to end in good order. */
  | ({ readonly kind: 'unbind' } & Open)
  | { readonly kind: 'unbind-answered' }
  | ({ readonly kind: 'peer-unbinds'; readonly sequence: number } & Open)
  /** Nothing is open any more. */
  | { readonly kind: 'settled' }
  /** Time has passed. `heardAt`: when the peer was last heard; `silentMs`: how long requests have waited without any answer. */
  | ({ readonly kind: 'tick'; readonly heardAt: number; readonly silentMs: number } & Open)
  /** The connection failed, the stream is broken, or the owner gives the session up. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The socket is gone. */
  | { readonly kind: 'closed' }

export type SessionEffect =
  /** Send this request under the next sequence number. */
  | { readonly do: 'request'; readonly command: 'bind' | 'enquire_link' | 'unbind' }
  | { readonly do: 'answer'; readonly pdu: PduInput }
  | { readonly do: 'bound' }
  /** Say what is still to be said, then close our side. */
  | { readonly do: 'finish' }
  | { readonly do: 'destroy' }
  | { readonly do: 'ended'; readonly end: SessionEnd }

export interface SessionStep {
  readonly state: SessionState
  /** To be done in this order. */
  readonly effects: readonly SessionEffect[]
}

/** How long the peer's unbind waits for answers to our requests, ms: a peer that gives none any more must not be kept. */
const answersWithinMs = 1000

/** A session over a socket that has just connected: it asks to be bound. */
export function opened(now: number): SessionStep {
  const timers = { lastHeardAt: now, enquiredAt: undefined }
  return {
    state: { mode: 'binding', since: now, timers, end: undefined, unboundBy: undefined },
    effects: [{ do: 'request', command: 'bind' }],
  }
}

/** What an event makes of a session, and what is to be done for it. Events that mean nothing in its mode change nothing. */
export function step(state: SessionState, event: SessionEvent, limits: SessionLimits, now: number): SessionStep {
  const { mode } = state
  if (mode === 'closed') return unchanged(state)
  switch (event.kind) {
    case 'closed':
      return closed(state, now)
    case 'lost':
      return cut(state, { kind: 'lost', reason: event.reason }, now)
    case 'tick':
      return passed(state, event, limits, now)
    case 'bind-answered':
      return mode === 'binding' ? bindAnswered(state, event.status, now) : unchanged(state)
    case 'enquired':
      return mode === 'closing' ? unchanged(state) : { state, effects: [answer('enquire_link_resp', event.sequence)] }
    case 'unbind':
      return leave(state, event, now)
    case 'unbind-answered':
      return mode === 'unbinding' ? finish(state, { kind: 'unbound' }, now) : unchanged(state)
    case 'peer-unbinds':
      return peerUnbinds(state, event, now)
    case 'settled':
      return settled(state, now)
  }
}

const unchanged = (state: SessionState): SessionStep => ({ state, effects: [] })

const enter = (state: SessionState, mode: SessionMode, now: number, end = state.end): SessionState => ({
  ...state,
  mode,
  since: now,
  end,
})

const answer = (command: 'enquire_link_resp' | 'unbind_resp', sequence: number): SessionEffect => ({
  do: 'answer',
  pdu: { command, sequence },
})

function bindAnswered(state: SessionState, status: number, now: number): SessionStep {
  if (status !== commandStatus.ESME_ROK) return finish(state, { kind: 'refused', status }, now)
  return { state: enter(state, 'bound', now), effects: [{ do: 'bound' }] }
}

const isOpen = ({ unanswered, unacknowledged }: Open) => unanswered > 0 || unacknowledged > 0

function leave(state: SessionState, open: Open, now: number): SessionStep {
  if (state.mode === 'binding') return cut(state, { kind: 'lost', reason: 'closed before it was bound' }, now)
  if (state.mode !== 'bound') return unchanged(state)
  return isOpen(open) ? { state: enter(state, 'leaving', now), effects: [] } : part(state, now)
}

function part(state: SessionState, now: number): SessionStep {
  return { state: enter(state, 'unbinding', now), effects: [{ do: 'request', command: 'unbind' }] }
}

function peerUnbinds(before: SessionState, event: { readonly sequence: number } & Open, now: number): SessionStep {
  const { mode } = before
  if (mode === 'closing') return unchanged(before)
  const state = { ...before, unboundBy: event.sequence }
  // Said again: the answer goes to the later one.
  if (mode === 'draining') return unchanged(state)
  if ((mode === 'bound' || mode === 'leaving') && isOpen(event)) {
    return { state: enter(state, 'draining', now, state.end ?? { kind: 'unbound' }), effects: [] }
  }
  return release(state, 0, now)
}

/** Answers the peer's unbind. */
function release(before: SessionState, unanswered: number, now: number): SessionStep {
  const response = answer('unbind_resp', before.unboundBy as number)
  const state = { ...before, unboundBy: undefined }
  if (state.mode === 'released') return { state, effects: [response] }
  if (unanswered > 0) return { state: enter(state, 'released', now), effects: [response] }
  const { state: ending, effects } = finish(state, { kind: 'unbound' }, now)
  return { state: ending, effects: [response, ...effects] }
}

function settled(state: SessionState, now: number): SessionStep {
  switch (state.mode) {
    case 'leaving':
      return part(state, now)
    case 'draining':
      return release(state, 0, now)
    case 'released':
      return finish(state, { kind: 'unbound' }, now)
    default:
      return unchanged(state)
  }
}

function finish(state: SessionState, end: SessionEnd, now: number): SessionStep {
  return { state: enter(state, 'closing', now, state.end ?? end), effects: [{ do: 'finish' }] }
}

function cut(state: SessionState, end: SessionEnd, now: number): SessionStep {
  const since = state.mode === 'closing' ? state.since : now
  return { state: enter(state, 'closing', since, state.end ?? end), effects: [{ do: 'destroy' }] }
}

function closed(state: SessionState, now: number): SessionStep {
  const end = state.end ?? { kind: 'lost', reason: 'the peer closed the connection' }
  return { state: enter(state, 'closed', now, end), effects: [{ do: 'ended', end }] }
}

function passed(
  before: SessionState,
  { heardAt, unanswered, unacknowledged, silentMs }: Extract<SessionEvent, { kind: 'tick' }>,
  limits: SessionLimits,
  now: number,
): SessionStep {
  const state = { ...before, timers: heard(before.timers, heardAt) }
  const overdue = now - state.since > limits.responseMs
  switch (state.mode) {
    case 'binding':
      return overdue ? cut(state, { kind: 'lost', reason: 'no answer to the bind request' }, now) : unchanged(state)
    case 'leaving':
      return overdue || !isOpen({ unanswered, unacknowledged }) ? part(state, now) : unchanged(state)
    case 'unbinding':
      return overdue ? cut(state, { kind: 'lost', reason: 'no answer to unbind' }, now) : unchanged(state)
    case 'draining': {
      const waited = now - state.since >= answersWithinMs
      return overdue || (unacknowledged === 0 && (unanswered === 0 || waited))
        ? release(state, unanswered, now)
        : unchanged(state)
    }
    case 'released':
      return overdue || unanswered === 0 ? finish(state, { kind: 'unbound' }, now) : unchanged(state)
    case 'closing':
      return overdue ? cut(state, { kind: 'unbound' }, now) : unchanged(state)
    default:
      return boundFor(state, silentMs, limits, now)
  }
}

function boundFor(state: SessionState, silentMs: number, limits: SessionLimits, now: number): SessionStep {
  if (silentMs >= limits.responseMs * limits.patience) {
    return cut(state, { kind: 'silent', waitedMs: Math.round(silentMs) }, now)
  }
  switch (tick(state.timers, limits, now)) {
    case 'stop':
      return cut(state, { kind: 'lost', reason: 'no answer to enquire_link: the connection is half open' }, now)
    case 'enquire':
      return {
        state: { ...state, timers: enquired(state.timers, now) },
        effects: [{ do: 'request', command: 'enquire_link' }],
      }
    case 'ok':
      return unchanged(state)
  }
}

/** For people: why a session ended. */
export function describeEnd(end: SessionEnd): string {
  if (end.kind === 'refused') return `bind refused with ${statusName(end.status)}`
  if (end.kind === 'silent') return `no answer to any submit_sm for ${end.waitedMs} ms`
  return end.kind === 'unbound' ? 'unbound' : end.reason
}
