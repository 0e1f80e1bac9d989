import type { StateChange } from '../store/ledger/apply-states.ts'
import { type MessageState, messageStates } from '../store/states.ts'

const rank = new Map<MessageState, number>(messageStates.map((state, i) => [state, i]))

/**
 * The state changes of one ledger transaction, at most one a message: an answer and its receipt that fall into the same
 * transaction become one UPDATE. The later attempt speaks for the message, except that delivered always wins.
 */
export class StateChanges {
  readonly #byBroadcast = new Map<number, Map<number, StateChange>>()

  add(change: StateChange): void {
    let messages = this.#byBroadcast.get(change.broadcastId)
    if (!messages) {
      messages = new Map()
      this.#byBroadcast.set(change.broadcastId, messages)
    }
    const known = messages.get(change.seq)
    messages.set(change.seq, known ? merged(known, change) : change)
  }

  list(): StateChange[] {
    return [...this.#byBroadcast.values()].flatMap((messages) => [...messages.values()])
  }
}

function merged(a: StateChange, b: StateChange): StateChange {
  const [lesser, greater] = outranks(a, b) ? [b, a] : [a, b]
  return {
    ...greater,
    error: greater.error ?? lesser.error,
    submittedAt: greater.submittedAt ?? lesser.submittedAt,
    parts: greater.parts ?? lesser.parts,
  }
}

function outranks(a: StateChange, b: StateChange): boolean {
  if (a.state === 'delivered' || b.state === 'delivered') return a.state === 'delivered'
  if (a.attempt !== b.attempt) return a.attempt > b.attempt
  return (rank.get(a.state) as number) >= (rank.get(b.state) as number)
}
