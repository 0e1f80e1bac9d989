import { createHash } from 'node:crypto'
import { canonicalJson } from '../alerts/canonical-json.ts'

/** What the first entry goes on from. */
export const genesis = Buffer.alloc(32)

/** An entry as it is hashed. */
interface Hashed {
  readonly id: number
  /** ISO 8601, UTC, to the millisecond. */
  readonly at: string
  readonly actor: string
  readonly act: string
  readonly subject: string
  readonly detail: unknown
}

/** An entry as it is kept and exported; hashes in hex. */
export interface ChainEntry extends Hashed {
  readonly previous: string
  readonly hash: string
}

/** Up to where the log was cut off; the hash of the last entry that is gone, in hex. */
export interface AuditAnchor {
  readonly upto: number
  readonly hash: string
}

/** The entry that says so. */
export const cutAct = 'audit.cut'

export function entryHash(previous: Buffer, { id, at, actor, act, subject, detail }: Hashed): Buffer {
  const content = canonicalJson({ id, at, actor, act, subject, detail })
  return createHash('sha256').update(previous).update(content).digest()
}

export interface AuditCheck {
  /** Entries that hold. */
  readonly entries: number
  /** How many were cut off before them, because they were too old. */
  readonly cut: number
  /** The first that does not hold, or is not there; undefined: all do. */
  readonly brokenAt: number | undefined
  /** Hash of the last that holds, hex. */
  readonly head: string
  /** Whether the hash that somebody wrote down elsewhere is that of an entry, or of the last one that was cut off. */
  readonly headFound: boolean
}

/**
 * Walks the chain, be it of the database or of an export. The chain shows any change to what it holds; that its end is missing it
 * cannot show, but by a hash of its end that was kept elsewhere (`wanted`, hex). That entries at its beginning are missing is no change
 * only where the anchor says so and an entry of the chain says the same.
 */
export class ChainWalk {
  readonly #anchor: AuditAnchor | undefined
  readonly #wanted: string | undefined
  #last: number
  #head: Buffer
  #brokenAt: number | undefined
  #headFound: boolean
  #cutTold: boolean

  constructor(anchor: AuditAnchor | undefined, wanted?: string) {
    this.#anchor = anchor
    this.#wanted = wanted?.toLowerCase()
    this.#last = anchor?.upto ?? 0
    this.#head = anchor === undefined ? genesis : Buffer.from(anchor.hash, 'hex')
    this.#headFound = this.#wanted !== undefined && this.#wanted === anchor?.hash
    this.#cutTold = anchor === undefined
  }

  /** The next entry. @returns whether it holds; after one that does not nothing does */
  take(entry: ChainEntry): boolean {
    if (this.#brokenAt !== undefined) return false
    const hash = entryHash(this.#head, entry)
    const holds =
      entry.id === this.#last + 1 &&
      entry.previous === this.#head.toString('hex') &&
      entry.hash === hash.toString('hex')
    if (!holds) {
      this.#brokenAt = this.#last + 1
      return false
    }
    this.#last = entry.id
    this.#head = hash
    if (entry.hash === this.#wanted) this.#headFound = true
    if (entry.act === cutAct && this.#tellsOfTheCut(entry.detail)) this.#cutTold = true
    return true
  }

  #tellsOfTheCut(detail: unknown): boolean {
    const { upto, hash } = (detail ?? {}) as Partial<AuditAnchor>
    return upto === this.#anchor?.upto && hash === this.#anchor?.hash
  }

  /** After the last entry. */
  end(): AuditCheck {
    const cut = this.#anchor?.upto ?? 0
    const untold = this.#cutTold ? undefined : cut
    return {
      entries: this.#last - cut,
      cut,
      brokenAt: this.#brokenAt ?? untold,
      head: this.#head.toString('hex'),
      headFound: this.#headFound,
    }
  }
}
