import type { CarrierProfile } from '../carriers/schema.ts'
import type { Logger } from '../lib/log.ts'
import { Problem } from '../lib/problem.ts'
import type { BroadcastHead } from '../store/chunks/broadcast.ts'
import { doubtfulMessages } from '../store/chunks/doubtful.ts'
import { releaseChunk } from '../store/chunks/release.ts'
import type { sendingChunks } from '../store/chunks/sending.ts'
import type { HotLine } from '../store/hot-line.ts'
import type { OutcomeRecord } from '../store/ledger/records.ts'
import type { Broadcasts } from './broadcasts.ts'
import { maxUnanswered } from './error-table.ts'
import type { OutcomeSink } from './outcome-sink.ts'

export interface TakeOverDeps {
  /** Undefined where the carrier is in no profile any more. */
  readonly profile: CarrierProfile | undefined
  readonly carrierNo: number
  readonly line: HotLine
  readonly broadcasts: Broadcasts
  readonly sink: OutcomeSink
  readonly log: Logger
}

type SendingChunk = Awaited<ReturnType<typeof sendingChunks>>[number]

/**
 * Takes over a chunk that a dead holder of the account left in the middle. Beyond the write-ahead nothing went out: back to
 * the queue. Before it, what has no outcome may have gone out: sent again where the alert's policy says so, else uncertain.
 * Call it while the account is ours and before it sends.
 */
export async function takeOverChunk(chunk: SendingChunk, deps: TakeOverDeps): Promise<void> {
  const db = await deps.line.client()
  const doubtful = chunk.markedUpto === null ? [] : await doubtfulMessages(db, chunk.id)
  if (doubtful.length > 0) {
    const broadcast = await deps.broadcasts.unchecked(chunk.broadcastId)
    const { refused } = chunk
    const unanswered = chunk.unanswered + 1
    const resend = broadcast.resend && unanswered < maxUnanswered
    const { carrierNo } = deps
    const now = Date.now()
    for (const { seq, msisdn, variant } of doubtful) {
      const parts = await partsOf(broadcast, variant, deps)
      const record: OutcomeRecord = {
        ref: { broadcastId: chunk.broadcastId, seq, attempt: chunk.attempt, carrierNo, msisdn, parts, at: now },
        verdict: resend ? 'again' : 'uncertain',
        accepted: [],
        unanswered: Array.from({ length: parts }, (_, i) => i + 1),
        ...(resend && {
          again: { lane: chunk.lane, carrierNo, fallbacks: chunk.fallbacks, notBefore: now, refused, unanswered },
        }),
      }
      deps.sink.outcome(record)
    }
    // The verdicts are committed before the chunk is free: or its messages would be loaded as untouched.
    await deps.sink.settled()
  }
  await releaseChunk(db, chunk, chunk.markedUpto ?? chunk.seqFrom - 1)
  deps.log.warn({ chunk: chunk.id, doubtful: doubtful.length }, 'took over an abandoned chunk')
}

/** Segments that the text had; 1 where that cannot be told (any more). */
async function partsOf(broadcast: BroadcastHead, variant: number, deps: TakeOverDeps): Promise<number> {
  if (!deps.profile) return 1
  try {
    return (await deps.broadcasts.text(broadcast, variant, deps.profile)).templates.length
  } catch (error) {
    if (error instanceof Problem) return 1
    throw error
  }
}
