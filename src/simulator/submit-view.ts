import { headerLength } from '../smpp/codec/pdu.ts'
import { endOfCstring } from '../smpp/codec/read-fields.ts'
import { tlvTable } from '../smpp/codec/tlvs.ts'

/** Longest source_addr and destination_addr, without the NUL (SMPP 3.4 §4.4.1). */
export const longestAddress = 20

/** The fields of one submit_sm that the SMSC acts on, read in place; one view serves all PDUs in turn. */
export class SubmitView {
  source = ''
  destination = ''
  /** source ton, source npi, dest ton, dest npi: an octet each. */
  addressing = 0
  registeredDelivery = 0
  /** Number of this segment, from 1, and how many the text has (UDH or SAR). */
  part = 1
  parts = 1
  /** Concatenation reference, of a segment of several. */
  reference: number | undefined
  #hasUdh = false
  #textStart = 0
  #textEnd = 0

  /** @returns whether the mandatory fields are whole; if not, the view holds nothing of use. */
  read(frame: Buffer): boolean {
    const sourceTon = endOfCstring(frame, headerLength) + 1
    const sourceEnd = endOfCstring(frame, sourceTon + 2)
    const destinationTon = sourceEnd + 1
    const destinationEnd = endOfCstring(frame, destinationTon + 2)
    const esmClassAt = destinationEnd + 1
    const scheduleEnd = endOfCstring(frame, esmClassAt + 3)
    const validityEnd = endOfCstring(frame, scheduleEnd + 1)
    const smLength = frame[validityEnd + 5]
    const textStart = validityEnd + 6
    if (smLength === undefined || textStart + smLength > frame.length) return false
    this.source = frame.toString('latin1', sourceTon + 2, sourceEnd)
    this.destination = frame.toString('latin1', destinationTon + 2, destinationEnd)
    this.addressing = (frame.readUInt16BE(sourceTon) * 0x10000 + frame.readUInt16BE(destinationTon)) >>> 0
    this.registeredDelivery = frame[validityEnd + 1] as number
    this.part = 1
    this.parts = 1
    this.reference = undefined
    this.#hasUdh = ((frame[esmClassAt] as number) & 0x40) !== 0
    this.#textStart = textStart
    this.#textEnd = textStart + smLength
    if (this.#hasUdh) this.#readUdh(frame, textStart, textStart + smLength)
    else this.#readSar(frame, textStart + smLength)
    return true
  }

  /** The octets of the text without its UDH, of short_message or else of message_payload; a view of `frame`, the one last read. */
  userData(frame: Buffer): Buffer {
    let data = frame.subarray(this.#textStart, this.#textEnd)
    for (let at = this.#textEnd; data.length === 0 && at + 4 <= frame.length; ) {
      const end = at + 4 + frame.readUInt16BE(at + 2)
      if (frame.readUInt16BE(at) === tlvTable.message_payload.tag) data = frame.subarray(at + 4, end)
      at = end
    }
    return this.#hasUdh ? data.subarray(1 + (data[0] ?? 0)) : data
  }

  /** Concatenation with an 8-bit (IEI 0x00) or a 16-bit reference (0x08): 3GPP TS 23.040 §9.2.3.24. */
  #readUdh(frame: Buffer, start: number, textEnd: number): void {
    const end = Math.min(textEnd, start + 1 + (frame[start] ?? 0))
    let at = start + 1
    while (at + 2 <= end) {
      const iei = frame[at]
      const next = at + 2 + (frame[at + 1] as number)
      if ((iei === 0x00 || iei === 0x08) && next <= end) {
        this.reference = iei === 0x00 ? (frame[at + 2] as number) : frame.readUInt16BE(at + 2)
        this.parts = frame[next - 2] as number
        this.part = frame[next - 1] as number
      }
      at = next
    }
  }

  #readSar(frame: Buffer, start: number): void {
    let at = start
    while (at + 5 <= frame.length) {
      const tag = frame.readUInt16BE(at)
      if (tag === tlvTable.sar_msg_ref_num.tag && at + 6 <= frame.length) this.reference = frame.readUInt16BE(at + 4)
      else if (tag === tlvTable.sar_total_segments.tag) this.parts = frame[at + 4] as number
      else if (tag === tlvTable.sar_segment_seqnum.tag) this.part = frame[at + 4] as number
      at += 4 + frame.readUInt16BE(at + 2)
    }
  }
}

/** Whether a destination is a number: 1 to 20 digits. */
export function isNumber(address: string): boolean {
  if (address.length === 0 || address.length > longestAddress) return false
  for (let i = 0; i < address.length; i++) {
    const code = address.charCodeAt(i)
    if (code < 0x30 || code > 0x39) return false
  }
  return true
}
