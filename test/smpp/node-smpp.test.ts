import smpp from 'smpp'
import { describe, expect, it } from 'vitest'
import { prng } from '../../src/lib/prng.ts'
import { type CommandName, commandId } from '../../src/smpp/codec/commands.ts'
import { decodePdu, encodePdu, type PduInput } from '../../src/smpp/codec/pdu.ts'
import { commandStatus } from '../../src/smpp/codec/status.ts'
import { tlvTable } from '../../src/smpp/codec/tlvs.ts'
import { randomPdu } from './random-pdu.ts'

const commands = Object.keys(commandId) as CommandName[]

/** node-smpp writes these two with a width that is not the specification's. */
const otherWidth = ['source_telematics_id', 'dest_addr_np_country', 'alert_on_message_delivery']
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
      for (const name of otherWidth) delete (pdu.tlvs as Record<string, unknown>)[name]
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
})
