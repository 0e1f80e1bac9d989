import { describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { deliverSmRespLength, deliveryOf, parseDeliverSm, writeDeliverSmResp } from '../../src/smpp/codec/delivery.ts'
import { decodePdu, encodePdu } from '../../src/smpp/codec/pdu.ts'
import { parseSubmitResp } from '../../src/smpp/codec/submit-resp.ts'
import { submitTemplate } from '../../src/smpp/codec/submit-template.ts'
import { randomOctets, randomPdu, randomText } from './random-pdu.ts'

describe('submitTemplate', () => {
  it('writes what encodePdu would, for any fields and destination', () => {
    const random = prng(1)
    for (let round = 0; round < 500; round++) {
      const { fields: all, tlvs } = randomPdu(random, 'submit_sm')
      const { destination_addr: _, ...fields } = all
      const template = submitTemplate({ fields, tlvs })
      const destination = String(10 ** random.int(16) + random.int(1000)).slice(0, 20)
      const sequence = 1 + random.int(0x7fffffff)
      const buffer = Buffer.alloc(template.maxLength + 7, 0xee)
      const length = template.write(buffer, 7, sequence, destination)
      const expected = encodePdu({
        command: 'submit_sm',
        sequence,
        fields: { ...fields, destination_addr: destination },
        tlvs,
      })
      expect(buffer.subarray(7, 7 + length).equals(expected)).toBe(true)
      expect(length).toBeLessThanOrEqual(template.maxLength)
    }
  })

  it('leaves no trace of the recipient before', () => {
    const template = submitTemplate({ fields: { source_addr: '1234', short_message: Buffer.from('text') } })
    const buffer = Buffer.alloc(template.maxLength)
    template.write(buffer, 0, 1, '99999999999999999999')
    const length = template.write(buffer, 0, 2, '82')
    expect(decodePdu(buffer.subarray(0, length))).toMatchObject({
      sequence: 2,
      fields: { destination_addr: '82', short_message: Buffer.from('text') },
    })
  })

  it.each(['', '+8210', '8210 1', '123456789012345678901', '82１'])('refuses the destination "%s"', (destination) => {
    const template = submitTemplate({ fields: {} })
    expect(() => template.write(Buffer.alloc(100), 0, 1, destination)).toThrow(
      expect.objectContaining({ code: 'smpp-field', where: 'destination_addr' }),
    )
  })

  it('refuses fields that do not fit, before any recipient', () => {
    expect(() => submitTemplate({ fields: { source_addr: '1'.repeat(21) } })).toThrow(
      expect.objectContaining({ where: 'source_addr' }),
    )
  })
})

describe('parseSubmitResp', () => {
  it('reads status, sequence and message id', () => {
    const frame = encodePdu({ command: 'submit_sm_resp', sequence: 12, fields: { message_id: '00aF-9' } })
    expect(parseSubmitResp(frame)).toEqual({ status: 0, sequence: 12, messageId: '00aF-9', congestion: undefined })
  })

  it('gives no id for an error without a body or with only TLVs', () => {
    const bare = encodePdu({ command: 'submit_sm_resp', status: 0x58, sequence: 3 })
    expect(parseSubmitResp(bare)).toEqual({ status: 0x58, sequence: 3, messageId: '', congestion: undefined })
    const congested = encodePdu({
      command: 'submit_sm_resp',
      status: 0x58,
      sequence: 3,
      tlvs: { congestion_state: 99 },
    })
    expect(parseSubmitResp(congested)).toEqual({ status: 0x58, sequence: 3, messageId: '', congestion: 99 })
  })
})

describe('parseSubmitResp and congestion_state', () => {
  it.each([
    ['after a message_id', { message_id: 'a1' }, 0, 87, 87],
    ['after an empty message_id', { message_id: '' }, 0x58, 100, 100],
    ['where the SMSC exaggerates', { message_id: 'a1' }, 0, 250, 100],
  ])('finds it %s', (_, fields, status, congestion_state, congestion) => {
    const frame = encodePdu({ command: 'submit_sm_resp', status, sequence: 3, fields, tlvs: { congestion_state } })
    expect(parseSubmitResp(frame)).toMatchObject({ messageId: fields.message_id, status, congestion })
  })

  it('finds it behind other TLVs, and none where there are only others', () => {
    const other = { additional_status_info_text: 'busy' }
    const resp = { command: 'submit_sm_resp', sequence: 3, fields: { message_id: 'a1' } } as const
    expect(parseSubmitResp(encodePdu({ ...resp, tlvs: { ...other, congestion_state: 5 } })).congestion).toBe(5)
    expect(parseSubmitResp(encodePdu({ ...resp, tlvs: other })).congestion).toBeUndefined()
  })
})

describe('parseDeliverSm', () => {
  it('reads what the general decoder reads', () => {
    const random = prng(3)
    for (let round = 0; round < 500; round++) {
      const pdu = {
        ...randomPdu(random, 'deliver_sm'),
        tlvs: {
          ...(random.next() < 0.5 && { receipted_message_id: randomText(random, 64) }),
          ...(random.next() < 0.5 && { message_state: random.int(10) }),
          ...(random.next() < 0.5 && { network_error_code: randomOctets(random, 3, 3) }),
          ...(random.next() < 0.2 && { message_payload: randomOctets(random, 0, 300) }),
        },
      }
      const frame = encodePdu(pdu)
      const general = decodePdu(frame)
      if (general.command !== 'deliver_sm') throw new Error('not a deliver_sm')
      expect(parseDeliverSm(frame)).toEqual(deliveryOf(general, frame))
    }
  })

  it('prefers message_payload to short_message', () => {
    const frame = encodePdu({
      command: 'deliver_sm',
      sequence: 1,
      fields: { short_message: Buffer.from('short') },
      tlvs: { message_payload: Buffer.from('the whole text') },
    })
    expect(parseDeliverSm(frame).text.toString()).toBe('the whole text')
  })
})

describe('writeDeliverSmResp', () => {
  it('writes what encodePdu would', () => {
    const buffer = Buffer.alloc(40, 0xee)
    expect(writeDeliverSmResp(buffer, 5, 0x7fffffff, 0)).toBe(deliverSmRespLength)
    const expected = encodePdu({ command: 'deliver_sm_resp', sequence: 0x7fffffff })
    expect(buffer.subarray(5, 5 + deliverSmRespLength).equals(expected)).toBe(true)
  })
})
