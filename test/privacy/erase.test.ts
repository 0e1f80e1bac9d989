import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { eraseNumber } from '../../src/api/erase-number.ts'
import { unpackJournal } from '../../src/receipts/journal.ts'
import { holdSelections } from '../../src/store/audience/entrants-barrier.ts'
import { verifyAudit } from '../../src/store/audit-log.ts'
import { type Database, transaction } from '../../src/store/database.ts'
import { obeyWords } from '../../src/store/inbox/opt-outs.ts'
import { journalBetween } from '../../src/store/ledger/journal.ts'
import { eraseMessages, messagesTo } from '../../src/store/privacy/messages-of-number.ts'
import { subscriberTables } from '../../src/store/privacy/subscriber-tables.ts'
import { codeOf, startApi, type TestApi } from '../api/support.ts'
import { watched } from '../targeting/watched.ts'
import { ended, fillEverywhere, keepReceipts, told } from './known.ts'

let api: TestApi
let him: string
let other: string
let next = 1000
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api?.close())
beforeEach(() => {
  him = `82101234${++next}`
  // The same digits at its end in another country: it must not be taken for his.
  other = `81901234${next}`
})

const rows = async (sql: string, ...values: unknown[]) => (await api.db.pool.query(sql, values)).rows
const erase = (body: object, role: 'administrator' | 'auditor' = 'administrator') =>
  api.call(role, 'POST', '/v1/privacy/erase', { body: { reason: 'request 2026-17', ...body } })
const known = (msisdn: string) => api.call('auditor', 'POST', '/v1/privacy/export', { body: { msisdn } })

/** Tables of the database in which a text occurs anywhere. */
async function tablesWith(text: string): Promise<string[]> {
  const found: string[] = []
  const octets = Buffer.from(text, 'latin1').toString('hex')
  for (const { name } of await rows(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
  )) {
    const [hit] = await rows(
      `SELECT count(*)::int n FROM ${name} t WHERE position($1 IN t::text) > 0 OR position($2 IN t::text) > 0`,
      text,
      octets,
    )
    if (hit.n > 0) found.push(name)
  }
  return found
}

async function journal(): Promise<string[]> {
  return transaction(api.db.pool, async (client) => {
    const texts: string[] = []
    for await (const { packed } of journalBetween(client, 0, Date.now() + 60_000)) {
      texts.push(...(await unpackJournal(packed)).map(({ raw }) => raw.toString('latin1')))
    }
    return texts
  })
}

