import { BoundedMap } from '../lib/bounded-map.ts'
import type { AttemptRef, ReceiptRecord } from '../store/ledger/records.ts'

type Found = Pick<ReceiptRecord, 'broadcastId' | 'seq' | 'attempt' | 'carrierNo' | 'part' | 'parts' | 'at' | 'smscId'>

/**
 * The newest SMSC ids in memory: nearly every receipt comes within minutes of its response, and a look-up here instead of in
 * the database took a quarter of the load off. What is not found here is looked up there, so it may forget.
 */
export class IdIndex {
  readonly #byId = new BoundedMap<string, { ref: AttemptRef; part: number }>(300_000)

  add(ref: AttemptRef, part: number, smscId: string): void {
    this.#byId.set(`${ref.carrierNo}:${smscId}`, { ref, part })
  }

  find(carrierNo: number, smscId: string): Found | undefined {
    const known = this.#byId.get(`${carrierNo}:${smscId}`)
    if (!known) return undefined
    const { broadcastId, seq, attempt, parts, at } = known.ref
    return { broadcastId, seq, attempt, carrierNo, part: known.part, parts, at, smscId }
  }
}
