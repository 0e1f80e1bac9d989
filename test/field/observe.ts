import { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { commandId } from '../../src/smpp/codec/commands.ts'
import { decodePdu } from '../../src/smpp/codec/pdu.ts'
import type { Bench } from '../dispatch/harness.ts'

/** A text as this process wrote it to a socket: there the engine is judged. */
interface WrittenText {
  /** ms of `performance.now()`. */
  readonly at: number
  readonly destination: string
}

/** Notes each submit_sm that this process writes, until `stop`. */
export function watchTexts(): { readonly texts: readonly WrittenText[]; readonly writes: number; stop(): void } {
  const texts: WrittenText[] = []
  let writes = 0
  const original = Socket.prototype.write
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof original>) {
    const found = Buffer.isBuffer(args[0]) ? submitsOf(args[0]) : []
    if (found.length > 0) writes++
    const at = performance.now()
    for (const destination of found) texts.push({ at, destination })
    return original.apply(this, args)
  } as typeof original
  return {
    texts,
    get writes() {
      return writes
    },
    stop() {
      Socket.prototype.write = original
    },
  }
}

/** Destinations of the submit_sm's in a buffer of whole PDUs; none for anything else. */
function submitsOf(octets: Buffer): string[] {
  const found: string[] = []
  for (let at = 0; at + 16 <= octets.length; ) {
    const length = octets.readUInt32BE(at)
    if (length < 16 || at + length > octets.length) return []
    if (octets.readUInt32BE(at + 4) === commandId.submit_sm) {
      const pdu = decodePdu(Buffer.from(octets.subarray(at, at + length)))
      if (pdu.command === 'submit_sm') found.push(pdu.fields.destination_addr)
    }
    at += length
  }
  return found
}

/**
 * How far arrivals at an SMSC in this process may be bunched: by as much as the event loop was ever late. What was written within
 * a second then arrives within a second less that, so the SMSC may count this much more of a contract.
 */
export function watchLateness(): { allowance(throughput: number): number } {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  return {
    allowance(throughput) {
      histogram.disable()
      return 1 + Math.ceil((throughput * histogram.max) / 1e9)
    },
  }
}

/** How many messages of a broadcast have had more than one attempt. */
export async function triedAgain(bench: Bench, broadcastId: number): Promise<number> {
  const { rows } = await bench.db.pool.query<{ n: number }>(
    'SELECT count(*)::int n FROM message WHERE broadcast_id = $1 AND attempt > 1',
    [broadcastId],
  )
  return rows[0]?.n as number
}

/** What became of each message, by its number. */
export async function messagesOf(
  bench: Bench,
  broadcastId: number,
): Promise<Map<string, { state: string; error: number | null; attempt: number; smscIds: string[] }>> {
  const { rows } = await bench.db.pool.query(
    `SELECT msisdn::text, state::text, error, attempt,
            ARRAY(SELECT smsc_id FROM segment s WHERE s.broadcast_id = m.broadcast_id AND s.seq = m.seq ORDER BY attempt, part) ids
       FROM message m WHERE broadcast_id = $1`,
    [broadcastId],
  )
  return new Map(
    rows.map(({ msisdn, state, error, attempt, ids }) => [msisdn, { state, error, attempt, smscIds: ids }]),
  )
}

/** Numbers that an SMSC took more than once. */
export const toldTwice = (bench: Bench): number =>
  bench.smsc.recorded.length - new Set(bench.smsc.recorded.map(({ destination }) => destination)).size
