import { commandId } from '../smpp/codec/commands.ts'
import { type Delivery, deliveryOf, parseDeliverSm } from '../smpp/codec/delivery.ts'
import { decodePdu } from '../smpp/codec/pdu.ts'
import type { IdForm } from '../smpp/message-id.ts'
import { parseReceipt, type Receipt } from '../smpp/receipt.ts'
import type { Client } from '../store/database.ts'
import { journalBetween } from '../store/ledger/journal.ts'
import type { SentMessage, SentSegment } from '../store/reports/message-segments.ts'
import { type JournalEntry, unpackJournal } from './journal.ts'

export interface FoundReceipt extends JournalEntry {
  readonly segment: SentSegment
  /** As it was read: by the profile of now. */
  readonly receipt: Receipt
}

/** How a carrier writes ids in receipts. */
export type IdFormOf = (carrier: string | null) => IdForm

interface Search {
  readonly segments: readonly SentSegment[]
  /** Receipts that came between these times; ms since the epoch. */
  readonly fromAt: number
  readonly toAt: number
  readonly idFormOf: IdFormOf
}

export interface SearchResult {
  readonly receipts: FoundReceipt[]
  /** Every receipt that came before this time has been looked at; ms since the epoch. */
  readonly searchedUntil: number
  readonly complete: boolean
}

/** What one search may read. Deflated to a tenth: a second or two of a core, in slices of one transaction of the ledger. */
const most = { rows: 2000, octets: 16 * 1024 * 1024 }

/**
 * The receipts of a message in the journal, the oldest first, in a transaction of the caller's: from its submission, or `from` (ms
 * since the epoch), to its final state, or now. The one that told its final state came at that instant: it is looked for apart,
 * be it beyond what one search may read.
 */
export async function receiptsOf(
  client: Client,
  { segments, finalAt }: SentMessage,
  idFormOf: IdFormOf,
  from?: number,
  limits = most,
): Promise<SearchResult> {
  const submittedAt = Math.min(...segments.map((segment) => segment.submittedAt.getTime()))
  const toAt = finalAt?.getTime() ?? Date.now()
  const search = { segments, fromAt: from ?? submittedAt, toAt, idFormOf }
  const all = await find(client, search, limits)
  if (all.complete || finalAt === null) return all
  const { receipts } = await find(client, { ...search, fromAt: toAt }, limits)
  return { ...all, receipts: [...all.receipts.filter(({ at }) => at < toAt), ...receipts] }
}

async function find(client: Client, search: Search, limits: typeof most): Promise<SearchResult> {
  const receipts: FoundReceipt[] = []
  let rows = 0
  let octets = 0
  if (search.segments.length > 0) {
    for await (const { fromAt, packed } of journalBetween(client, search.fromAt, search.toAt)) {
      if (rows >= limits.rows || octets >= limits.octets) return { receipts, searchedUntil: fromAt, complete: false }
      rows++
      octets += packed.length
      for (const entry of await unpackJournal(packed)) {
        const found = read(entry, search)
        if (found) receipts.push(found)
      }
    }
  }
  return { receipts, searchedUntil: search.toAt, complete: true }
}

function read(entry: JournalEntry, { segments, fromAt, toAt, idFormOf }: Search): FoundReceipt | undefined {
  if (entry.at < fromAt || entry.at > toAt) return undefined
  const ofCarrier = segments.find(({ carrierNo }) => carrierNo === entry.carrierNo)
  if (!ofCarrier) return undefined
  const receipt = parseReceipt(deliveryIn(entry.raw), { idInReceipt: idFormOf(ofCarrier.carrier) })
  const segment = segments.find(({ carrierNo, smscId }) => carrierNo === entry.carrierNo && smscId === receipt?.id)
  return receipt && segment && { ...entry, segment, receipt }
}

/** The journal holds what was a receipt when it came, so it can be decoded again. */
function deliveryIn(frame: Buffer): Delivery {
  if (frame.readUInt32BE(4) === commandId.deliver_sm) return parseDeliverSm(frame)
  return deliveryOf(decodePdu(frame) as Parameters<typeof deliveryOf>[0], frame)
}
