import type { Client } from '../database.ts'
import type { InboxWord, IncomingText } from './records.ts'

/** A text that is kept already, as far as a new one of the same source may repeat or continue it. */
export interface KnownText
  extends Pick<
    IncomingText,
    'carrierNo' | 'source' | 'destination' | 'fingerprint' | 'reference' | 'part' | 'parts' | 'word'
  > {
  readonly id: number
  readonly headId: number
  /** So new that the same once more is a repetition. */
  readonly fresh: boolean
}

/** An SMSC repeats what was not acknowledged within seconds to minutes; a person hardly says the very same so soon. */
const repeatWithin = '10 minutes'
/** The parts of one text: a phone without coverage sends the last ones later, and 8-bit references come again. */
const partsWithin = '1 day'

/** The texts of these sources that a new one may repeat or continue, the oldest first. */
export async function recentTexts(
  db: Client,
  texts: readonly Pick<IncomingText, 'source' | 'carrierNo'>[],
): Promise<KnownText[]> {
  const { rows } = await db.query<KnownText & { word: InboxWord | null }>({
    name: 'recent-texts',
    text: `
      SELECT t.id, t.head_id "headId", t.carrier_no "carrierNo", t.source, t.destination, t.fingerprint, t.reference, t.part, t.parts,
             t.word, t.received_at > now() - interval '${repeatWithin}' AS fresh
        FROM (SELECT DISTINCT source, carrier_no FROM unnest($1::text[], $2::smallint[]) AS n (source, carrier_no)) n
        JOIN inbox_text t USING (source, carrier_no)
       WHERE t.received_at > now() - interval '${repeatWithin}' OR (t.parts > 1 AND t.received_at > now() - interval '${partsWithin}')
       ORDER BY t.id`,
    values: [texts.map((text) => text.source), texts.map((text) => text.carrierNo)],
  })
  return rows
}
