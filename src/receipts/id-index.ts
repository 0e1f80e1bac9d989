import { BoundedMap } from '../lib/bounded-map.ts'
import type { AttemptRef, ReceiptRecord } from '../store/ledger/records.ts'

type Found = Pick<ReceiptRecord, 'broadcastId' | 'seq' | 'attempt' | 'part' | 'parts' | 'at'>

/**
 * The newest SMSC ids in memory: nearly every receipt comes within minutes of its response, and a look-up here instead of in
 * the database took a quarter of the load off. What is not found here is looked up there, so it may forget.
 */
export class IdIndex {
  readonly #byId = new BoundedMap<string, Found>(300_000)

  add(ref: AttemptRef, part: number, smscId: string): void {
    const { broadcastId, seq, attempt, parts, at } = ref
    this.#byId.set(`${ref.carrierNo}:${smscId}`, { broadcastId, seq, attempt, part, parts, at })
  }

  find(carrierNo: number, smscId: string): Found | undefined {
    return this.#byId.get(`${carrierNo}:${smscId}`)
  }
}
