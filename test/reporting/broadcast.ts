import type { Alert } from '../../src/alerts/model.ts'
import { rulesFor } from '../../src/alerts/rules.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { insertMessages, type NewMessage } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Database, transaction } from '../../src/store/database.ts'
import { applyStates } from '../../src/store/ledger/apply-states.ts'
import { insertSegments } from '../../src/store/ledger/insert-segments.ts'
import { ensureDailyPartitions } from '../../src/store/partitions.ts'
import type { MessageReason, MessageState } from '../../src/store/states.ts'
import { sample, sampleInfo } from '../alerts/sample.ts'

/** An alert that is in force now. */
export function currentAlert(change: Partial<Alert> = {}): Alert {
  const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`
  const infos = [sampleInfo({ expires: at(3_600_000) })]
  return sample({ identifier: `test-${Math.random().toString(36).slice(2)}`, sent: at(-60_000), infos, ...change })
}

/** The alert of a broadcast with nobody in it yet. */
export async function launched(
  db: Database,
  alert = currentAlert(),
): Promise<{ alertId: string; broadcastId: number }> {
  const row = await createAlert(db, alert, rulesFor(alert), [], 'kim')
  await db.pool.query(`UPDATE alert SET phase = 'live', launched_at = now() WHERE id = $1`, [row.id])
  return { alertId: row.id, broadcastId: await openFor(db, row.id) }
}

export async function openFor(db: Database, alertId: string): Promise<number> {
  await registerCarriers(db.pool, ['north', 'south'])
  return transaction(db.pool, async (client) => {
    await ensureDailyPartitions(client, new Date(Date.now() - 86_400_000), 3)
    return openBroadcast(client, {
      alertId,
      day: null,
      lane: 1,
      state: 'selecting',
      exercise: false,
      resend: true,
      digest: null,
      expires: new Date(Date.now() + 3_600_000),
      validityMs: null,
      texts: [{ key: 'ko', language: 'ko', text: '대피하세요' }],
    })
  })
}

export interface Recipients {
  readonly n: number
  readonly reason?: MessageReason
  readonly country?: string
  /** None: no carrier reaches them. */
  readonly carrier?: 'north' | 'south'
  readonly firstMsisdn?: number
}

let nextMsisdn = 819_010_000_000

/** Adds messages, as selection does; returns their seqs. */
export async function choose(db: Database, broadcastId: number, recipients: Recipients): Promise<number[]> {
  const { n, reason = 'resident', country = 'JP', carrier } = recipients
  const no = carrier === undefined ? undefined : (await registerCarriers(db.pool, [])).get(carrier)?.no
  const messages = Array.from({ length: n }, (): NewMessage => {
    const msisdn = String(nextMsisdn++)
    return { recipientKey: Number(msisdn), msisdn, variant: 1, reason, country, route: no === undefined ? [] : [no] }
  })
  await transaction(db.pool, (client) => insertMessages(client, broadcastId, 1, messages))
  const { rows } = await db.pool.query<{ seq: number }>(
    'SELECT seq FROM message WHERE broadcast_id = $1 AND msisdn = ANY ($2) ORDER BY seq',
    [broadcastId, messages.map(({ msisdn }) => msisdn)],
  )
  return rows.map(({ seq }) => seq)
}

export async function selected(db: Database, broadcastId: number): Promise<void> {
  await db.pool.query(`UPDATE broadcast SET state = 'sending', selected_at = now() WHERE id = $1`, [broadcastId])
}

/** Moves messages on, as the ledger does: `afterMs` from the launch, a receipt `receiptMs` later. */
export async function move(
  db: Database,
  broadcastId: number,
  seqs: readonly number[],
  state: MessageState,
  {
    afterMs = 1_000,
    receiptMs = 0,
    error = null,
  }: { afterMs?: number; receiptMs?: number; error?: number | null } = {},
): Promise<void> {
  const { rows } = await db.pool.query<{ at: Date }>('SELECT created_at AS at FROM broadcast WHERE id = $1', [
    broadcastId,
  ])
  const submittedAt = (rows[0] as { at: Date }).at.getTime() + afterMs
  await applyStates(
    db.pool,
    seqs.map((seq) => ({
      broadcastId,
      seq,
      attempt: 1,
      state,
      error,
      submittedAt,
      finalAt: state === 'submitted' ? null : submittedAt + receiptMs,
      parts: 1,
    })),
  )
}

/** One accepted submit_sm a message. */
export async function accepted(db: Database, broadcastId: number, seqs: readonly number[]): Promise<void> {
  const at = Date.now()
  await insertSegments(
    db.pool,
    seqs.map((seq) => ({ at, broadcastId, seq, carrierNo: 1, attempt: 1, part: 1, parts: 1, smscId: `id-${seq}` })),
  )
}
