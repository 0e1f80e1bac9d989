import type { Client } from '../database.ts'
import type { MessageReason } from '../states.ts'

export interface NewMessage {
  /** The MSISDN for alerts, the journey for entry texts. */
  readonly recipientKey: number | string
  readonly msisdn: string
  readonly variant: number
  readonly reason: MessageReason
  readonly country: string
  /** Carriers that reach him, the preferred one first; none: the message is made as suppressed, so that it is counted. */
  readonly route: readonly number[]
}

/** No more than this in a chunk: what one holder takes in one step. */
const chunkSize = 1000

/** The number that stands for no carrier. */
export const noCarrier = 0

/**
 * Makes the messages of one page, their chunks and their tallies; call it in a transaction that holds the broadcast's row.
 * Who has a message of this broadcast already gets no second one. Returns how many were made and whose bells to ring.
 */
export async function insertMessages(
  client: Client,
  broadcastId: number,
  lane: number,
  messages: readonly NewMessage[],
): Promise<{ made: number; carriers: number[] }> {
  if (messages.length === 0) return { made: 0, carriers: [] }
  const byRoute = new Map<string, NewMessage[]>()
  for (const message of messages) {
    const key = message.route.join()
    const group = byRoute.get(key)
    if (group) group.push(message)
    else byRoute.set(key, [message])
  }
  const ordered = [...byRoute.values()].flat()
  const next = await client.query<{ first: number }>(
    'UPDATE broadcast SET next_seq = next_seq + $2 WHERE id = $1 RETURNING next_seq - $2 AS first',
    [broadcastId, ordered.length],
  )
  const first = (next.rows[0] as { first: number }).first
  const { rows } = await client.query<{ seq: number }>({
    name: 'insert-messages',
    text: `
      WITH n AS (
        SELECT * FROM unnest($2::bigint[], $3::bigint[], $4::int[], $5::smallint[], $6::smallint[], $7::message_reason[], $8::text[])
               AS n (recipient_key, msisdn, seq, carrier_no, variant, reason, country)),
      made AS (
        INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, state, made_at, final_at)
        SELECT $1, recipient_key, msisdn, seq, carrier_no, variant, reason,
               CASE WHEN carrier_no = ${noCarrier} THEN 'suppressed' ELSE 'pending' END::message_state, now(),
               CASE WHEN carrier_no = ${noCarrier} THEN now() END
          FROM n
        ON CONFLICT (broadcast_id, recipient_key) DO NOTHING
        RETURNING seq, carrier_no, state),
      t AS (
        INSERT INTO tally (broadcast_id, carrier_no, state, n)
        SELECT $1, carrier_no, state, count(*) FROM made GROUP BY 2, 3),
      a AS (
        INSERT INTO audience_tally (broadcast_id, reason, country, n)
        SELECT $1, n.reason, n.country, count(*) FROM made JOIN n USING (seq) GROUP BY 2, 3)
      SELECT seq FROM made`,
    values: [
      broadcastId,
      ordered.map((m) => m.recipientKey),
      ordered.map((m) => m.msisdn),
      ordered.map((_, i) => first + i),
      ordered.map((m) => m.route[0] ?? noCarrier),
      ordered.map((m) => m.variant),
      ordered.map((m) => m.reason),
      ordered.map((m) => m.country),
    ],
  })
  const made = new Set(rows.map((row) => row.seq))
  let seq = first
  const groups = [...byRoute.values()].map((group) => ({
    route: (group[0] as NewMessage).route,
    seqs: group.map(() => seq++).filter((one) => made.has(one)),
  }))
  const carriers = await insertChunks(client, broadcastId, lane, groups)
  return { made: rows.length, carriers }
}

/** Each chunk begins and ends with a message that was made; in between, seqs of those who had one already are missing. */
async function insertChunks(
  client: Client,
  broadcastId: number,
  lane: number,
  groups: readonly { route: readonly number[]; seqs: readonly number[] }[],
): Promise<number[]> {
  const chunks: { carrierNo: number; from: number; to: number; fallbacks: string }[] = []
  for (const { route, seqs } of groups) {
    const [carrierNo, ...fallbacks] = route
    if (carrierNo === undefined) continue
    for (let at = 0; at < seqs.length; at += chunkSize) {
      const run = seqs.slice(at, at + chunkSize)
      chunks.push({ carrierNo, from: run[0] as number, to: run.at(-1) as number, fallbacks: `{${fallbacks.join()}}` })
    }
  }
  if (chunks.length === 0) return []
  await client.query({
    name: 'insert-chunks',
    text: `
      INSERT INTO chunk (broadcast_id, lane, carrier_no, seq_from, seq_to, fallbacks)
      SELECT $1, $2, n.carrier_no, n.seq_from, n.seq_to, n.fallbacks::smallint[]
        FROM unnest($3::smallint[], $4::int[], $5::int[], $6::text[]) AS n (carrier_no, seq_from, seq_to, fallbacks)`,
    values: [
      broadcastId,
      lane,
      chunks.map((c) => c.carrierNo),
      chunks.map((c) => c.from),
      chunks.map((c) => c.to),
      chunks.map((c) => c.fallbacks),
    ],
  })
  return [...new Set(chunks.map((chunk) => chunk.carrierNo))]
}
