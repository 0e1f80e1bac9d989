import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../../src/lib/log.ts'
import { receiptsOf } from '../../src/receipts/find-receipts.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { encodePdu } from '../../src/smpp/codec/pdu.ts'
import { insertMessages } from '../../src/store/audience/insert-messages.ts'
import { openBroadcast } from '../../src/store/audience/open-broadcast.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { transaction } from '../../src/store/database.ts'
import { type SentMessage, sentMessage } from '../../src/store/reports/message-segments.ts'
import type { MessageState } from '../../src/store/states.ts'
import { ensurePartitions } from '../../src/targeting/upkeep.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let ledger: Ledger
let broadcastId: number
let north: number
let south: number
const msisdn = (seq: number) => String(821000000000 + seq)

beforeAll(async () => {
  api = await startApi()
  await ensurePartitions(api.db)
  const carriers = await registerCarriers(api.db.pool, ['north', 'south'])
  north = carriers.get('north')?.no as number
  south = carriers.get('south')?.no as number
  broadcastId = await transaction(api.db.pool, async (client) => {
    const id = await openBroadcast(client, {
      alertId: null,
      day: '2030-01-01',
      lane: 1,
      state: 'sending',
      exercise: false,
      resend: true,
      digest: null,
      expires: null,
      validityMs: null,
      texts: [{ key: '1', language: 'ko', text: 'Test' }],
    })
    const messages = [1, 2, 3, 4, 5].map((seq) => ({
      ...{ recipientKey: msisdn(seq), msisdn: msisdn(seq), variant: 1, reason: 'roamer', country: 'JP' },
      route: [north],
    }))
    await insertMessages(client, id, 1, messages as Parameters<typeof insertMessages>[3])
    return id
  })
  ledger = new Ledger({
    url: api.db.url,
    log: createLogger('silent'),
    rulesOf: () => ({ multipart: 'all', responseMs: 300 }),
  })
})

afterAll(async () => {
  await ledger.close()
  await api.close()
})

async function submit(seq: number, ids: readonly string[], at: number): Promise<void> {
  ledger.outcome({
    ref: { broadcastId, seq, attempt: 1, carrierNo: north, msisdn: msisdn(seq), parts: ids.length, at },
    verdict: 'submitted',
    accepted: ids.map((smscId, i) => ({ part: i + 1, smscId })),
    unanswered: [],
  })
  await ledger.settled()
}

const octets = (seq: number, text: string, tlvs = {}) =>
  encodePdu({
    command: 'deliver_sm',
    sequence: 7,
    fields: { source_addr: msisdn(seq), destination_addr: '1000', esm_class: 4, short_message: Buffer.from(text) },
    tlvs,
  })

/** What the account reads of a receipt is not looked at here: the journal has the octets. */
const receive = (smscId: string, raw: Buffer, state: MessageState, finalAt: number, carrierNo = north) =>
  new Promise<void>((resolve) =>
    ledger.receipt({ carrierNo, smscId, msisdn: undefined, state, error: undefined, finalAt, raw }, resolve),
  )

const look = (seq: number, more = '') =>
  api.call('auditor', 'GET', `/v1/messages/${broadcastId}/${seq}/receipts${more}`)

