import type { AttemptRef, ReceiptRecord } from '../store/ledger/records.ts'

type Found = Pick<ReceiptRecord, 'broadcastId' | 'seq' | 'attempt' | 'part' | 'parts' | 'at'>
/** By carrier, by SMSC id. */
type Generation = Map<number, Map<string, Found>>

/** 25 MB each. */
const perGeneration = 150_000

/**
 * The SMSC ids that wait for their final receipt, in memory: nearly every receipt comes within minutes of its response, and a
 * look-up here instead of in the database took a quarter of the load off. What is not found here is looked up there, so it may
 * forget: an id that had its final receipt, because few get another, and when there are too many the older generation. (To drop the
 * oldest entry of one Map would mean to walk past all that were deleted before it: at two million messages nothing else was done.)
 */
export class IdIndex {
  #young: Generation = new Map()
  #old: Generation = new Map()
  #size = 0

  add(ref: AttemptRef, part: number, smscId: string): void {
    if (this.#size >= perGeneration) {
      this.#old = this.#young
      this.#young = new Map()
      this.#size = 0
    }
    const { broadcastId, seq, attempt, parts, at, carrierNo } = ref
    let ids = this.#young.get(carrierNo)
    if (!ids) {
      ids = new Map()
      this.#young.set(carrierNo, ids)
    }
    const before = ids.size
    ids.set(smscId, { broadcastId, seq, attempt, part, parts, at })
    this.#size += ids.size - before
  }

  find(carrierNo: number, smscId: string): Found | undefined {
    return this.#young.get(carrierNo)?.get(smscId) ?? this.#old.get(carrierNo)?.get(smscId)
  }

  /** Its final receipt has come. */
  settle(carrierNo: number, smscId: string): void {
    if (this.#young.get(carrierNo)?.delete(smscId)) this.#size--
    else this.#old.get(carrierNo)?.delete(smscId)
  }
}
