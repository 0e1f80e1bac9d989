import { promisify } from 'node:util'
import { constants, deflateRaw, inflateRaw } from 'node:zlib'
import type { UnplacedReceipt } from '../store/ledger/records.ts'

/** A receipt as it came. */
export interface JournalEntry {
  readonly carrierNo: number
  /** ms since the epoch, our clock. */
  readonly at: number
  /** The PDU, header included. */
  readonly raw: Buffer
}

/** The octets of some receipts, packed. */
export interface Journal {
  readonly fromAt: number
  readonly toAt: number
  readonly receipts: number
  readonly packed: Buffer
}

const deflate = promisify<Buffer, { level: number }, Buffer>(deflateRaw)
const inflate = promisify<Buffer, Buffer>(inflateRaw)

/** Carrier number (2 octets), time (8, as a double), length (4); then the octets. */
const entryHeader = 14

/**
 * Packs receipts as they came; what we asked for (query_sm) came as no receipt, and has no octets here. Deflating takes a tenth of
 * their size in the database for a microsecond each, in a thread of its own.
 */
export async function packJournal(
  received: readonly Pick<UnplacedReceipt, 'carrierNo' | 'finalAt' | 'raw'>[],
): Promise<Journal | undefined> {
  const receipts = received.filter(({ raw }) => raw.length > 0)
  const [first] = receipts
  if (first === undefined) return undefined
  let fromAt = first.finalAt
  let toAt = first.finalAt
  let octets = 0
  for (const { finalAt, raw } of receipts) {
    fromAt = Math.min(fromAt, finalAt)
    toAt = Math.max(toAt, finalAt)
    octets += entryHeader + raw.length
  }
  const plain = Buffer.allocUnsafe(octets)
  let at = 0
  for (const { carrierNo, finalAt, raw } of receipts) {
    plain.writeUInt16BE(carrierNo, at)
    plain.writeDoubleBE(finalAt, at + 2)
    plain.writeUInt32BE(raw.length, at + 10)
    raw.copy(plain, at + entryHeader)
    at += entryHeader + raw.length
  }
  const packed = await deflate(plain, { level: constants.Z_BEST_SPEED })
  return { fromAt, toAt, receipts: receipts.length, packed }
}

export async function unpackJournal(packed: Buffer): Promise<JournalEntry[]> {
  const plain = await inflate(packed)
  const entries: JournalEntry[] = []
  for (let at = 0; at < plain.length; ) {
    const start = at + entryHeader
    const end = start + plain.readUInt32BE(at + 10)
    entries.push({
      carrierNo: plain.readUInt16BE(at),
      at: plain.readDoubleBE(at + 2),
      raw: plain.subarray(start, end),
    })
    at = end
  }
  return entries
}
