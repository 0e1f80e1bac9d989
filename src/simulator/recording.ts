import { DamagedPdu } from '../smpp/codec/errors.ts'
import { decodePdu } from '../smpp/codec/pdu.ts'
import type { Tlvs } from '../smpp/codec/tlvs.ts'

/** An accepted submit_sm as tests look at it; nothing in it is shared with the socket's buffers. */
export interface RecordedSubmit {
  /** As written in the submit_sm_resp. */
  messageId: string
  sequence: number
  source: string
  destination: string
  dataCoding: number
  esmClass: number
  registeredDelivery: number
  validityPeriod: string
  priorityFlag: number
  /** With its UDH, if any. */
  shortMessage: Buffer
  tlvs: Tlvs
}

export function copyOf(frame: Buffer, messageId: string): RecordedSubmit {
  const pdu = decodePdu(Buffer.from(frame))
  if (pdu.command !== 'submit_sm') {
    throw new DamagedPdu('not a submit_sm', { commandId: frame.readUInt32BE(4), sequence: pdu.sequence, status: 0 })
  }
  const { fields } = pdu
  return {
    messageId,
    sequence: pdu.sequence,
    source: fields.source_addr,
    destination: fields.destination_addr,
    dataCoding: fields.data_coding,
    esmClass: fields.esm_class,
    registeredDelivery: fields.registered_delivery,
    validityPeriod: fields.validity_period,
    priorityFlag: fields.priority_flag,
    shortMessage: fields.short_message,
    tlvs: pdu.tlvs,
  }
}
