import type { Concatenation } from '../text/user-data.ts'
import { commandId } from './commands.ts'
import { DamagedPdu } from './errors.ts'
import { headerLength, type Pdu } from './pdu.ts'
import { endOfCstring } from './read-fields.ts'
import { commandStatus } from './status.ts'
import { tlvTable } from './tlvs.ts'

/** What a deliver_sm or data_sm says of a receipt or of a text from a phone. */
export interface Delivery {
  /** As it came, header included; valid as long as the frame is. */
  pdu: Buffer
  sequence: number
  /** esm_class (SMPP 3.4 §5.2.12): bits 5 to 2 the kind of message, bit 6 a UDH. */
  esmClass: number
  sourceAddr: string
  destinationAddr: string
  dataCoding: number
  /** short_message, or message_payload where that is given; a view of the frame. */
  text: Buffer
  receiptedMessageId: string | undefined
  /** message_state (SMPP 3.4 §5.2.28). */
  messageState: number | undefined
  /** network_error_code: an octet of network type, two of the error. */
  networkErrorCode: Buffer | undefined
  /** Which part of which long text, where the SAR TLVs say so (SMPP 3.4 §5.3.2.22 to 24). */
  sar?: Concatenation
}

/**
 * Reads a deliver_sm in place: the fields that receipts need, nothing else. Agrees with `decodePdu`, which serves as its
 * reference in the tests.
 * @throws DamagedPdu if the frame ends inside the mandatory fields.
 */
export function parseDeliverSm(frame: Buffer): Delivery {
  const sourceStart = endOfCstring(frame, headerLength) + 3
  const sourceEnd = endOfCstring(frame, sourceStart)
  const destinationStart = sourceEnd + 3
  const destinationEnd = endOfCstring(frame, destinationStart)
  const esmClassAt = destinationEnd + 1
  // protocol_id and priority_flag follow esm_class, then the two times.
  const scheduleEnd = endOfCstring(frame, esmClassAt + 3)
  const validityEnd = endOfCstring(frame, scheduleEnd + 1)
  // registered_delivery, replace_if_present_flag, data_coding, sm_default_msg_id, sm_length.
  const smLength = frame[validityEnd + 5]
  const textStart = validityEnd + 6
  if (smLength === undefined) throw damaged(frame, commandStatus.ESME_RINVCMDLEN)
  if (textStart + smLength > frame.length) throw damaged(frame, commandStatus.ESME_RINVMSGLEN)
  const delivery: Delivery = {
    pdu: frame,
    sequence: frame.readUInt32BE(12),
    esmClass: frame[esmClassAt] as number,
    sourceAddr: frame.toString('latin1', sourceStart, sourceEnd),
    destinationAddr: frame.toString('latin1', destinationStart, destinationEnd),
    dataCoding: frame[validityEnd + 3] as number,
    text: frame.subarray(textStart, textStart + smLength),
    receiptedMessageId: undefined,
    messageState: undefined,
    networkErrorCode: undefined,
  }
  readReceiptTlvs(delivery, frame, textStart + smLength)
  return delivery
}

function damaged(frame: Buffer, status: number): DamagedPdu {
  return new DamagedPdu('the deliver_sm ends inside its mandatory fields', {
    commandId: commandId.deliver_sm,
    sequence: frame.readUInt32BE(12),
    status,
  })
}

function readReceiptTlvs(delivery: Delivery, frame: Buffer, start: number): void {
  let payload: Buffer | undefined
  let sar: (number | undefined)[] | undefined
  let at = start
  while (at + 4 <= frame.length) {
    const tag = frame.readUInt16BE(at)
    const end = Math.min(at + 4 + frame.readUInt16BE(at + 2), frame.length)
    if (tag === tlvTable.receipted_message_id.tag) {
      // In place: a view of the frame for each receipt would cost more than the string.
      delivery.receiptedMessageId ??= frame.toString('latin1', at + 4, Math.min(endOfCstring(frame, at + 4), end))
    } else if (tag === tlvTable.message_state.tag) {
      const length = end - at - 4
      if (length === 1) delivery.messageState ??= frame[at + 4]
      else if (length >= 2 && length <= 4) delivery.messageState ??= frame.readUIntBE(at + 4, length)
    } else if (tag === tlvTable.network_error_code.tag) {
      delivery.networkErrorCode ??= frame.subarray(at + 4, end)
    } else if (tag === tlvTable.message_payload.tag) {
      payload ??= frame.subarray(at + 4, end)
    } else if (sarLengths[tag] === end - at - 4) {
      sar ??= []
      sar[tag - tlvTable.sar_msg_ref_num.tag] ??= frame.readUIntBE(at + 4, end - at - 4)
    }
    at = end
  }
  if (payload !== undefined) delivery.text = payload
  const part = sar && partOf(sar[0], sar[2], sar[3])
  if (part) delivery.sar = part
}

/** Octets of the SAR TLVs by their tags: reference, number of segments, segment. */
const sarLengths: Readonly<Record<number, number>> = {
  [tlvTable.sar_msg_ref_num.tag]: 2,
  [tlvTable.sar_total_segments.tag]: 1,
  [tlvTable.sar_segment_seqnum.tag]: 1,
}

/** A part that makes no sense is none. */
function partOf(reference?: number, parts?: number, part?: number): Concatenation | undefined {
  if (reference === undefined || parts === undefined || part === undefined) return undefined
  return part >= 1 && part <= parts ? { reference, part, parts } : undefined
}

/** The same of a PDU already decoded: for data_sm, which some SMSCs send receipts with. */
export function deliveryOf(pdu: Pdu<'deliver_sm' | 'data_sm'>, frame: Buffer): Delivery {
  const { fields, tlvs } = pdu
  const sar = partOf(tlvs.sar_msg_ref_num, tlvs.sar_total_segments, tlvs.sar_segment_seqnum)
  return {
    pdu: frame,
    sequence: pdu.sequence,
    esmClass: fields.esm_class,
    sourceAddr: fields.source_addr,
    destinationAddr: fields.destination_addr,
    dataCoding: fields.data_coding,
    text: tlvs.message_payload ?? ('short_message' in fields ? fields.short_message : Buffer.alloc(0)),
    receiptedMessageId: tlvs.receipted_message_id,
    messageState: tlvs.message_state,
    networkErrorCode: tlvs.network_error_code,
    ...(sar === undefined ? {} : { sar }),
  }
}

/** Octets of a deliver_sm_resp: a header and an empty message_id. */
export const deliverSmRespLength = headerLength + 1

/** Writes the response to a deliver_sm at `offset`. @returns the octets written. */
export function writeDeliverSmResp(buffer: Buffer, offset: number, sequence: number, status: number): number {
  buffer.writeUInt32BE(deliverSmRespLength, offset)
  buffer.writeUInt32BE(commandId.deliver_sm_resp, offset + 4)
  buffer.writeUInt32BE(status, offset + 8)
  buffer.writeUInt32BE(sequence, offset + 12)
  buffer[offset + headerLength] = 0
  return deliverSmRespLength
}
