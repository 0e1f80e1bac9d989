import type { Tlvs } from '../codec/tlvs.ts'

export interface Segment {
  /** short_message with its UDH, if any; empty when message_payload carries the text. */
  shortMessage: Buffer
  /** The SAR TLVs or message_payload. */
  tlvs?: Tlvs
}

/**
 * - `udh`: a user data header with a 16-bit reference; `udh8` with an 8-bit one, for carriers that know no other
 * - `sar`: the SAR TLVs
 * - `payload`: one message_payload that the SMSC splits
 * - `refuse`: the carrier does no concatenation
 */
export type LongForm = 'udh' | 'udh8' | 'sar' | 'payload' | 'refuse'

/** How the parts of a long text become submit_sm's. */
interface Form {
  /** Octets on the air that concatenation takes from every segment. */
  readonly headerOctets: number
  build(parts: readonly Buffer[], reference: number): { segments: Segment[]; esmClass: number }
}

/** UDHL, IEI 0x08, its length, a 16-bit reference, total, number (3GPP TS 23.040 §9.2.3.24.8). */
const header16 = 7
/** The same with IEI 0x00 and a reference of one octet (§9.2.3.24.1). */
const header8 = 6
const udhi = 0x40

/**
 * The reference has 16 bits unless the carrier wants 8: with 8 two texts to one phone collide every 256 (as often as alerts and
 * entry texts from one sender do), for one character a segment saved.
 */
export const longForms: Readonly<Record<LongForm, Form>> = {
  udh: {
    headerOctets: header16,
    build: (parts, reference) => ({
      segments: parts.map((part, i) => ({
        shortMessage: Buffer.concat([Buffer.of(6, 0x08, 4, reference >> 8, reference, parts.length, i + 1), part]),
      })),
      esmClass: udhi,
    }),
  },
  udh8: {
    headerOctets: header8,
    build: (parts, reference) => ({
      segments: parts.map((part, i) => ({
        shortMessage: Buffer.concat([Buffer.of(5, 0x00, 3, reference, parts.length, i + 1), part]),
      })),
      esmClass: udhi,
    }),
  },
  // The SMSC makes the UDH of the TLVs, with a reference of either size (SMPP 3.4 §5.3.2.22 to 24): room for the longer.
  sar: {
    headerOctets: header16,
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
    }),
  },
  // One submit_sm; the SMSC splits it (SMPP 3.4 §5.3.2.32).
  payload: {
    headerOctets: header16,
    build: (parts) => ({
      segments: [{ shortMessage: Buffer.alloc(0), tlvs: { message_payload: Buffer.concat(parts) } }],
      esmClass: 0,
    }),
  },
  // Counted as if it were split, so that the refusal can say how much is too much.
  refuse: {
    headerOctets: header16,
    build: (parts) => ({ segments: parts.map((shortMessage) => ({ shortMessage })), esmClass: 0 }),
  },
}
