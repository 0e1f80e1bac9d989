import { int2Column, int8Column, textColumn } from '../columns.ts'
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
 * Makes the messages of one page, their chunks and their tallies, in the caller's transaction. Who has a message of this
 * broadcast already gets no second one. Returns how many were made and whose bells to ring.
 */
export async function insertMessages(
  client: Client,
  broadcastId: number,
  lane: number,
  messages: readonly NewMessage[],
): Promise<{ made: number; carriers: number[] }> {
  if (messages.length === 0) return { made: 0, carriers: [] }
  // Makers of one broadcast go one after the other, so what the look finds missing stays missing until it is made. ON CONFLICT
  // would need no look, but inserts speculatively: 4.7 us a row of the server's time instead of 3.9.
  const locked = await client.query<{ next: number }>(
    'SELECT next_seq AS next FROM broadcast WHERE id = $1 FOR UPDATE',
    [broadcastId],
  )
  const first = (locked.rows[0] as { next: number }).next
  const groups = byRoute(await withoutMessage(client, broadcastId, messages))
  const made = groups.flat()
  if (made.length === 0) return { made: 0, carriers: [] }
  await client.query('UPDATE broadcast SET next_seq = next_seq + $2 WHERE id = $1', [broadcastId, made.length])
  await client.query({
    name: 'insert-messages',
    text: `
      INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, state, made_at, final_at)
      SELECT $1, recipient_key, msisdn, $2::int + i - 1, carrier_no, variant, reason,
             CASE WHEN carrier_no = ${noCarrier} THEN 'suppressed' ELSE 'pending' END::message_state, now(),
             CASE WHEN carrier_no = ${noCarrier} THEN now() END
        FROM unnest($3::bigint[], $4::bigint[], $5::smallint[], $6::smallint[], $7::text[]::message_reason[])
             WITH ORDINALITY AS n (recipient_key, msisdn, carrier_no, variant, reason, i)`,
    values: [
      broadcastId,
      first,
      int8Column(made, (m) => Number(m.recipientKey)),
      int8Column(made, (m) => Number(m.msisdn)),
      int2Column(made, carrierOf),
      int2Column(made, (m) => m.variant),
      textColumn(made, (m) => m.reason),
    ],
  })
  const tallies = { carriers: countBy(made, carrierOf), reasons: countBy(made, reasonKey) }
  await insertTallies(client, broadcastId, tallies)
  let seq = first
  const runs = groups.map((group) => {
    const from = seq
    seq += group.length
    return { route: (group[0] as NewMessage).route, from, to: seq - 1 }
  })
  return { made: made.length, carriers: await insertChunks(client, broadcastId, lane, runs) }
}

const carrierOf = ({ route }: NewMessage) => route[0] ?? noCarrier

/** Those who have no message of this broadcast yet, each once. */
async function withoutMessage(
  client: Client,
  broadcastId: number,
  messages: readonly NewMessage[],
): Promise<NewMessage[]> {
  const { rows } = await client.query<{ key: number }>({
    name: 'recipients-there',
    // A look-up each: with = ANY the planner may read the whole broadcast for each page while its statistics are young.
    text: `
      SELECT m.recipient_key AS key FROM unnest($2::bigint[]) AS n (key)
       CROSS JOIN LATERAL (SELECT recipient_key FROM message WHERE broadcast_id = $1 AND recipient_key = n.key LIMIT 1) m`,
    values: [broadcastId, int8Column(messages, (m) => Number(m.recipientKey))],
  })
  const known = new Set(rows.map((row) => row.key))
  return messages.filter(({ recipientKey }) => {
    const key = Number(recipientKey)
    if (known.has(key)) return false
    known.add(key)
    return true
  })
}

/** Those of one route side by side: a chunk is a run of them. */
function byRoute(messages: readonly NewMessage[]): NewMessage[][] {
  const groups = new Map<string, NewMessage[]>()
  for (const message of messages) {
    const key = message.route.join()
    const group = groups.get(key)
    if (group) group.push(message)
    else groups.set(key, [message])
  }
  return [...groups.values()]
}

/** Messages added up: by the number of their carrier, and by `reasonKey`. */
interface Tallies {
  readonly carriers: readonly (readonly [no: number, n: number])[]
  readonly reasons: readonly (readonly [key: string, n: number])[]
}

export const reasonKey = ({ reason, country }: { reason: MessageReason; country: string }) => `${reason} ${country}`

export async function insertTallies(
  client: Client,
  broadcastId: number,
  { carriers, reasons }: Tallies,
): Promise<void> {
  await client.query({
    name: 'insert-audience-tallies',
    text: `
      WITH t AS (
        INSERT INTO tally (broadcast_id, carrier_no, state, n)
        SELECT $1, carrier_no, CASE WHEN carrier_no = ${noCarrier} THEN 'suppressed' ELSE 'pending' END::message_state, n
          FROM unnest($2::smallint[], $3::int[]) AS c (carrier_no, n))
      INSERT INTO audience_tally (broadcast_id, reason, country, n)
      SELECT $1, split_part(reason, ' ', 1), split_part(reason, ' ', 2), n FROM unnest($4::text[], $5::int[]) AS r (reason, n)`,
    values: [
      broadcastId,
      carriers.map(([no]) => no),
      carriers.map(([, n]) => n),
      reasons.map(([r]) => r),
      reasons.map(([, n]) => n),
    ],
  })
}

function countBy<K>(made: readonly NewMessage[], keyOf: (message: NewMessage) => K): [K, number][] {
  const counts = new Map<K, number>()
  for (const message of made) {
    const key = keyOf(message)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts]
}

/** Messages of one route that follow each other in seq. */
export interface Run {
  readonly route: readonly number[]
  readonly from: number
  readonly to: number
}

/** What is to be sent of them; returns whose bells to ring. */
export async function insertChunks(
  client: Client,
  broadcastId: number,
  lane: number,
  runs: readonly Run[],
): Promise<number[]> {
  const chunks: { carrierNo: number; from: number; to: number; fallbacks: string }[] = []
  for (const { route, from, to } of runs) {
    const [carrierNo, ...fallbacks] = route
    if (carrierNo === undefined) continue
    for (let at = from; at <= to; at += chunkSize)
      chunks.push({ carrierNo, from: at, to: Math.min(to, at + chunkSize - 1), fallbacks: `{${fallbacks.join()}}` })
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
