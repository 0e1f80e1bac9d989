import { createHash } from 'node:crypto'
import { BoundedMap } from '../lib/bounded-map.ts'
import type { Database } from '../store/database.ts'
import { findKey, type KeyHolder, stillHolds } from '../store/people/keys.ts'

interface Entry {
  readonly holder: KeyHolder
  /** ms; from when on the database is asked whether the key still holds. */
  readonly checkAt: number
  /** ms; from when on its use is noted again. */
  readonly noteAt: number
}

/** A revoked key works no longer than this. */
const trustMs = 3_000
/** `last_used_at` is written this often: a carrier's feed uses its key hundreds of times a second. */
const noteMs = 60_000

const hashOf = (key: string) => createHash('sha256').update(key).digest('base64')

/** Whose key it is, from the database or, for some seconds, from memory. Keys are remembered by their hashes. */
export class KeyCache {
  readonly #db: Database
  readonly #now: () => number
  readonly #entries = new BoundedMap<string, Entry>(2_000)

  constructor(db: Database, now: () => number = () => performance.now()) {
    this.#db = db
    this.#now = now
  }

  /** Whether it was found before, be it void now. */
  knows(key: string): boolean {
    return this.#entries.get(hashOf(key)) !== undefined
  }

  async find(key: string): Promise<KeyHolder | undefined> {
    const hash = hashOf(key)
    const entry = this.#entries.get(hash)
    const now = this.#now()
    if (entry !== undefined && now < entry.checkAt) return entry.holder
    if (entry !== undefined && now < entry.noteAt) {
      const still = await stillHolds(this.#db, entry.holder.keyId)
      if (still === undefined) return undefined
      const holder = { ...entry.holder, ...still }
      this.#entries.set(hash, { ...entry, holder, checkAt: now + trustMs })
      return holder
    }
    const holder = await findKey(this.#db.pool, key)
    if (holder !== undefined) this.#entries.set(hash, { holder, checkAt: now + trustMs, noteAt: now + noteMs })
    return holder
  }
}
