import type { Client } from '../database.ts'
import type { QuarantinedDelivery } from './records.ts'

/**
 * Keeps deliveries that nobody could read, each once however often it is repeated within a day. Returns the carriers, by number, of
 * those that are new.
 */
export async function quarantine(db: Client, deliveries: readonly QuarantinedDelivery[]): Promise<number[]> {
  if (deliveries.length === 0) return []
  const { rows } = await db.query<{ carrierNo: number }>({
    name: 'quarantine',
    text: `
      INSERT INTO quarantined_delivery (carrier_no, reason, esm_class, data_coding, source, destination, raw, fingerprint)
      SELECT DISTINCT ON (fingerprint) *
        FROM unnest($1::smallint[], $2::text[], $3::smallint[], $4::smallint[], $5::text[], $6::text[], $7::bytea[], $8::bytea[])
             AS n (carrier_no, reason, esm_class, data_coding, source, destination, raw, fingerprint)
       WHERE NOT EXISTS (SELECT FROM quarantined_delivery q
                          WHERE q.fingerprint = n.fingerprint AND q.received_at > now() - interval '1 day')
      RETURNING carrier_no "carrierNo"`,
    values: [
      deliveries.map((d) => d.carrierNo),
      deliveries.map((d) => d.reason),
      deliveries.map((d) => d.esmClass),
      deliveries.map((d) => d.dataCoding),
      deliveries.map((d) => d.source),
      deliveries.map((d) => d.destination),
      deliveries.map((d) => d.raw),
      deliveries.map((d) => d.fingerprint),
    ],
  })
  return rows.map((row) => row.carrierNo)
}

export interface QuarantineRow {
  readonly id: number
  readonly receivedAt: Date
  readonly carrier: string | null
  readonly reason: string
  readonly esmClass: number
  readonly dataCoding: number
  readonly source: string
  readonly destination: string
  readonly raw: Buffer
}

/** What is in quarantine from after an id, the oldest first. */
export async function quarantinePage(db: Client, afterId: number, limit: number): Promise<QuarantineRow[]> {
  const { rows } = await db.query<QuarantineRow>(
    `SELECT q.id, received_at "receivedAt", c.id AS carrier, reason, esm_class "esmClass", data_coding "dataCoding", source, destination, raw
       FROM quarantined_delivery q LEFT JOIN carrier c ON c.no = q.carrier_no
      WHERE q.id > $1 ORDER BY q.id LIMIT $2`,
    [afterId, limit],
  )
  return rows
}
