import { commandId } from '../smpp/codec/commands.ts'
import { tlvTable } from '../smpp/codec/tlvs.ts'
import type { IdForm } from '../smpp/message-id.ts'
import { type Message, messageStateOf, writeId } from './message.ts'

/** Octets that no receipt exceeds: two addresses of 20 and a text of less than 200. */
export const maxReceiptLength = 512

const receiptClass = 0x04

/** Writes the deliver_sm that reports `message` (SMPP 3.4 §4.6.1 and appendix B). @returns the octets written. */
export function writeReceipt(
  buffer: Buffer,
  offset: number,
  sequence: number,
  message: Message,
  form: IdForm,
  nowEpochMs: number,
): number {
  const { state } = message
  const id = writeId(message.number, form)
  const delivered = state === 'DELIVRD'
  let at = offset + 16
  buffer[at++] = 0
  // The receipt travels the other way: its source is the message's destination.
  const { addressing } = message
  at = writeAddress(buffer, at, addressing & 0xffff, message.destination)
  at = writeAddress(buffer, at, addressing >>> 16, message.source)
  buffer[at++] = receiptClass
  // protocol_id, priority_flag, two empty times, registered_delivery, replace_if_present_flag, data_coding, default id.
  buffer.fill(0, at, at + 8)
  at += 8
  const text =
    `id:${id} sub:001 dlvrd:${delivered ? '001' : '000'} submit date:${receiptDate(message.submittedAt)}` +
    ` done date:${receiptDate(nowEpochMs)} stat:${state} err:${delivered ? '000' : errorOf[state]} text:`
  buffer[at++] = text.length
  at += buffer.write(text, at, 'latin1')
  buffer.writeUInt16BE(tlvTable.receipted_message_id.tag, at)
  buffer.writeUInt16BE(id.length + 1, at + 2)
  at += 4 + buffer.write(id, at + 4, 'latin1')
  buffer[at++] = 0
  buffer.writeUInt16BE(tlvTable.message_state.tag, at)
  buffer.writeUInt16BE(1, at + 2)
  buffer[at + 4] = messageStateOf[state]
  at += 5
  buffer.writeUInt32BE(at - offset, offset)
  buffer.writeUInt32BE(commandId.deliver_sm, offset + 4)
  buffer.writeUInt32BE(0, offset + 8)
  buffer.writeUInt32BE(sequence, offset + 12)
  return at - offset
}

/** `err` of each state: 0 where nothing failed, else a code of this SMSC's own. */
const errorOf = {
  DELIVRD: '000',
  ENROUTE: '000',
  ACCEPTD: '000',
  SKIPPED: '000',
  UNDELIV: '027',
  EXPIRED: '034',
  DELETED: '055',
  REJECTD: '066',
  UNKNOWN: '099',
} as const

function writeAddress(buffer: Buffer, at: number, tonNpi: number, address: string): number {
  buffer.writeUInt16BE(tonNpi, at)
  const end = at + 2 + buffer.write(address, at + 2, 'latin1')
  buffer[end] = 0
  return end + 1
}

let minute = -1
let minuteText = ''

/** `YYMMDDhhmm` in UTC; receipts of one minute share the work. */
function receiptDate(epochMs: number): string {
  const thisMinute = Math.floor(epochMs / 60_000)
  if (thisMinute !== minute) {
    minute = thisMinute
    minuteText = new Date(epochMs).toISOString().replace(/\D/g, '').slice(2, 12)
  }
  return minuteText
}