describe('the receipts of a message', () => {
  test('are shown as they came and as they were read, of its carrier and id alone', async () => {
    const at = Date.now() - 60_000
    await submit(1, ['a-1'], at)
    const enroute = octets(1, 'id:a-1 submit date:2611210304 done date:2611210305 stat:ENROUTE err:000 text:')
    const failed = octets(1, 'id:a-1 submit date:2611210304 done date:2611210306 stat:UNDELIV err:042 text:')
    await receive('a-1', enroute, 'submitted', at + 1000)
    await receive('a-2', octets(2, 'id:a-2 stat:DELIVRD err:000 text:'), 'delivered', at + 1000)
    await receive('a-1', octets(1, 'id:a-1 stat:DELIVRD err:000 text:'), 'delivered', at + 1100, south)
    await receive('a-1', failed, 'failed', at + 5000)
    const { status, body } = await look(1)
    expect(status).toBe(200)
    expect(body).toEqual({
      state: 'failed',
      segments: [
        { carrier: 'north', attempt: 1, part: 1, parts: 1, smscId: 'a-1', submittedAt: new Date(at).toISOString() },
      ],
      receipts: [
        {
          ...{ carrier: 'north', attempt: 1, part: 1, pdu: enroute.toString('hex'), id: 'a-1', state: 'ENROUTE' },
          receivedAt: new Date(at + 1000).toISOString(),
          ...{ err: '000', submitDate: '2026-11-21T03:04:00.000Z', doneDate: '2026-11-21T03:05:00.000Z' },
        },
        expect.objectContaining({ pdu: failed.toString('hex'), state: 'UNDELIV', err: '042' }),
      ],
      searchedUntil: new Date(at + 5000).toISOString(),
      complete: true,
    })
  })

  test('of a long text are those of all its parts, TLVs included', async () => {
    const at = Date.now() - 60_000
    await submit(2, ['b-1', 'b-2'], at)
    const tlvs = { receipted_message_id: 'b-2', message_state: 2 }
    await receive('b-2', octets(2, '', tlvs), 'delivered', at + 10)
    await receive('b-1', octets(2, 'id:b-1 stat:DELIVRD text:'), 'delivered', at + 20)
    const { body } = await look(2)
    expect(body.segments).toHaveLength(2)
    expect(body.receipts).toMatchObject([
      { part: 2, id: 'b-2', state: 'DELIVRD', err: null, doneDate: null },
      { part: 1, id: 'b-1', state: 'DELIVRD' },
    ])
  })

  test('beyond what one search reads are left for the next; the final one is found all the same', async () => {
    // No other receipts came then.
    const at = Date.now() - 300_000
    await submit(3, ['c-1'], at)
    for (let i = 1; i <= 4; i++)
      await receive('c-1', octets(3, `id:c-1 stat:ENROUTE err:00${i} text:`), 'submitted', at + i * 1000)
    await receive('c-1', octets(3, 'id:c-1 stat:DELIVRD err:005 text:'), 'delivered', at + 5000)
    const errs = (from?: number, rows = 2) =>
      transaction(api.db.pool, async (client) => {
        const message = (await sentMessage(client, broadcastId, 3)) as SentMessage
        const result = await receiptsOf(client, message, () => 'string', from, { rows, octets: 1e6 })
        return { ...result, receipts: result.receipts.map(({ receipt }) => receipt.err) }
      })
    const first = await errs()
    expect(first).toEqual({ receipts: ['001', '002', '005'], searchedUntil: at + 3000, complete: false })
    expect(await errs(first.searchedUntil, 3)).toMatchObject({ receipts: ['003', '004', '005'], complete: true })
    expect((await look(3, `?from=${new Date(at + 4000).toISOString()}`)).body.receipts).toHaveLength(2)
  })

  test('are none of a message that is not submitted, and there is no message beyond the last', async () => {
    expect((await look(4)).body).toMatchObject({ state: 'pending', segments: [], receipts: [], complete: true })
    const unknown = await look(6)
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'message-unknown'])
    expect(codeOf(await look(1, '?from=today'))).toBe('bad-time')
  })

  test('hold a number: each look is in the audit log', async () => {
    await look(1)
    const { entries } = (await api.call('auditor', 'GET', '/v1/audit?limit=1000')).body
    expect(entries.at(-1)).toMatchObject({
      actor: 'person:auditor',
      act: 'numbers.view',
      subject: expect.stringMatching(/^subscriber:\d{4}\*+\d\d$/),
      detail: { what: 'receipts', message: `${broadcastId}/1`, receipts: 2 },
    })
  })
})
