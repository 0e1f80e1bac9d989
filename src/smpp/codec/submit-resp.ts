import { decodePdu, headerLength } from './pdu.ts'
import { endOfCstring } from './read-fields.ts'
import { readTlvs } from './read-tlvs.ts'

export interface SubmitResp {
  status: number
  sequence: number
  /** As the SMSC wrote it; empty when it gave none. */
  messageId: string
  /** congestion_state (SMPP 5.0 §4.8.4.18): 0 idle to 100 congested; mostly absent. */
  congestion: number | undefined
}

/** Reads a submit_sm_resp in place; the same leniency as `decodePdu`, at the speed of the hot path. */
export function parseSubmitResp(frame: Buffer): SubmitResp {
  const status = frame.readUInt32BE(8)
  const sequence = frame.readUInt32BE(12)
  const first = frame[headerLength]
  // An empty body or one that begins with a control character (TLVs only) is rare: leave it to the general decoder.
  if (first === undefined || first < 0x20) {
    const { command, fields, tlvs } = decodePdu(frame)
    const messageId = command === 'submit_sm_resp' ? fields.message_id : ''
    return { status, sequence, messageId, congestion: percent(tlvs.congestion_state) }
  }
  const end = endOfCstring(frame, headerLength)
  return {
    status,
    sequence,
    messageId: frame.toString('latin1', headerLength, end),
    congestion: end + 1 < frame.length ? percent(readTlvs(frame, end + 1).tlvs.congestion_state) : undefined,
  }
}

const percent = (state: number | undefined) => (state === undefined ? undefined : Math.min(state, 100))
