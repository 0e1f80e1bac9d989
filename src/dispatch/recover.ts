import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { abandonedChunks, releaseChunk } from '../store/chunks/abandoned.ts'
import { doubtfulMessages } from '../store/chunks/doubtful.ts'
import type { HotLine } from '../store/hot-line.ts'
import type { OutcomeRecord } from '../store/ledger/records.ts'
import type { Broadcasts } from './broadcasts.ts'
import { maxAttempts } from './error-table.ts'
import type { OutcomeSink } from './outcome-sink.ts'

/**
 * Takes over what a dead holder of the account left in the middle. Beyond the write-ahead nothing went out: back to the queue.
 * Before it, what has no outcome may have gone out: sent again where the alert's policy says so, else uncertain. Run it while
 * the account is ours and before it sends.
 *
 * @param ours whether this process itself holds the chunk.
 */
export async function recoverAccount(
  profile: CarrierProfile,
  carrierNo: number,
  deps: { line: HotLine; broadcasts: Broadcasts; sink: OutcomeSink; log: Logger; ours: (chunkId: number) => boolean },
): Promise<void> {
  const db = await deps.line.client()
  for (const chunk of await abandonedChunks(db, carrierNo)) {
    if (deps.ours(chunk.id)) continue
    const doubtful = chunk.markedUpto === null ? [] : await doubtfulMessages(db, chunk.id)
    if (doubtful.length > 0) {
      const broadcast = await deps.broadcasts.head(chunk.broadcastId)
      const now = Date.now()
      for (const { seq, msisdn, variant } of doubtful) {
        const parts = (await deps.broadcasts.text(broadcast, variant, profile)).templates.length
        const resend = broadcast.resend && chunk.attempt < maxAttempts
        const record: OutcomeRecord = {
          ref: { broadcastId: chunk.broadcastId, seq, attempt: chunk.attempt, carrierNo, msisdn, parts, at: now },
          verdict: resend ? 'again' : 'uncertain',
          accepted: [],
          unanswered: Array.from({ length: parts }, (_, i) => i + 1),
          ...(resend && { again: { lane: chunk.lane, carrierNo, fallbacks: chunk.fallbacks, notBefore: now } }),
        }
        deps.sink.outcome(record)
      }
      // The verdicts are committed before the chunk is free: or its messages would be loaded as untouched.
      await deps.sink.settled()
    }
    await releaseChunk(db, chunk.id, chunk.markedUpto ?? chunk.seqFrom - 1)
    deps.log.warn({ carrier: profile.id, chunk: chunk.id, doubtful: doubtful.length }, 'took over an abandoned chunk')
  }
}
