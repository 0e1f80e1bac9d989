import { encodeForCarrier } from '../carriers/encode.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { Problem } from '../lib/problem.ts'

/** How a carrier writes a text. */
export interface Writing {
  readonly encoding: string
  readonly segments: number
  readonly characters: number
  /** submit_sm: fewer than segments where one message_payload carries a long text. */
  readonly pdus: number
  /** As the phone shows it: a number with its plus, or a name. */
  readonly sender: string
}

/** How each carrier would write the text, by id; those that cannot are missing, and their people get the first text. */
export function writings(text: string, profiles: readonly CarrierProfile[]): Record<string, Writing> {
  const found: Record<string, Writing> = {}
  for (const profile of profiles) {
    const writing = writingOf(text, profile)
    if (writing) found[profile.id] = writing
  }
  return found
}

/** Undefined where the carrier cannot write it. */
export function writingOf(text: string, profile: CarrierProfile): Writing | undefined {
  try {
    const { encoding, airSegments, characters, segments } = encodeForCarrier(text, profile)
    return { encoding, segments: airSegments, characters, pdus: segments.length, sender: senderShown(profile) }
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

/** An international number (TON 1, SMPP 3.4 §5.2.5) is shown with its plus. */
const senderShown = ({ source }: CarrierProfile) => (source.ton === 1 ? `+${source.addr}` : source.addr)

/** What one message of the text takes of the contract. */
export const unitsOf = ({ counts }: CarrierProfile, { segments, pdus }: Writing): number =>
  counts === 'pdus' ? pdus : segments
