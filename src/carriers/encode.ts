import { Problem } from '../lib/problem.ts'
import { type EncodedText, encodeText } from '../smpp/text/encode.ts'
import type { CarrierProfile } from './schema.ts'

/**
 * A text as one carrier gets it. Preview, launch and dispatch all ask here, so what was shown is what is sent.
 * @throws Problem `text-not-encodable` or `text-too-long` where it does not fit the carrier.
 */
export function encodeForCarrier(text: string, profile: CarrierProfile, reference = 0): EncodedText {
  const encoded = encodeText(text, profile.text, reference)
  // One PDU that costs more than a second's contract could never be sent within it.
  if (profile.counts === 'segments' && segmentsPerPdu(encoded) > profile.throughput) {
    throw new Problem(
      'text-too-long',
      `The text is ${encoded.airSegments} segments in one PDU, but ${profile.id} takes ${profile.throughput} segments a second`,
      { hint: 'Shorten the text, or set `long: udh` in the profile of the carrier.' },
    )
  }
  return encoded
}

/** What one submit_sm costs where the contract counts segments: more than 1 where a message_payload carries a long text. */
export const segmentsPerPdu = ({ airSegments, segments }: EncodedText): number =>
  Math.ceil(airSegments / segments.length)
