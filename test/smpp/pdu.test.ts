import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { BrokenStream, DamagedPdu } from '../../src/smpp/codec/errors.ts'
import { decodePdu, encodePdu, type PduInput } from '../../src/smpp/codec/pdu.ts'
import { statusName } from '../../src/smpp/codec/status.ts'

/** A frame from its header's fields and a body in hex. */
function raw(commandId: number, status: number, sequence: number, body: string): Buffer {
  const octets = Buffer.from(body.replaceAll(' ', ''), 'hex')
  const frame = Buffer.alloc(16 + octets.length)
  frame.writeUInt32BE(frame.length, 0)
  frame.writeUInt32BE(commandId, 4)
  frame.writeUInt32BE(status, 8)
  frame.writeUInt32BE(sequence, 12)
  octets.copy(frame, 16)
  return frame
}

function problemOf(pdu: PduInput): Problem {
  try {
    encodePdu(pdu)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was encoded')
}

describe('decodePdu', () => {
  it('reads the example of SMPP 3.4 §3.2.1', () => {
    const frame = Buffer.from(
      '0000002F000000020000000000000001534D50503354455354007365637265743038005355424D4954310000010100',
      'hex',
    )
    expect(decodePdu(frame)).toEqual({
      command: 'bind_transmitter',
      status: 0,
      sequence: 1,
      fields: {
        system_id: 'SMPP3TEST',
        password: 'secret08',
        system_type: 'SUBMIT1',
        interface_version: 0,
        addr_ton: 1,
        addr_npi: 1,
        address_range: '',
      },
      tlvs: {},
      rawTlvs: [],
    })
  })

  it('takes an error response without a body', () => {
    const pdu = decodePdu(raw(0x80000004, 0x58, 9, ''))
    expect(pdu).toMatchObject({ command: 'submit_sm_resp', status: 0x58, sequence: 9, fields: { message_id: '' } })
  })

  it('takes an error response that carries only TLVs', () => {
    const pdu = decodePdu(raw(0x80000004, 0x58, 9, '0428 0001 50'))
    expect(pdu).toMatchObject({ fields: { message_id: '' }, tlvs: { congestion_state: 80 } })
  })

  it('takes a bind response that carries only TLVs', () => {
    const pdu = decodePdu(raw(0x80000009, 0, 1, '0210 0001 34'))
    expect(pdu).toMatchObject({ fields: { system_id: '' }, tlvs: { sc_interface_version: 0x34 } })
  })

  it('takes an empty message_id followed by TLVs', () => {
    const pdu = decodePdu(raw(0x80000004, 0x58, 9, '00 0428 0001 50'))
    expect(pdu).toMatchObject({ fields: { message_id: '' }, tlvs: { congestion_state: 80 } })
  })

  it('does not take a short message_id for TLVs', () => {
    const pdu = decodePdu(raw(0x80000004, 0x58, 9, '585900 0428 0001 50'))
    expect(pdu).toMatchObject({ fields: { message_id: 'XY' }, tlvs: { congestion_state: 80 } })
  })

  it('takes a last string without its NUL', () => {
    expect(decodePdu(raw(0x80000004, 0, 9, '414243'))).toMatchObject({ fields: { message_id: 'ABC' } })
    const bind = raw(0x00000009, 0, 1, '6100 6200 00 34 00 00 313233')
    expect(decodePdu(bind)).toMatchObject({ fields: { system_id: 'a', password: 'b', address_range: '123' } })
  })

  it('takes a receipted_message_id without NUL and still finds the next TLV', () => {
    const deliver = raw(5, 0, 1, `00 0101 3100 0101 3200 04 00 00 00 00 00 00 00 00 00 001E 0003 414243 0427 0001 02`)
    expect(decodePdu(deliver)).toMatchObject({ tlvs: { receipted_message_id: 'ABC', message_state: 2 } })
  })

  it('gives what is left of a TLV that is cut short', () => {
    const pdu = decodePdu(raw(0x80000004, 0, 1, '4100 001D 0010 6f6f7073'))
    expect(pdu.tlvs.additional_status_info_text).toBe('oops')
  })

  it('reads integers by the length they came with', () => {
    const pdu = decodePdu(raw(0x80000004, 0, 1, '4100 0427 0002 0005 0204 0001 07'))
    expect(pdu.tlvs).toEqual({ message_state: 5, user_message_reference: 7 })
  })

  it('keeps unknown, repeated and ill-sized TLVs', () => {
    const pdu = decodePdu(raw(0x80000004, 0, 1, '4100 1401 0002 beef 0427 0001 02 0427 0001 05 0428 0000'))
    expect(pdu.tlvs).toEqual({ message_state: 2 })
    expect(pdu.rawTlvs).toEqual([
      { tag: 0x1401, value: Buffer.from('beef', 'hex') },
      { tag: 0x0427, value: Buffer.of(5) },
      { tag: 0x0428, value: Buffer.alloc(0) },
    ])
  })

  it('calls a request that ends inside its fields damaged, with the sequence to nack', () => {
    const short = raw(4, 0, 77, '00 0101 3100')
    expect(() => decodePdu(short)).toThrow(DamagedPdu)
    expect(() => decodePdu(short)).toThrow(expect.objectContaining({ sequence: 77, status: 0x02, commandId: 4 }))
    const overlong = raw(5, 0, 78, `00 0101 3100 0101 3200 00 00 00 00 00 00 00 00 00 09 4142`)
    expect(() => decodePdu(overlong)).toThrow(expect.objectContaining({ sequence: 78, status: 0x01 }))
  })

  it('calls an unknown command damaged, to be answered ESME_RINVCMDID', () => {
    expect(() => decodePdu(raw(0x00000999, 0, 5, ''))).toThrow(expect.objectContaining({ sequence: 5, status: 0x03 }))
  })

  it('calls a frame that disagrees with its command_length a broken stream', () => {
    expect(() => decodePdu(Buffer.alloc(12))).toThrow(BrokenStream)
    expect(() => decodePdu(Buffer.concat([raw(0x15, 0, 1, ''), Buffer.alloc(1)]))).toThrow(BrokenStream)
  })
})

describe('encodePdu', () => {
  it('leaves the body out of an error response, unless given one', () => {
    expect(encodePdu({ command: 'submit_sm_resp', status: 0x58, sequence: 1 }).length).toBe(16)
    expect(encodePdu({ command: 'submit_sm_resp', sequence: 1 }).length).toBe(17)
    const withTlv = encodePdu({ command: 'submit_sm_resp', status: 0x58, sequence: 1, tlvs: { congestion_state: 90 } })
    expect(decodePdu(withTlv).tlvs).toEqual({ congestion_state: 90 })
  })

  it('takes the longest values and refuses one octet more', () => {
    const fields = { source_addr: '1'.repeat(20), short_message: Buffer.alloc(254) }
    expect(decodePdu(encodePdu({ command: 'submit_sm', sequence: 1, fields })).fields).toMatchObject(fields)
    for (const [name, value] of Object.entries({ source_addr: '1'.repeat(21), short_message: Buffer.alloc(255) })) {
      expect(problemOf({ command: 'submit_sm', sequence: 1, fields: { [name]: value } })).toMatchObject({
        code: 'smpp-field',
        where: name,
      })
    }
  })

  it.each([
    ['a NUL inside a string', { source_addr: '1\u00002' }, 'source_addr'],
    ['a character beyond ASCII', { source_addr: '재외국민' }, 'source_addr'],
    ['an integer too large', { esm_class: 256 }, 'esm_class'],
    ['a negative integer', { data_coding: -1 }, 'data_coding'],
    ['a fraction', { data_coding: 0.5 }, 'data_coding'],
    ['a field of another command', { message_id: 'x' }, 'message_id'],
  ])('refuses %s', (_, fields, where) => {
    expect(problemOf({ command: 'submit_sm', sequence: 1, fields } as PduInput).where).toBe(where)
  })

  it.each([
    ['an integer too large', { message_state: 256 }, 'message_state'],
    ['a fixed size not kept', { network_error_code: Buffer.alloc(2) }, 'network_error_code'],
    ['a string too long', { receipted_message_id: 'x'.repeat(65) }, 'receipted_message_id'],
    ['a name that is none', { colour: 1 }, 'colour'],
  ])('refuses a TLV with %s', (_, tlvs, where) => {
    expect(problemOf({ command: 'deliver_sm', sequence: 1, tlvs } as PduInput).where).toBe(where)
  })

  it('never shows the value it refuses', () => {
    const problem = problemOf({ command: 'bind_transceiver', sequence: 1, fields: { password: 'hunter2'.repeat(10) } })
    expect(problem.line).not.toContain('hunter2')
  })
})

describe('statusName', () => {
  it('names known values and shows others in hex', () => {
    expect([statusName(0x58), statusName(0x400), statusName(0xffffffff)]).toEqual([
      'ESME_RTHROTTLED',
      '0x00000400',
      '0xffffffff',
    ])
  })
})
