import type { AttemptRef, ReceiptRecord } from '../store/ledger/records.ts'

type Found = Pick<ReceiptRecord, 'broadcastId' | 'seq' | 'attempt' | 'part' | 'parts' | 'at'>

/** 50 MB at the most. */
const capacity = 300_000

/**
 * The SMSC ids that wait for their final receipt, in memory: nearly every receipt comes within minutes of its response, and a
 * look-up here instead of in the database took a quarter of the load off. What is not found here is looked up there, so it may
 * forget: an id that had its final receipt, because few get another, and beyond its capacity the oldest.
 */
export class IdIndex {
  readonly #byCarrier = new Map<number, Map<string, Found>>()
  #size = 0

  add(ref: AttemptRef, part: number, smscId: string): void {
    const { broadcastId, seq, attempt, parts, at, carrierNo } = ref
    let ids = this.#byCarrier.get(carrierNo)
    if (!ids) {
      ids = new Map()
      this.#byCarrier.set(carrierNo, ids)
    }
    const before = ids.size
    ids.set(smscId, { broadcastId, seq, attempt, part, parts, at })
    this.#size += ids.size - before
    if (this.#size > capacity) this.#forgetOldest()
  }

  find(carrierNo: number, smscId: string): Found | undefined {
    return this.#byCarrier.get(carrierNo)?.get(smscId)
  }

  /** Its final receipt has come. */
  settle(carrierNo: number, smscId: string): void {
    if (this.#byCarrier.get(carrierNo)?.delete(smscId)) this.#size--
  }

  /** The oldest of the carrier that has most. */
  #forgetOldest(): void {
    let most: Map<string, Found> | undefined
    for (const ids of this.#byCarrier.values()) if (ids.size > (most?.size ?? 0)) most = ids
    const [oldest] = most?.keys() ?? []
    if (oldest === undefined) return
    most?.delete(oldest)
    this.#size--
  }
}