describe('a number that is erased', () => {
  test('is nowhere in the database any more, and what was counted with it still is', async () => {
    const { alertId, broadcastId } = await told(api.db, him, other)
    await ended(api.db, alertId)
    await fillEverywhere(api.db, him)
    await fillEverywhere(api.db, other)
    await api.call('auditor', 'GET', `/v1/messages?msisdn=${him}`)
    const everywhere = await tablesWith(him)
    // All of the tables that are looked after, but those where what is under way would stand against it.
    const open = ['next_number', 'entry_wait', 'roaming_batch', 'kept_opt_out']
    const parents = everywhere.map((name) => name.replace(/_\d+$/, ''))
    for (const { table } of subscriberTables) if (!open.includes(table)) expect(parents).toContain(table)
    const sums = `SELECT state, count(*)::int n FROM message GROUP BY 1`
    const before = await rows(sums)

    const { status, body, text } = await erase({ msisdn: him })
    expect(status, text).toBe(200)
    expect(body.erased).toMatchObject({ resident: 1, roamer: 1, message: 2, inbox_text: 1, receipt_journal: 2 })
    expect(await tablesWith(him)).toEqual([])
    expect((await journal()).filter((one) => one.includes(him.slice(2)))).toEqual([])
    expect((await journal()).filter((one) => one.includes(other))).toHaveLength(1)
    expect(await rows(sums)).toEqual(before)
    expect(
      await rows('SELECT recipient_key, msisdn FROM message WHERE broadcast_id = $1 ORDER BY seq', broadcastId),
    ).toEqual([
      { recipient_key: -1, msisdn: 0 },
      { recipient_key: Number(other), msisdn: Number(other) },
    ])
    // But for the pseudonym: nobody has looked at the other.
    expect(await tablesWith(other)).toEqual(everywhere.filter((table) => table !== 'pseudonym'))
    expect(await verifyAudit(api.db)).toMatchObject({ brokenAt: undefined })
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    expect(entries.at(-1)).toMatchObject({
      actor: 'person:administrator',
      act: 'privacy.erase',
      subject: expect.stringMatching(/^subscriber:~[\w-]+ \(erased\)$/),
      detail: { reason: 'request 2026-17', erased: body.erased },
    })
    // The beginning, and the look before, were at the same one, whoever that was.
    expect(entries.at(-2)).toMatchObject({
      act: 'privacy.erase-begin',
      subject: entries.at(-1).subject,
      detail: { reason: 'request 2026-17', erased: { resident: 1, roamer: 1 } },
    })
    expect(entries.at(-3)).toMatchObject({ act: 'numbers.view', subject: entries.at(-1).subject })

    expect((await erase({ msisdn: him })).body).toEqual({ erased: {} })
    expect((await known(him)).body.subscriber.data).toEqual({ kept_opt_out: [{ at: expect.any(String) }] })
  })

  test('wants no texts still when it comes back, unless it says so', async () => {
    await fillEverywhere(api.db, him)
    await erase({ msisdn: him })
    const refused = async () => (await rows('SELECT msisdn::text FROM opt_out WHERE msisdn = $1', him)).length
    expect(await refused()).toBe(0)
    const register = () =>
      api.call('composer', 'POST', '/v1/residents', { body: { msisdn: him, mission: 'tokyo', country: 'JP' } })
    await register()
    expect(await refused()).toBe(1)
    expect(await rows('SELECT FROM kept_opt_out WHERE hash = opt_out_hash($1)', him)).toHaveLength(0)

    await erase({ msisdn: him })
    await transaction(api.db.pool, (client) => obeyWords(client, new Map([[him, 'start']])))
    await register()
    expect(await refused()).toBe(0)
    await erase({ msisdn: other })
    await api.db.pool.query(`INSERT INTO roamer (msisdn, seen_at) VALUES ($1, now())`, [other])
    expect(await rows('SELECT FROM opt_out WHERE msisdn = $1', other)).toEqual([])
  })

  test('waits for the end of an alert of which it has the text, unless somebody says that it is meant', async () => {
    const { alertId, broadcastId } = await told(api.db, him)
    await fillEverywhere(api.db, him)
    const refused = await erase({ msisdn: him })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'erasure-must-wait'])
    expect(refused.text).toContain('in force')
    expect(refused.body.hint).toContain('--despite-alerts (despiteAlerts of the body)')
    expect(refused.text).not.toContain(him)
    expect(await tablesWith(him)).toContain('resident')
    expect((await erase({ msisdn: him, despiteAlerts: true })).status).toBe(200)
    expect(await tablesWith(him)).toEqual([])
    // Nobody sends an all-clear to number 0.
    const { holdersPage } = await import('../../src/store/audience/holders.ts')
    expect(await holdersPage(api.db.pool, broadcastId, undefined, 10)).toEqual([])
    await ended(api.db, alertId)
  })

  test('does not wait for the end of a rehearsal, of which no telephone has the text', async () => {
    const real = await told(api.db, other)
    const { alertId } = await told(api.db, him)
    expect((await erase({ msisdn: him })).status).toBe(409)
    await api.db.pool.query(`UPDATE alert SET rehearses = $2, status = 'Exercise' WHERE id = $1`, [
      alertId,
      real.alertId,
    ])
    expect((await erase({ msisdn: him })).body).toEqual({ erased: expect.objectContaining({ message: 1 }) })
    await ended(api.db, alertId)
    await ended(api.db, real.alertId)
  })

  test('names the alert of a chain that is in force, not those before it, and says where only their end is still told', async () => {
    const { alertId: first } = await told(api.db, him)
    const { alertId: second } = await told(api.db, other)
    await ended(api.db, first)
    await api.db.pool.query('UPDATE alert SET chain_id = $2 WHERE id = $1', [second, first])
    const [before, now] = await rows('SELECT identifier FROM alert WHERE id = ANY ($1) ORDER BY created_at', [
      first,
      second,
    ])
    const inForce = await erase({ msisdn: him })
    expect(inForce.body.errors).toMatchObject([
      { detail: `it has the text of an alert that is in force, or of an earlier one of its chain: ${now?.identifier}` },
    ])
    expect(inForce.text).not.toContain(before?.identifier)
    await api.db.pool.query(`UPDATE alert SET msg_type = 'Cancel' WHERE id = $1`, [second])
    const { body } = await erase({ msisdn: him })
    expect(body.errors).toMatchObject([
      { detail: expect.stringMatching(/ an alert that has ended, and what was told of that is live/) },
    ])
    await ended(api.db, second)
    expect((await erase({ msisdn: him })).status).toBe(200)
  })

  test.each([
    [
      'a message that is still to be sent',
      `UPDATE message SET state = 'pending' WHERE msisdn = $1 AND reason = 'resident'`,
      'be sent in broadcast',
    ],
    [
      'an entry text that waits',
      `INSERT INTO entry_wait (msisdn, country, entered_at, due_at, why) VALUES ($1, 'JP', now(), now(), 'delay')`,
      'an entry text waits',
    ],
    [
      'a notification that waits',
      `INSERT INTO roaming_batch (source, events) SELECT 'kt', json_build_array(json_build_object('msisdn', $1::bigint::text))`,
      'a notification waits',
    ],
    ['a number that is told next', `INSERT INTO next_number SELECT max(id), 1, $1, 2 FROM broadcast`, 'told next'],
    [
      'a subscription that was just asked for',
      `UPDATE camara_subscription SET state = 'asked' WHERE msisdn = $1`,
      'just asked for',
    ],
  ])('waits for %s', async (_, sql, why) => {
    const { alertId } = await told(api.db, him)
    await ended(api.db, alertId)
    await fillEverywhere(api.db, him)
    await api.db.pool.query(sql, [him])
    const { status, body } = await erase({ msisdn: him })
    expect(status).toBe(409)
    expect(body.errors).toMatchObject([{ detail: expect.stringContaining(why) }])
    expect(body.hint).not.toContain('despite')
    await api.db.pool.query('DELETE FROM roaming_batch')
  })

  test('leaves the register at once, and waits for what was made of it by those who had read it', async () => {
    const { alertId } = await told(api.db, him)
    await ended(api.db, alertId)
    await fillEverywhere(api.db, him)
    let asked: ReturnType<typeof erase> | undefined
    await transaction(api.db.pool, async (client) => {
      await holdSelections(client)
      asked = erase({ msisdn: him })
      await expect.poll(() => rows('SELECT FROM resident WHERE msisdn = $1', him)).toEqual([])
      await client.query(`UPDATE message SET state = 'pending' WHERE msisdn = $1 AND reason = 'resident'`, [him])
    })
    const refused = await asked
    expect([refused?.status, codeOf(refused as never)]).toEqual([409, 'erasure-must-wait'])
    expect(refused?.text).toContain('in the register no longer')
    expect(await rows(`SELECT FROM message WHERE msisdn = $1`, him)).toHaveLength(2)
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    expect(entries.at(-1)).toMatchObject({ act: 'privacy.erase-begin' })

    await api.db.pool.query(`UPDATE message SET state = 'delivered' WHERE msisdn = $1`, [him])
    expect((await erase({ msisdn: him })).body.erased).toMatchObject({ message: 2, receipt_journal: 2 })
    expect(await tablesWith(him)).toEqual([])
  })

  test('is not waited for long where somebody works on its rows', async () => {
    await fillEverywhere(api.db, him)
    const refused = await transaction(api.db.pool, async (client) => {
      await client.query('SELECT FROM resident WHERE msisdn = $1 FOR UPDATE', [him])
      return erase({ msisdn: him })
    })
    expect([refused.status, codeOf(refused)]).toEqual([409, 'erasure-busy'])
    expect(await tablesWith(him)).toContain('roamer')
    expect((await erase({ msisdn: him })).status).toBe(200)
  }, 30_000)

  test('is told of in the reason of no erasure', async () => {
    for (const reason of [`he, +${him}, asked`, `0${him.slice(2, 4)}-${him.slice(4, 8)}-${him.slice(8)} asked`]) {
      const refused = await erase({ msisdn: him, reason })
      expect([refused.status, codeOf(refused)]).toEqual([400, 'reason-identifies'])
    }
    expect((await erase({ msisdn: him, reason: ' ' })).status).toBe(400)
  })

  test('is erased by administrators only', async () => {
    expect((await erase({ msisdn: him }, 'auditor')).status).toBe(403)
    for (const role of ['viewer', 'composer', 'approver', 'carrier'] as const) {
      expect((await api.call(role, 'POST', '/v1/privacy/export', { body: { msisdn: him } })).status).toBe(403)
      expect((await api.call(role, 'POST', '/v1/privacy/erase', { body: { msisdn: him, reason: 'x' } })).status).toBe(
        403,
      )
    }
    expect(codeOf(await erase({}))).toBe('whom')
    expect(codeOf(await erase({ msisdn: him, person: 'kim' }))).toBe('whom')
  })
})

