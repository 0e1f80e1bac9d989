import type { Client } from '../database.ts'
import { daysKept } from '../partitions.ts'
import { entryKeys } from '../roaming/entry-keys.ts'
import type { IncomingText } from './records.ts'

export interface NewText extends IncomingText {
  readonly id: number
  readonly headId: number
}

/** Ids for so many texts, ascending: a part names its head before either is there. */
export async function newTextIds(db: Client, count: number): Promise<number[]> {
  const { rows } = await db.query<{ id: number }>({
    name: 'new-text-ids',
    text: `SELECT nextval(pg_get_serial_sequence('inbox_text', 'id'))::bigint AS id FROM generate_series(1, $1::int) ORDER BY 1`,
    values: [count],
  })
  return rows.map((row) => row.id)
}

/** Whoever writes back does so within days; each broadcast of that time is one look into an index. */
const answersWithin = '7 days'
/** By the month in the id, so that the primary key finds them. */
const oldestBroadcast = `to_char((now() - interval '${answersWithin}') AT TIME ZONE 'UTC', 'YYYYMM')::bigint * 1000000`

/**
 * Keeps texts, each with the mission that is responsible now and the message that it most likely answers. A resident belongs to
 * the mission that registered him, a roamer to that of the country where he is (the embassy, where there are several); of
 * whoever is in one of several countries, or not known, the mission is null. The message is the last one that a carrier took
 * for the number: alerts are found by (broadcast, number), entry texts by the number's journeys.
 */
export async function insertTexts(db: Client, texts: readonly NewText[]): Promise<void> {
  if (texts.length === 0) return
  await db.query({
    name: 'insert-texts',
    text: `
      INSERT INTO inbox_text (id, head_id, carrier_no, kind, source, msisdn, destination, data_coding, coding, raw, header_octets,
                              reference, part, parts, fingerprint, word, mission, broadcast_id, seq)
      SELECT n.*, coalesce(r.mission, e.id), a.broadcast_id, a.seq
        FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::inbox_kind[], $5::text[], $6::bigint[], $7::text[],
                    $8::smallint[], $9::text[], $10::bytea[], $11::smallint[], $12::int[], $13::smallint[], $14::smallint[],
                    $15::bytea[], $16::inbox_word[])
             AS n (id, head_id, carrier_no, kind, source, msisdn, destination, data_coding, coding, raw, header_octets, reference, part,
                   parts, fingerprint, word)
        LEFT JOIN resident r USING (msisdn)
        LEFT JOIN LATERAL (
          SELECT m.id FROM roamer t JOIN mission m ON m.country = t.country
           WHERE t.msisdn = n.msisdn ORDER BY m.is_embassy DESC, m.id LIMIT 1) e ON true
        LEFT JOIN LATERAL (
          SELECT m.broadcast_id, m.seq
            FROM (SELECT b.id, n.msisdn AS key FROM broadcast b
                   WHERE b.alert_id IS NOT NULL AND b.id >= ${oldestBroadcast} AND b.created_at > now() - interval '${answersWithin}'
                   UNION ALL
                  SELECT b.id, s.key FROM journey j CROSS JOIN broadcast b CROSS JOIN LATERAL ${entryKeys('j.id')} s
                   WHERE j.msisdn = n.msisdn AND j.entered_at > now() - interval '${daysKept} days' AND b.day IS NOT NULL AND b.id >= ${oldestBroadcast}
                     AND b.created_at > now() - interval '${answersWithin}') k
            JOIN message m ON m.broadcast_id = k.id AND m.recipient_key = k.key
           WHERE m.msisdn = n.msisdn AND m.submitted_at IS NOT NULL
           ORDER BY m.submitted_at DESC LIMIT 1) a ON true
       ORDER BY n.id`,
    values: [
      texts.map((t) => t.id),
      texts.map((t) => t.headId),
      texts.map((t) => t.carrierNo),
      texts.map((t) => t.kind),
      texts.map((t) => t.source),
      texts.map((t) => t.msisdn),
      texts.map((t) => t.destination),
      texts.map((t) => t.dataCoding),
      texts.map((t) => t.coding),
      texts.map((t) => t.raw),
      texts.map((t) => t.headerOctets),
      texts.map((t) => t.reference),
      texts.map((t) => t.part),
      texts.map((t) => t.parts),
      texts.map((t) => t.fingerprint),
      texts.map((t) => t.word),
    ],
  })
}
