import { type EncodedText, encodeText } from '../smpp/text/encode.ts'
import type { CarrierProfile } from './schema.ts'

/**
 * A text as one carrier gets it. Preview, launch and dispatch all ask here, so what was shown is what is sent.
 * @throws Problem `text-not-encodable` or `text-too-long` where it does not fit the carrier.
 */
export function encodeForCarrier(text: string, profile: CarrierProfile, reference = 0): EncodedText {
  return encodeText(text, profile.text, reference)
}
