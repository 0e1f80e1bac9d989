import type { Tlvs } from '../codec/tlvs.ts'

export interface Segment {
  /** short_message with its UDH, if any; empty when message_payload carries the text. */
  shortMessage: Buffer
  /** The SAR TLVs or message_payload. */
  tlvs?: Tlvs
}

export type LongForm = 'udh' | 'sar' | 'payload' | 'refuse'

/** How the parts of a long text become submit_sm's. */
interface Form {
  /** Octets on the air that concatenation takes from every segment. */
  readonly headerOctets: number
  build(
    parts: readonly Buffer[],
    reference: number,
  ): { segments: Segment[]; esmClass: number; referenceOffset: number | undefined }
}

/** UDHL, IEI 0x08, its length, a 16-bit reference, total, number (3GPP TS 23.040 §9.2.3.24.8). */
const concatenationHeader = 7
const udhi = 0x40

/**
 * The reference has 16 bits everywhere: with the 8 of IEI 0x00 two texts to one phone collide every 256 (as often as
 * alerts and entry texts from one sender do), for one character a segment saved.
 */
export const longForms: Readonly<Record<LongForm, Form>> = {
  udh: {
    headerOctets: concatenationHeader,
    build: (parts, reference) => ({
      segments: parts.map((part, i) => ({
        shortMessage: Buffer.concat([
          Buffer.of(6, 0x08, 4, (reference >> 8) & 0xff, reference & 0xff, parts.length, i + 1),
          part,
        ]),
      })),
      esmClass: udhi,
      referenceOffset: 3,
    }),
  },
  // The SMSC makes the UDH of the TLVs, so the room is the same (SMPP 3.4 §5.3.2.22 to 24).
  sar: {
    headerOctets: concatenationHeader,
    build: (parts, reference) => ({
      segments: parts.map((shortMessage, i) => ({
        shortMessage,
        tlvs: {
          sar_msg_ref_num: reference & 0xffff,
          sar_total_segments: parts.length,
          sar_segment_seqnum: i + 1,
        },
      })),
      esmClass: 0,
      referenceOffset: undefined,
    }),
  },
  // One submit_sm; the SMSC splits it (SMPP 3.4 §5.3.2.32).
  payload: {
    headerOctets: concatenationHeader,
    build: (parts) => ({
      segments: [{ shortMessage: Buffer.alloc(0), tlvs: { message_payload: Buffer.concat(parts) } }],
      esmClass: 0,
      referenceOffset: undefined,
    }),
  },
  // Counted as if it were split, so that the refusal can say how much is too much.
  refuse: {
    headerOctets: concatenationHeader,
    build: (parts) => ({
      segments: parts.map((shortMessage) => ({ shortMessage })),
      esmClass: 0,
      referenceOffset: undefined,
    }),
  },
}
