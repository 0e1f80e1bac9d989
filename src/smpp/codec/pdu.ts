import { type CommandName, commandId, commandName, isResponse } from './commands.ts'
import { BrokenStream, DamagedPdu } from './errors.ts'
import { type Field, type Fields, mandatoryFields } from './fields.ts'
import { readFields } from './read-fields.ts'
import { isTlvStream, readTlvs } from './read-tlvs.ts'
import { commandStatus } from './status.ts'
import type { RawTlv, Tlvs } from './tlvs.ts'
import { writeFields, writeUint } from './write-fields.ts'
import { writeTlvs } from './write-tlvs.ts'

/** A decoded PDU; `command` tells which `fields` it has. */
export type Pdu<C extends CommandName = CommandName> = {
  [K in C]: {
    command: K
    /** command_status; 0 in requests. */
    status: number
    sequence: number
    fields: Fields<K>
    tlvs: Tlvs
    /** Vendors' TLVs, repeated ones and those of a wrong length, in wire order, as they came. */
    rawTlvs: readonly RawTlv[]
  }
}[C]

/** What encoding needs of a PDU; fields left out are 0 or empty. */
export type PduInput<C extends CommandName = CommandName> = {
  [K in C]: {
    command: K
    status?: number
    sequence: number
    fields?: Partial<Fields<K>>
    tlvs?: Tlvs
    rawTlvs?: readonly RawTlv[]
  }
}[C]

/** command_length, command_id, command_status and sequence_number: four octets each (SMPP 3.4 §3.2). */
export const headerLength = 16

/**
 * Reads one frame. Lenient where the field is: a response may end anywhere or hold TLVs only, the last C-octet string may
 * lack its NUL, truncated TLVs give what is left of them, unknown ones are kept. Strings and buffers: octet strings are
 * views of the frame.
 *
 * @throws DamagedPdu for an unknown command and for a request that ends in the middle of its mandatory fields.
 * @throws BrokenStream if the frame's length is not its command_length: that is no frame.
 */
export function decodePdu(frame: Buffer): Pdu {
  if (frame.length < headerLength || frame.readUInt32BE(0) !== frame.length) {
    throw new BrokenStream(`a frame of ${frame.length} octets does not agree with its command_length`)
  }
  const id = frame.readUInt32BE(4)
  const status = frame.readUInt32BE(8)
  const sequence = frame.readUInt32BE(12)
  const command = commandName(id)
  if (command === undefined) {
    throw new DamagedPdu(`unknown command_id 0x${id.toString(16).padStart(8, '0')}`, {
      commandId: id,
      sequence,
      status: commandStatus.ESME_RINVCMDID,
    })
  }
  const specs: readonly Field[] = mandatoryFields[command]
  const response = isResponse(id)
  const skipsFields = response && isTlvStream(frame, headerLength)
  const { fields, end } = readFields(frame, skipsFields ? frame.length : headerLength, specs, response)
  const { tlvs, rawTlvs } = readTlvs(frame, skipsFields ? headerLength : end)
  return { command, status, sequence, fields, tlvs, rawTlvs } as Pdu
}

/**
 * Writes a PDU. Strict: what does not fit its field is refused. An error response given no fields has no body
 * (SMPP 3.4 §4.1.2 and §4.4.2: the body is not returned with a non-zero command_status).
 *
 * @throws Problem `smpp-field` that names the field.
 */
export function encodePdu(pdu: PduInput): Buffer {
  const id = commandId[pdu.command]
  const status = pdu.status ?? 0
  const specs: readonly Field[] = mandatoryFields[pdu.command]
  const bodiless = status !== 0 && isResponse(id) && pdu.fields === undefined
  const parts = bodiless ? [] : writeFields(specs, (pdu.fields ?? {}) as Record<string, unknown>)
  parts.push(...writeTlvs(pdu.tlvs ?? {}, pdu.rawTlvs ?? []))
  const length = parts.reduce((sum, part) => sum + part.length, headerLength)
  return Buffer.concat([
    writeUint('command_length', length, 4),
    writeUint('command_id', id, 4),
    writeUint('command_status', status, 4),
    writeUint('sequence_number', pdu.sequence, 4),
    ...parts,
  ])
}