describe('the messages of a number', () => {
  const eraseBy = (db: Database) =>
    eraseNumber(db, { msisdn: him, actor: 'person:administrator', reason: 'x', despiteAlerts: true })

  test('are changed by their places, and the ledger waits for no look at any other', async () => {
    const crowd = Array.from({ length: 3000 }, (_, i) => `81905${String(i).padStart(7, '0')}`)
    const { alertId } = await told(api.db, him, ...crowd)
    await ended(api.db, alertId)
    const read = await transaction(api.db.pool, async (client) => {
      const places = await messagesTo(client, him)
      const reads = async () => {
        const { rows } = await client.query<{ n: number }>(
          `SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::int n
             FROM pg_stat_xact_user_tables WHERE relname LIKE 'message%'`,
        )
        return rows[0]?.n as number
      }
      const before = await reads()
      expect(before).toBeGreaterThan(3000)
      expect(await eraseMessages(client, him, places)).toBe(1)
      return (await reads()) - before
    })
    expect(read).toBeLessThan(10)

    const meanwhile: string[] = []
    let locked = false
    const watching = watched(api.db, () => async (text, run) => {
      if (locked && /FROM (message|broadcast)\b/.test(text)) meanwhile.push(text)
      locked = (locked || /UPDATE message/.test(text)) && text !== 'COMMIT'
      return run()
    })
    await told(api.db, him)
    await eraseBy(watching)
    expect(meanwhile).toEqual([])
  })

  test('that were made while all were looked through are erased as well', async () => {
    await told(api.db, him)
    let late = 0
    const watching = watched(api.db, () => async (text, run) => {
      // A correction that found him by the message that is about to be nobody's; it is sent and delivered by now.
      if (/UPDATE message/.test(text) && late++ === 0) {
        const { broadcastId } = await told(api.db, him)
        await keepReceipts(api.db, [`id:1 to ${him}`])
        await api.db.pool.query(
          'INSERT INTO unanswered (carrier_no, msisdn, broadcast_id, seq, attempt, part, parts, at) VALUES (1, $1, $2, 1, 1, 1, 1, now())',
          [him, broadcastId],
        )
      }
      return run()
    })
    expect(await eraseBy(watching)).toMatchObject({ message: 2, receipt_journal: 1, unanswered: 1 })
    expect(await tablesWith(him)).toEqual([])
    expect((await journal()).filter((one) => one.includes(him))).toEqual([])
  })

  test('are nobody’s when a late receipt of one comes: whoever asks again erases that as well', async () => {
    await told(api.db, him)
    await eraseBy(api.db)
    await keepReceipts(api.db, [`id:1 to ${him}`])
    expect((await known(him)).body.subscriber.receipts).toHaveLength(1)
    expect(await eraseBy(api.db)).toEqual({ receipt_journal: 1 })
    expect((await journal()).filter((one) => one.includes(him))).toEqual([])
  })
})

