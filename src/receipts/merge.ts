import type { StateChange } from '../store/ledger/apply-states.ts'
import type { ReceiptRecord } from '../store/ledger/records.ts'
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

/** Of several receipts for one segment the one of the highest rank: one UPDATE takes only one of them, and any. */
export function mergedParts(receipts: readonly ReceiptRecord[]): ReceiptRecord[] {
  const bySegment = new Map<string, ReceiptRecord>()
  for (const receipt of receipts) {
    const { carrierNo, smscId, at, part } = receipt
    const key = `${carrierNo}:${smscId}:${at}:${part}`
    const known = bySegment.get(key)
    if (!known || (rank.get(receipt.state) as number) > (rank.get(known.state) as number)) bySegment.set(key, receipt)
  }
  return [...bySegment.values()]
}
