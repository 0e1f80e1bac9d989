import { afterEach, describe, expect, it } from 'vitest'
import { Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { createLogger } from '../../src/lib/log.ts'
import { Inbox } from '../../src/receipts/inbox.ts'
import { Ledger } from '../../src/receipts/ledger.ts'
import { encodePdu } from '../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../src/smpp/codec/status.ts'
import { type Bench, dispatchBench } from '../dispatch/harness.ts'
import { testProfile } from '../dispatch/profile.ts'
import { messagesOf } from './observe.ts'
import { acceptAndDeliver, receiptText, type Submit, scriptedSmsc } from './scripted.ts'

let bench: Bench
afterEach(() => bench.close())

const log = createLogger('silent')

/** A frame with other octets after its first `keep`; the length is put right. */
function retailed(frame: Buffer, keep: number, tail: Buffer): Buffer {
  const out = Buffer.concat([frame.subarray(0, keep), tail])
  out.writeUInt32BE(out.length, 0)
  return out
}

function submitResp(sequence: number, status: number, body: Buffer): Buffer {
  return retailed(encodePdu({ command: 'submit_sm_resp', status: 0x0b, sequence }), 16, body).fill(
    Buffer.of(0, 0, 0, status),
    8,
    12,
  )
}

const receipt = (submit: Submit, sequence: number, text: string, tlvs: Buffer): Buffer => {
  const frame = encodePdu({
    command: 'deliver_sm',
    sequence,
    fields: { esm_class: 4, source_addr: submit.fields.destination_addr, short_message: Buffer.from(text) },
  })
  return retailed(frame, frame.length, tlvs)
}

/** A TLV that says it has `length` octets. */
const tlv = (tag: number, value: Buffer, length = value.length) => {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(tag, 0)
  head.writeUInt16BE(length, 2)
  return Buffer.concat([head, value])
}

const receiptedMessageId = 0x001e
const messageState = 0x0427

describe('field 20: quirks', () => {
  it('a password of more than 8 characters goes out as it is', async () => {
    bench = await dispatchBench({ password: 'longer-than-eight' })
    const id = await bench.broadcast(3)
    await bench.dispatch(testProfile(bench.smsc.port, ['password: longer-than-eight']))
    await bench.until(id, { delivered: 3 })
  })

  it('a carrier that refuses validity_period is sent none; refused, it fails at once and for good', async () => {
    bench = await dispatchBench()
    const { ESME_RINVEXPIRY } = commandStatus
    const smsc = await scriptedSmsc((submit, connection) => {
      const { sequence, fields } = submit
      if (fields.validity_period === '') acceptAndDeliver(connection, submit, `m${sequence}`)
      else connection.send({ command: 'submit_sm_resp', status: ESME_RINVEXPIRY, sequence })
    })
    const without = await bench.broadcast(3, { route: ['without'] })
    const refused = await bench.broadcast(3, { route: ['refused'], first: 1000 })
    await bench.dispatch(
      testProfile(smsc.port, ['validity: { form: none }'], 'without'),
      testProfile(smsc.port, [], 'refused'),
    )
    await bench.until(without, { delivered: 3 })
    await bench.until(refused, { failed: 3 })
    expect(smsc.submits).toHaveLength(6)
    for (const { error } of (await messagesOf(bench, refused)).values()) expect(error).toBe(ESME_RINVEXPIRY)
    await smsc.close()
  })

  it('responses: an id without its NUL, an error without a body, an error with TLVs only', async () => {
    bench = await dispatchBench()
    let throttled = false
    const smsc = await scriptedSmsc((submit, connection) => {
      const { sequence, fields } = submit
      const last = fields.destination_addr.at(-1)
      const id = `id-${last}`
      const delivered = receipt(submit, 500 + sequence, receiptText(id), Buffer.alloc(0))
      if (last === '1') connection.write(Buffer.concat([submitResp(sequence, 0, Buffer.from(id)), delivered]))
      else if (last === '2') connection.write(submitResp(sequence, commandStatus.ESME_RINVDSTADR, Buffer.alloc(0)))
      else if (!throttled) {
        throttled = true
        // congestion_state: taken for a message_id by one library, and for the whole response by another.
        connection.write(submitResp(sequence, commandStatus.ESME_RTHROTTLED, tlv(0x0428, Buffer.of(40))))
      } else acceptAndDeliver(connection, submit, id)
    })
    const id = await bench.broadcast(3)
    await bench.dispatch(testProfile(smsc.port))
    await bench.until(id, { delivered: 2, failed: 1 })
    const messages = await messagesOf(bench, id)
    expect(messages.get('821000000001')).toMatchObject({ attempt: 1, smscIds: ['id-1'] })
    expect(messages.get('821000000002')).toMatchObject({ state: 'failed', error: 0x0b, smscIds: [] })
    expect(messages.get('821000000003')).toMatchObject({ attempt: 2, smscIds: ['id-3'] })
    expect(smsc.peer.connections).toHaveLength(1)
    await smsc.close()
  })

  it('receipts: a TLV without its NUL, a TLV cut short; what cannot be read is quarantined and acknowledged', async () => {
    bench = await dispatchBench()
    const submits: Submit[] = []
    const smsc = await scriptedSmsc((submit, connection) => {
      submits.push(submit)
      connection.send({
        command: 'submit_sm_resp',
        sequence: submit.sequence,
        fields: { message_id: `m${submit.sequence}` },
      })
    })
    const id = await bench.broadcast(3)
    const profile = testProfile(smsc.port)
    const rules = { multipart: profile.receipts.multipart, responseMs: profile.timers.responseMs }
    const inbox = new Inbox({ url: bench.url, log })
    const ledger = new Ledger({ url: bench.url, log, rulesOf: () => rules })
    const dispatcher = new Dispatcher({
      db: bench.db,
      queues: bench.queues,
      profiles: [profile],
      sink: ledger,
      inbox,
      log,
    })
    await dispatcher.start()
    await bench.until(id, { submitted: 3 })
    const [first, second, third] = submits as [Submit, Submit, Submit]
    const { last } = smsc.peer
    last.write(
      Buffer.concat([
        receipt(
          first,
          601,
          '',
          Buffer.concat([tlv(receiptedMessageId, Buffer.from(`m${first.sequence}`)), tlv(messageState, Buffer.of(2))]),
        ),
        receipt(second, 602, receiptText(`m${second.sequence}`, 'UNDELIV'), tlv(0x0423, Buffer.of(3, 0), 3)),
        receipt(third, 603, 'your message was, well, delivered', Buffer.alloc(0)),
      ]),
    )
    await bench.until(id, { delivered: 1, failed: 1, submitted: 1 })
    await smsc.peer.until(() => last.all('deliver_sm_resp').length === 3)
    const answers = last.all('deliver_sm_resp').map(({ sequence, status }) => [sequence, status])
    expect(answers.sort()).toEqual([
      [601, 0],
      [602, 0],
      [603, 0],
    ])
    const { rows } = await bench.db.pool.query<{ raw: Buffer }>('SELECT raw FROM quarantined_delivery')
    expect(rows).toHaveLength(1)
    expect(rows[0]?.raw.includes('well, delivered')).toBe(true)
    expect(smsc.peer.connections).toHaveLength(1)
    await dispatcher.stop()
    await ledger.close()
    await inbox.close()
    await smsc.close()
  })
})
