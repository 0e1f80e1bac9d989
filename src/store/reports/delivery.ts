import type { Client } from '../database.ts'
import type { MessageReason, MessageState } from '../states.ts'

/** What a count is of: how far messages came, or when they were handed over to the SMSC, delivered, or made. */
export type DeliveryMark = 'state' | 'handedOver' | 'delivered' | 'made'

export interface DeliveryCount {
  readonly mark: DeliveryMark
  /** Null: no carrier reaches them. */
  readonly carrier: string | null
  /** ISO 3166-1 alpha-2, several candidates joined by `/`; empty: not known any more. */
  readonly country: string
  /** Of the first selection; the others are late entrants and further numbers of a person. */
  readonly first: boolean
  /** Of `state`. */
  readonly state: MessageState | null
  /** Of the others: ms after the launch, up to half a percent too much; null: did not come so far. */
  readonly ms: number | null
  readonly n: number
}

/**
 * Times are counted in steps that grow by half a percent each, so there are a few thousand of them however long a broadcast ran: its first
 * minute and its last day are equally exact, and nothing is sorted.
 */
const growth = 1.005

const step = (time: string) =>
  `ceil(ln(greatest(1, date_part('epoch', ${time} - b.created_at) * 1000)) / ln(${growth}::float8))::int`

/** A refusal is final at its submission (carrier-figures.ts): those were not handed over. */
const handedOver = `m.state IN ('submitted', 'unconfirmed', 'delivered')
  OR m.state IN ('failed', 'expired', 'cancelled') AND m.submitted_at IS NOT NULL AND m.final_at IS DISTINCT FROM m.submitted_at`

/** Where he is by the registers, if they still hold where he was when his message was made. */
const roamerCountry = `CASE WHEN t.entered_at <= m.made_at THEN coalesce(t.country, nullif(array_to_string(t.candidates, '/'), ''))
                            WHEN t.left_at >= m.made_at THEN t.left_country END`
const registeredCountry = `CASE WHEN m.reason IN ('resident', 'resident-unplaced', 'other-number')
                                THEN coalesce(h.country, ${roamerCountry}) ELSE coalesce(${roamerCountry}, h.country) END`
const registers = 'LEFT JOIN resident h ON h.msisdn = m.msisdn LEFT JOIN roamer t ON t.msisdn = m.msisdn'

/**
 * How far the messages of a broadcast came and when, by carrier and country, in one pass over them: 1.1 s a million,
 * 1.7 to 2.8 s with the registers. A message does not hold its country.
 *
 * @param countries of reasons all of whose people are of one country; of the others the registers are asked (a look-up each)
 */
export async function deliveryCounts(
  db: Client,
  broadcastId: number,
  countries: ReadonlyMap<MessageReason, string>,
  allKnown: boolean,
): Promise<DeliveryCount[]> {
  const { rows } = await db.query<Omit<DeliveryCount, 'ms'> & { step: number | null }>(
    `WITH told AS (
       SELECT m.carrier_no, coalesce(k.country, ${allKnown ? 'NULL' : registeredCountry}, '') AS country,
              m.reason NOT IN ('late-entrant', 'other-number') AS first, m.state,
              CASE WHEN ${handedOver} THEN ${step('m.submitted_at')} END AS handed_over,
              CASE WHEN m.state = 'delivered' THEN ${step('m.final_at')} END AS delivered,
              CASE WHEN m.reason = 'late-entrant' THEN ${step('m.made_at')} END AS made
         FROM message m JOIN broadcast b ON b.id = m.broadcast_id
         LEFT JOIN unnest($2::text[]::message_reason[], $3::text[]) AS k (reason, country) ON k.reason = m.reason
         ${allKnown ? '' : registers}
        WHERE m.broadcast_id = $1),
     counted AS (
       SELECT CASE WHEN grouping(state) = 0 THEN 'state' WHEN grouping(handed_over) = 0 THEN 'handedOver'
                   WHEN grouping(delivered) = 0 THEN 'delivered' ELSE 'made' END AS mark,
              carrier_no, country, first, state, coalesce(handed_over, delivered, made) AS step, count(*) AS n
         FROM told
        GROUP BY GROUPING SETS ((carrier_no, country, first, state), (carrier_no, country, first, handed_over),
                                (carrier_no, country, first, delivered), (carrier_no, country, first, made)))
     SELECT mark, c.id AS carrier, country, first, state, step, n
       FROM counted LEFT JOIN carrier c ON c.no = counted.carrier_no`,
    [broadcastId, [...countries.keys()], [...countries.values()]],
  )
  return rows.map(({ step: at, ...count }) => ({ ...count, ms: at === null ? null : growth ** at }))
}
