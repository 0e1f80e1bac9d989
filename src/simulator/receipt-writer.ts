import { commandId } from '../smpp/codec/commands.ts'
import { tlvTable } from '../smpp/codec/tlvs.ts'
import { type Message, messageStateOf } from './message.ts'
import type { ReceiptFormat } from './receipt-format.ts'

/** Octets that no receipt exceeds: two addresses of 20 and a text of less than 160 characters, also in UTF-16. */
export const maxReceiptLength = 512

const receiptClass = 0x04
/** Intermediate notification (SMPP 3.4 §5.2.12). */
const intermediateClass = 0x20

/**
 * Writes the deliver_sm that reports `message` (SMPP 3.4 §4.6.1 and appendix B).
 * @param plainId its id in the form of receipts. @returns the octets written.
 */
export function writeReceipt(
  buffer: Buffer,
  offset: number,
  sequence: number,
  message: Message,
  plainId: string,
  nowEpochMs: number,
): number {
  const { state, manner } = message
  const { format } = manner
  const id = manner.idVaried ? variedId(plainId) : plainId
  let at = offset + 16
  buffer[at++] = 0
  // The receipt travels the other way: its source is the message's destination.
  const { addressing } = message
  at = writeAddress(buffer, at, addressing & 0xffff, message.destination)
  at = writeAddress(buffer, at, addressing >>> 16, message.source)
  buffer[at++] = classOf(message)
  // protocol_id, priority_flag, two empty times, registered_delivery, replace_if_present_flag, data_coding, default id.
  buffer.fill(0, at, at + 8)
  if (format === 'ucs2' || format === 'labelled') buffer[at + 6] = 8
  at += 8
  if (format === 'tlvs') {
    buffer[at++] = 0
  } else {
    const text = format === 'standard' ? standardText(message, id, nowEpochMs) : textOf(message, id, nowEpochMs)
    const length = format === 'ucs2' ? buffer.write(text, at + 1, 'utf16le') : buffer.write(text, at + 1, 'latin1')
    if (format === 'ucs2') buffer.subarray(at + 1, at + 1 + length).swap16()
    buffer[at] = length
    at += 1 + length
  }
  if (withTlvs(format)) {
    buffer.writeUInt16BE(tlvTable.receipted_message_id.tag, at)
    buffer.writeUInt16BE(id.length + 1, at + 2)
    at += 4 + buffer.write(id, at + 4, 'latin1')
    buffer[at++] = 0
    buffer.writeUInt16BE(tlvTable.message_state.tag, at)
    buffer.writeUInt16BE(1, at + 2)
    buffer[at + 4] = messageStateOf[state]
    at += 5
  }
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

function withTlvs(format: ReceiptFormat): boolean {
  return format === 'standard' || format === 'no-class' || format === 'tlvs'
}

function classOf({ manner, state }: Message): number {
  if (manner.format === 'no-class') return 0
  // ACCEPTD comes with the class of a receipt proper, as it does from many an SMSC.
  return manner.intermediate && state === 'ENROUTE' ? intermediateClass : receiptClass
}

function standardText({ state, submittedAt }: Message, id: string, nowEpochMs: number): string {
  return (
    `id:${id} sub:001 dlvrd:${state === 'DELIVRD' ? '001' : '000'} submit date:${receiptDate(submittedAt)}` +
    ` done date:${receiptDate(nowEpochMs)} stat:${state} err:${errorOf[state]} text:`
  )
}

/** The text of an odd receipt. */
function textOf(message: Message, id: string, nowEpochMs: number): string {
  const { state, submittedAt, manner } = message
  const text = standardText(message, id, nowEpochMs)
  switch (manner.format) {
    case 'short':
    // At two octets a character the standard text does not fit into a short_message with the longest ids.
    case 'ucs2':
      return text.replace(/ sub:\d+ dlvrd:\d+/, '')
    case 'lower-case':
      return text.replace(`stat:${state}`, `stat:${state.toLowerCase()}`)
    case 'spaced':
      return text.replace('stat:', 'stat: ').replace('err:', 'err: ')
    case 'four-digits':
      return text.replace('err:', 'err:0')
    case 'seconds':
      return text
        .replace(/submit date:\d+/, `submit date:${digitsOf(submittedAt).slice(2, 14)}`)
        .replace(/done date:\d+/, `done date:${digitsOf(nowEpochMs).slice(2, 14)}`)
    default:
      return text
  }
}

/** The id of a number as SMSCs also write it. */
function variedId(id: string): string {
  return `000${/[A-F]/.test(id) ? id.toLowerCase() : id.toUpperCase()}`
}

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
    minuteText = digitsOf(epochMs).slice(2, 12)
  }
  return minuteText
}

/** `YYYYMMDDhhmmssSSS` in UTC. */
function digitsOf(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\D/g, '')
}
