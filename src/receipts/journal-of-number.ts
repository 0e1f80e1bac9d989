import type { Client } from '../store/database.ts'
import { journalBetween, replaceJournal } from '../store/ledger/journal.ts'
import { type JournalEntry, packJournal, unpackJournal } from './journal.ts'

/** Digits of a country code at most: without it a number is written in its own country. */
const countryDigits = 3

/**
 * The receipts that name a number, as they came, the oldest first; call it in a transaction. Unpacks all that are kept: no message says how
 * far back to look, because receipts also come of those that are nobody's by then.
 */
export async function receiptsNaming(client: Client, msisdn: string): Promise<JournalEntry[]> {
  const found: JournalEntry[] = []
  for await (const { packed } of journalBetween(client, 0, Date.now())) {
    for (const entry of await unpackJournal(packed)) if (runsOf(entry.raw, msisdn).length > 0) found.push(entry)
  }
  return found
}

/**
 * Makes the digits of a number zeros wherever receipts have them; call it in a transaction. Unpacks all that are kept, as above. Ids, states
 * and times stay as they came. @returns how many receipts named it
 */
export async function eraseFromJournal(client: Client, msisdn: string): Promise<number> {
  let erased = 0
  for await (const { place, packed } of journalBetween(client, 0, Date.now())) {
    const entries = await unpackJournal(packed)
    let named = 0
    for (const { raw } of entries) {
      const runs = runsOf(raw, msisdn)
      for (const { from, to } of runs) raw.fill('0', from, to)
      if (runs.length > 0) named++
    }
    if (named === 0) continue
    const journal = await packJournal(entries.map(({ carrierNo, at, raw }) => ({ carrierNo, finalAt: at, raw })))
    if (journal) await replaceJournal(client, place, journal.packed)
    erased += named
  }
  return erased
}

/**
 * Where octets have the number: with its country code, after 0 or 00, or as dialled in its country. The end of another number
 * that is longer or begins otherwise is not meant.
 */
function runsOf(raw: Buffer, msisdn: string): { readonly from: number; readonly to: number }[] {
  // The end of the number is in every form of it; nearly every receipt is about somebody else, and is looked at no further.
  if (!raw.includes(msisdn.slice(countryDigits), 0, 'latin1')) return []
  return [...raw.toString('latin1').matchAll(/\d+/g)].flatMap(({ 0: digits, index }) => {
    const significant = digits.replace(/^0+/, '')
    const means = significant.length >= msisdn.length - countryDigits && msisdn.endsWith(significant)
    return means ? [{ from: index, to: index + digits.length }] : []
  })
}
