import { commandId } from '../smpp/codec/commands.ts'
import { headerLength } from '../smpp/codec/pdu.ts'
import { tlvTable } from '../smpp/codec/tlvs.ts'

const congestionLength = 5

/** Octets of a submit_sm_resp: `messageId` undefined leaves the body out, `congestion` undefined the TLV. */
export function submitAnswerLength(messageId: string | undefined, congestion: number | undefined): number {
  const body = messageId === undefined ? 0 : messageId.length + 1
  return headerLength + body + (congestion === undefined ? 0 : congestionLength)
}

/** Writes a submit_sm_resp of `length` octets (SMPP 3.4 §4.4.2) at `offset`. */
export function writeSubmitAnswer(
  buffer: Buffer,
  offset: number,
  length: number,
  sequence: number,
  status: number,
  messageId: string | undefined,
  congestion: number | undefined,
): void {
  buffer.writeUInt32BE(length, offset)
  buffer.writeUInt32BE(commandId.submit_sm_resp, offset + 4)
  buffer.writeUInt32BE(status, offset + 8)
  buffer.writeUInt32BE(sequence, offset + 12)
  if (messageId !== undefined) {
    const end = offset + headerLength + buffer.write(messageId, offset + headerLength, 'latin1')
    buffer[end] = 0
  }
  if (congestion !== undefined) {
    const at = offset + length - congestionLength
    buffer.writeUInt16BE(tlvTable.congestion_state.tag, at)
    buffer.writeUInt16BE(1, at + 2)
    buffer[at + 4] = congestion
  }
}