describe('what is known of a number', () => {
  test('is everything, with the texts that it was sent and who looked', async () => {
    const { alertId } = await told(api.db, him, other)
    await ended(api.db, alertId)
    await fillEverywhere(api.db, him)
    await fillEverywhere(api.db, other)
    await keepReceipts(api.db, [`\0${him}\0late`])
    await api.call('approver', 'GET', `/v1/alerts/${alertId}/explain?msisdn=${him}`)
    await api.call('approver', 'GET', `/v1/alerts/${alertId}/recipients?numbers=full`)
    const { status, body, text } = await known(him)
    expect(status, text).toBe(200)
    const { data, receipts, acts, lists } = body.subscriber
    const open = ['next_number', 'entry_wait', 'roaming_batch', 'kept_opt_out']
    expect(Object.keys(data)).toEqual(
      subscriberTables.map(({ table }) => table).filter((table) => !open.includes(table)),
    )
    expect(data.resident).toMatchObject([{ name_ref: 'A-1', address: 'Home' }])
    expect(new Set(data.message.map((one: { text: string }) => one.text))).toEqual(
      new Set(['대피하세요', '안전에 유의하세요']),
    )
    expect(receipts.length).toBe(3)
    expect(acts).toMatchObject([
      { actor: 'person:approver', act: 'numbers.view', detail: { what: 'explain', alert: alertId } },
      { actor: 'person:auditor', act: 'privacy.export' },
    ])
    expect(lists).toMatchObject([{ actor: 'person:approver', detail: { what: 'recipients' } }])
    expect(text).not.toContain(other)
    await erase({ msisdn: him })
    await erase({ msisdn: other })
  })
})
