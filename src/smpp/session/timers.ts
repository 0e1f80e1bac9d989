/** When a session last heard from its peer, and whether an enquire_link waits for its answer. All times in ms of one clock. */
export interface TimerState {
  readonly lastHeardAt: number
  readonly enquiredAt: number | undefined
}

export interface TimerLimits {
  /** Silence after which enquire_link is sent. */
  readonly enquireLinkMs: number
  /** How long any answer may take. */
  readonly responseMs: number
}

export type TimerVerdict = 'ok' | 'enquire' | 'stop'

/**
 * What the timers say now (SMPP 3.4 §7.2: enquire_link_timer, response_timer). Any PDU counts as life, not only
 * enquire_link_resp; an enquire_link that stays unanswered means a half-open connection: stop.
 */
export function tick(state: TimerState, limits: TimerLimits, now: number): TimerVerdict {
  if (state.enquiredAt !== undefined && state.enquiredAt > state.lastHeardAt) {
    return now - state.enquiredAt >= limits.responseMs ? 'stop' : 'ok'
  }
  return now - state.lastHeardAt >= limits.enquireLinkMs ? 'enquire' : 'ok'
}

export const heard = (state: TimerState, now: number): TimerState => ({ ...state, lastHeardAt: now })

export const enquired = (state: TimerState, now: number): TimerState => ({ ...state, enquiredAt: now })
