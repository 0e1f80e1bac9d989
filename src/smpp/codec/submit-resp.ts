import { decodePdu, headerLength } from './pdu.ts'
import { endOfCstring } from './read-fields.ts'

export interface SubmitResp {
  status: number
  sequence: number
  /** As the SMSC wrote it; empty when it gave none. */
  messageId: string
}

/** Reads a submit_sm_resp in place; the same leniency as `decodePdu`, at the speed of the hot path. */
export function parseSubmitResp(frame: Buffer): SubmitResp {
  const status = frame.readUInt32BE(8)
  const sequence = frame.readUInt32BE(12)
  const first = frame[headerLength]
  // An empty body or one that begins with a control character (TLVs only) is rare: leave it to the general decoder.
  if (first === undefined || first < 0x20) {
    const pdu = decodePdu(frame)
    return { status, sequence, messageId: pdu.command === 'submit_sm_resp' ? pdu.fields.message_id : '' }
  }
  return { status, sequence, messageId: frame.toString('latin1', headerLength, endOfCstring(frame, headerLength)) }
}
