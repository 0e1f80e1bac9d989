import smpp from 'smpp'
import { describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { type CommandName, commandId, isResponse } from '../../src/smpp/codec/commands.ts'
import { decodePdu, encodePdu, type PduInput } from '../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../src/smpp/codec/status.ts'
import { type TlvName, tlvTable } from '../../src/smpp/codec/tlvs.ts'
import { randomPdu, randomText, randomTlv, type TlvSpec } from './random-pdu.ts'

const commands = Object.keys(commandId) as CommandName[]

/** node-smpp 0.5.1 reads and writes these in another width than the specification gives, and throws at ours or changes it. */
const otherWidth: Readonly<Partial<Record<TlvName, string>>> = {
  source_telematics_id: 'two octets; SMPP 3.4 §5.3.2.8 has one',
  dest_addr_np_country: 'four octets; SMPP 5.0 §4.8.4.20 has one to five',
  alert_on_message_delivery: 'always one octet; SMPP 3.4 §5.3.2.41 has none',
}
/** node-smpp turns these into objects and dates when it decodes. */
const filtered = /time|validity|short_message|final_date/

describe('our codec beside node-smpp', () => {
  it('has the same commands, statuses and TLV tags', () => {
    expect(commandId).toEqual(Object.fromEntries(Object.entries(smpp.commands).map(([name, { id }]) => [name, id])))
    expect(commandStatus).toEqual(smpp.errors)
    const tags = Object.fromEntries(Object.entries(smpp.tlvs).map(([name, { id }]) => [name, id]))
    // Two aliases of node-smpp's own.
    delete tags.alert_on_msg_delivery
    delete tags.failed_broadcast_area_identifier
    expect(Object.fromEntries(Object.entries(tlvTable).map(([name, { tag }]) => [name, tag]))).toEqual(tags)
  })

  it.each(commands)('writes %s octet for octet as it does, and reads it back', (command) => {
    const random = prng(commandId[command])
    for (let round = 0; round < 60; round++) {
      const pdu = randomPdu(random, command)
      for (const name of Object.keys(otherWidth)) delete (pdu.tlvs as Record<string, unknown>)[name]
      const theirs = new smpp.PDU(command, { sequence_number: pdu.sequence, ...pdu.fields, ...pdu.tlvs }).toBuffer()
      const ours = encodePdu(pdu as PduInput)
      expect(ours.toString('hex')).toBe(theirs.toString('hex'))
      expect(decodePdu(theirs)).toEqual({ ...pdu, status: 0, rawTlvs: [] })
    }
  })

  it.each(commands)('writes %s so that it reads the same fields', (command) => {
    const random = prng(commandId[command] + 1)
    for (let round = 0; round < 30; round++) {
      const pdu = { ...randomPdu(random, command), tlvs: {} }
      const read = new smpp.PDU(encodePdu(pdu as PduInput))
      expect(read.sequence_number).toBe(pdu.sequence)
      for (const [name, value] of Object.entries(pdu.fields)) {
        if (!filtered.test(name)) expect(read[name], name).toEqual(value)
      }
    }
  })

  it.each(commands.filter((command) => isResponse(commandId[command])))(
    'reads %s with any status, and is read by it',
    (command) => {
      const random = prng(commandId[command] + 2)
      for (const command_status of Object.values(commandStatus)) {
        const sequence = 1 + random.int(0x7fffffff)
        const theirs = new smpp.PDU(command, { sequence_number: sequence, command_status }).toBuffer()
        expect(decodePdu(theirs)).toMatchObject({ command, status: command_status, sequence })
        const read = new smpp.PDU(encodePdu({ command, status: command_status, sequence, fields: {} } as PduInput))
        expect(read).toMatchObject({ command, command_status, sequence_number: sequence })
      }
    },
  )
})

/** What node-smpp takes apart, put together again; the text it makes of the last four is 7-bit only. */
const together: Readonly<Partial<Record<TlvName, (read: never) => Buffer | Buffer[]>>> = {
  callback_num_atag: (read: { encoding: number; display: Buffer }[]) =>
    read.map(({ encoding, display }) => Buffer.of(encoding, ...display)),
  callback_num: (read: { digit_mode: number; ton: number; npi: number; number: string }[]) =>
    read.map(({ digit_mode, ton, npi, number }) => Buffer.of(digit_mode, ton, npi, ...Buffer.from(number, 'latin1'))),
  broadcast_content_type: ({ network, content_type }: { network: number; content_type: number }) =>
    Buffer.of(network, content_type >> 8, content_type),
  broadcast_frequency_interval: ({ unit, interval }: { unit: number; interval: number }) =>
    Buffer.of(unit, interval >> 8, interval),
  broadcast_area_identifier: (read: { format: number; data: Buffer }[]) =>
    read.map(({ format, data }) => Buffer.of(format, ...data)),
  billing_identification: ({ format, data }: { format: number; data: Buffer }) => Buffer.of(format, ...data),
  message_payload: ({ message }: { message: Buffer }) => message,
  broadcast_content_type_info: (read: string) => Buffer.from(read, 'latin1'),
  broadcast_service_group: (read: string) => Buffer.from(read, 'latin1'),
  source_node_id: (read: string) => Buffer.from(read, 'latin1'),
  dest_node_id: (read: string) => Buffer.from(read, 'latin1'),
  dest_addr_np_information: (read: string) => Buffer.from(read, 'latin1'),
}

/** Text where node-smpp knows only text, with a head of octets where it has one. */
function valueFor(name: TlvName, random: ReturnType<typeof prng>): unknown {
  const spec = tlvTable[name] as TlvSpec
  const text = (least: number, most: number) =>
    Buffer.from(randomText(random, most).padEnd(least, '0').slice(0, most), 'latin1')
  switch (name) {
    case 'callback_num':
      return [Buffer.concat([Buffer.of(1, 1, 1), text(1, 16)]), Buffer.concat([Buffer.of(0, 2, 8), text(1, 16)])]
    case 'callback_num_atag':
    case 'broadcast_area_identifier':
      return [randomTlv(random, { ...spec, min: 1 }), randomTlv(random, { ...spec, min: 1 })]
    case 'billing_identification':
      return randomTlv(random, { ...spec, min: 1 })
    case 'broadcast_end_time':
      return Buffer.from('261121030405136+\0', 'latin1')
    case 'broadcast_content_type_info':
    case 'broadcast_service_group':
    case 'source_node_id':
    case 'dest_node_id':
    case 'dest_addr_np_information':
      return text(spec.min ?? 1, spec.max ?? 10)
    default:
      return spec.multiple ? [randomTlv(random, spec), randomTlv(random, spec)] : randomTlv(random, spec)
  }
}

describe('each TLV beside node-smpp', () => {
  const names = Object.keys(tlvTable) as TlvName[]

  it.each(names.filter((name) => !(name in otherWidth)))('%s: ours is read by it, its is read by ours', (name) => {
    const random = prng(tlvTable[name].tag)
    for (let round = 0; round < 20; round++) {
      const value = valueFor(name, random)
      // data_coding 4: what it would turn into text stays octets.
      const pdu = { command: 'data_sm', sequence: 9, fields: { data_coding: 4 }, tlvs: { [name]: value } } as PduInput
      const ours = encodePdu(pdu)
      const theirs = new smpp.PDU('data_sm', { sequence_number: 9, data_coding: 4, [name]: value }).toBuffer()
      expect(theirs.toString('hex')).toBe(ours.toString('hex'))
      expect(decodePdu(theirs).tlvs).toEqual({ [name]: value })
      const read = new smpp.PDU(ours)[name]
      if (name === 'broadcast_end_time') {
        // Its Date of what we keep as octets: nine hours and a half east of UTC at 03:04:05.
        expect(read).toBeInstanceOf(Date)
        continue
      }
      expect(together[name]?.(read as never) ?? read).toEqual(value)
    }
  })

  it.each(Object.entries(otherWidth))('%s is its defect: %s', (name) => {
    const random = prng(7)
    const spec: TlvSpec = tlvTable[name as TlvName]
    const agree = Array.from({ length: 20 }, () => {
      const value = randomTlv(random, spec)
      const pdu = { command: 'data_sm', sequence: 9, tlvs: { [name]: value } } as PduInput
      expect(decodePdu(encodePdu(pdu)).tlvs, 'ours reads its own').toEqual({ [name]: value })
      try {
        return new smpp.PDU(encodePdu(pdu))[name] === value
      } catch {
        return false
      }
    })
    // Should a later version be right, the exception goes.
    expect(agree).not.toContain(true)
  })
})

describe('what node-smpp 0.5.1 does wrong, and what ours makes of the same octets', () => {
  const deliver = (tlvs: Buffer) => {
    const frame = Buffer.concat([encodePdu({ command: 'deliver_sm', sequence: 1 }), tlvs])
    frame.writeUInt32BE(frame.length, 0)
    return frame
  }

  it('a receipted_message_id without NUL swallows the next TLV', () => {
    const frame = deliver(Buffer.from('001e00034142430427000102', 'hex'))
    expect(decodePdu(frame).tlvs).toEqual({ receipted_message_id: 'ABC', message_state: 2 })
    expect(read(frame)).not.toMatchObject({ receipted_message_id: 'ABC', message_state: 2 })
  })

  it('a TLV that is cut short throws', () => {
    const frame = deliver(Buffer.from('0204000207', 'hex'))
    expect(decodePdu(frame).tlvs).toEqual({ user_message_reference: 7 })
    expect(read(frame)).toBe('thrown')
  })

  it('an error response with congestion_state alone is taken for a message_id', () => {
    const frame = encodePdu({ command: 'submit_sm_resp', status: 0x58, sequence: 1, tlvs: { congestion_state: 80 } })
    expect(decodePdu(frame)).toMatchObject({ fields: { message_id: '' }, tlvs: { congestion_state: 80 } })
    expect(read(frame)).not.toMatchObject({ congestion_state: 80 })
  })

  it('Korean under data_coding 0 goes out as zero octets, an @ each on the phone', () => {
    const theirs = new smpp.PDU('submit_sm', { short_message: '대피', data_coding: 0 }).toBuffer()
    expect(decodePdu(theirs)).toMatchObject({ fields: { short_message: Buffer.of(0, 0) } })
  })

  function read(frame: Buffer): unknown {
    try {
      return new smpp.PDU(frame)
    } catch {
      return 'thrown'
    }
  }
})
