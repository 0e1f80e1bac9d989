/** Where a message stands, in the order of rank (migrations/0004_messages.sql). */
export const messageStates = [
  'pending',
  'uncertain',
  'submitted',
  'unconfirmed',
  'suppressed',
  'cancelled',
  'failed',
  'expired',
  'delivered',
] as const

export type MessageState = (typeof messageStates)[number]

/** Why somebody gets a message. */
export type MessageReason =
  | 'resident'
  | 'roamer'
  | 'resident-unplaced'
  | 'roamer-unplaced'
  | 'late-entrant'
  | 'other-number'
  | 'entry'

/** The states of one broadcast added up; their sum is `matched`. */
export type StateCounts = Record<MessageState, number>

export const noStates = (): StateCounts => Object.fromEntries(messageStates.map((state) => [state, 0])) as StateCounts

const rank = new Map<MessageState, number>(messageStates.map((state, i) => [state, i]))

/** Whether `next` may follow `now`: never back, and of the final states only to delivered. The SQL of applyStates says the same. */
export function mayFollow(now: MessageState, next: MessageState): boolean {
  const from = rank.get(now) as number
  const to = rank.get(next) as number
  return to > from && (from < (rank.get('suppressed') as number) || next === 'delivered')
}

/** Whether nothing but delivered may follow. */
export const isFinal = (state: MessageState): boolean =>
  (rank.get(state) as number) >= (rank.get('suppressed') as number)
