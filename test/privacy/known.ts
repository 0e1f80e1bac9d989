import { rulesFor } from '../../src/alerts/rules.ts'
import { packJournal } from '../../src/receipts/journal.ts'
import { createAlert } from '../../src/store/alerts/create-alert.ts'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { type Database, transaction } from '../../src/store/database.ts'
import { insertJournal } from '../../src/store/ledger/journal.ts'
import { ensureDailyPartitions } from '../../src/store/partitions.ts'
import { currentAlert, launched, move } from '../reporting/broadcast.ts'

/** A broadcast to these numbers, all delivered, of an alert that is live; returns the ids. */
export async function told(db: Database, ...msisdns: readonly string[]) {
  const { alertId, broadcastId } = await launched(db)
  const carrierNo = (await registerCarriers(db.pool, ['north'])).get('north')?.no as number
  await transaction(db.pool, (client) =>
    insertMessages(
      client,
      broadcastId,
      1,
      msisdns.map((msisdn) => ({
        recipientKey: Number(msisdn),
        msisdn,
        variant: 1,
        reason: 'resident' as const,
        country: 'JP',
        route: [carrierNo],
      })),
    ),
  )
  await db.pool.query(`UPDATE broadcast SET state = 'sending' WHERE id = $1`, [broadcastId])
  await move(db, broadcastId, seqsOf(msisdns), 'delivered', { receiptMs: 500 })
  return { alertId, broadcastId }
}

const seqsOf = (all: readonly unknown[]) => all.map((_, i) => i + 1)

export async function ended(db: Database, alertId: string): Promise<void> {
  await db.pool.query(`UPDATE alert SET phase = 'ended' WHERE id = $1`, [alertId])
}

/** Puts a number wherever a number can be, as the engine does or would; nothing of it under way. */
export async function fillEverywhere(db: Database, msisdn: string): Promise<void> {
  const number = Number(msisdn)
  const run = (sql: string, ...values: unknown[]) => db.pool.query(sql, values)
  await transaction(db.pool, (client) => ensureDailyPartitions(client, new Date(Date.now() - 86_400_000), 3))
  await run(
    `INSERT INTO resident (msisdn, mission, country, lon, lat, cell, address, name_ref) VALUES ($1, 'tokyo', 'JP', 139, 35, 1, 'Home', 'A-1')`,
    number,
  )
  await run(
    `INSERT INTO roamer (msisdn, hplmn, country, seen_at, lon, lat, cell, placed_at) VALUES ($1, '45008', 'JP', now(), 139, 35, 1, now())`,
    number,
  )
  await run('INSERT INTO resident_arrival VALUES ($1) ON CONFLICT DO NOTHING', number)
  const journey = (
    await run(`INSERT INTO journey (msisdn, country, entered_at) VALUES ($1, 'JP', now()) RETURNING id`, number)
  ).rows[0].id as number
  const day = new Date(Date.now() - (number % 9973) * 86_400_000).toISOString().slice(0, 10)
  const entry = await transaction(db.pool, (client) =>
    openBroadcast(client, {
      alertId: null,
      day,
      lane: 5,
      state: 'sending',
      exercise: false,
      resend: false,
      digest: null,
      expires: null,
      validityMs: 3_600_000,
      texts: [{ key: 'JP', language: 'ko', text: '안전에 유의하세요' }],
    }),
  )
  const carrierNo = (await registerCarriers(db.pool, ['north'])).get('north')?.no as number
  await transaction(db.pool, (client) =>
    insertMessages(client, entry, 1, [
      { recipientKey: journey * 8, msisdn, variant: 1, reason: 'entry', country: 'JP', route: [carrierNo] },
    ]),
  )
  await move(db, entry, [1], 'delivered')
  await run(
    `INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at) VALUES (1, $1, $2, 1, 1, 1, 1, now())`,
    number,
    entry,
  )
  await run(
    `INSERT INTO parked_receipt (carrier_no, smsc_id, msisdn, state, final_at, raw) VALUES (1, 'x', $1, 'delivered', now(), $2)`,
    number,
    Buffer.from(`id:x from ${msisdn}`),
  )
  await run(
    `INSERT INTO parked_receipt (carrier_no, smsc_id, msisdn, state, final_at, raw) VALUES (1, 'y', NULL, 'delivered', now(), $1)`,
    Buffer.from(`\0${msisdn}\0`),
  )
  await run(
    `INSERT INTO inbox_text (head_id, carrier_no, kind, source, msisdn, destination, data_coding, raw, header_octets, fingerprint)
     VALUES (1, 1, 'text', $1, $2, '82232100404', 0, $3, 0, $3)`,
    `+${msisdn}`,
    number,
    Buffer.from(`call me on ${msisdn}`),
  )
  await run(
    `INSERT INTO quarantined_delivery (carrier_no, reason, esm_class, data_coding, source, destination, raw, fingerprint)
     VALUES (1, 'kind-unknown', 0, 0, $1, '82232100404', $2, $2)`,
    msisdn,
    Buffer.from(msisdn),
  )
  await run(
    `INSERT INTO roaming_event (day, key, msisdn, country, event, outcome, at)
     VALUES (now()::date, gen_random_uuid(), $1, 'JP', 'enter', 'sent', now())`,
    number,
  )
  await run(`INSERT INTO camara_number (operator, msisdn, added_by) VALUES ('kt', $1, 'kim')`, number)
  await run(
    `INSERT INTO camara_subscription (operator, msisdn, type, state, remote_id, expires_at, next_try_at, changed_at)
     VALUES ('kt', $1, 'roaming-status', 'active', $2, now() + interval '1 day', now(), now())`,
    number,
    `remote-${journey}`,
  )
  await run(
    `INSERT INTO camara_question (operator, msisdn, key, at, source, next_try_at) VALUES ('kt', $1, $2, now(), 'kt', now())`,
    number,
    `key-${journey}`,
  )
  await run('INSERT INTO opt_out (msisdn) VALUES ($1)', number)
  await run(
    `INSERT INTO entry_resend (kind, ref, country, since, after, done_at) VALUES ('level', $1, 'JP', now(), $2, now())`,
    1_000_000 + journey,
    number,
  )
  const alert = currentAlert()
  const { id } = await createAlert(db, alert, rulesFor(alert), [], 'kim')
  await run('INSERT INTO review_walk (alert_id, after) VALUES ($1, $2)', id, number)
  await keepReceipts(db, [`\0${msisdn}\0id:1 stat:DELIVRD`, `id:2 about 0${msisdn.slice(2)}`, 'id:3 nobody'])
}

export async function keepReceipts(db: Database, texts: readonly string[]): Promise<void> {
  const journal = await packJournal(
    texts.map((text, i) => ({ carrierNo: 1, finalAt: Date.now() + i, raw: Buffer.from(text, 'latin1') })),
  )
  if (journal) await insertJournal(db.pool, journal)
}
