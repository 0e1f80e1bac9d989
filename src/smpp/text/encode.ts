import { Problem } from '../../lib/problem.ts'
import { type Cluster, clustersOf } from './clusters.ts'
import { type Coding, type CodingName, codings } from './codings.ts'
import { type LongForm, longForms, type Segment } from './long-forms.ts'
import { splitClusters } from './split.ts'

/** What a carrier takes: the `text` of its profile. */
export interface TextProfile {
  /** What data_coding 0 means at this carrier. */
  alphabet: 'gsm7' | 'ascii' | 'latin1'
  /** How a text goes that the alphabet cannot write. */
  unicode: 'ucs2' | 'ksx1001' | 'cp949'
  /** How a text goes that needs several segments. */
  long: LongForm
  /** Octets of user data on the air per segment, concatenation header included: 140, or 80 or 90 at some carriers. */
  segmentOctets: number
  /** Octets of every segment kept free for what the carrier adds. */
  reserveOctets: number
  maxSegments: number
}

export interface EncodedText {
  dataCoding: number
  /** esm_class of every segment: 0x40 with a UDH, else 0. */
  esmClass: number
  encoding: CodingName
  /** Code points of the text, after NFC. */
  characters: number
  /** One submit_sm each. */
  segments: Segment[]
  /** Segments on the air: more than `segments` where one message_payload carries a long text. */
  airSegments: number
}

/**
 * Encodes a text for one carrier: in its alphabet if every character fits, else in its Unicode coding; nothing is ever
 * replaced or cut. The text is brought to NFC first, so that jamo or accents typed apart count and fit as one character.
 * A segment never ends inside a surrogate pair, an escape pair, a double byte or (if one fits a segment) a combining
 * sequence.
 *
 * @param reference concatenation reference, 16 bits, of which `udh8` keeps the lower 8. The same for all segments; it must differ
 *   between texts that one phone may receive from one sender at the same time, and may be the same for all recipients of a text.
 * @throws Problem `text-not-encodable` with the characters and their places, `text-too-long` with the segments too many,
 *   `text-empty`.
 */
export function encodeText(text: string, profile: TextProfile, reference = 0): EncodedText {
  if (text === '') throw new Problem('text-empty', 'The text is empty')
  const normal = text.normalize('NFC')
  const { coding, clusters } = choose(normal, profile)
  const form = longForms[profile.long]
  const usable = profile.segmentOctets - profile.reserveOctets
  const single = roomOf(coding, usable)
  const multi = roomOf(coding, usable - form.headerOctets)
  if (profile.segmentOctets > 140 || multi < 8) {
    throw new Problem('text-profile', `${usable} octets of text a segment are not possible`, {
      where: 'segmentOctets',
      hint: 'A segment holds at most 140 octets (3GPP TS 23.040), and some must be left for the text.',
    })
  }
  const whole = splitClusters(clusters, single)
  const parts = whole.length <= 1 ? whole : splitClusters(clusters, multi)
  const allowed = profile.long === 'refuse' ? 1 : Math.min(profile.maxSegments, 255)
  if (parts.length > allowed) throw tooLong(coding, parts.length, allowed, allowed === 1 ? single : multi)
  const { segments, esmClass } =
    parts.length === 1 ? { segments: [{ shortMessage: parts[0]! }], esmClass: 0 } : form.build(parts, reference)
  return {
    dataCoding: coding.dataCoding,
    esmClass,
    encoding: coding.name,
    characters: [...normal].length,
    segments,
    airSegments: parts.length,
  }
}

/** Octets of short_message that fit `octets` on the air: 160 septets in 140. */
function roomOf(coding: Coding, octets: number): number {
  return Math.floor((octets * 8) / coding.bitsPerOctet)
}

function choose(text: string, profile: TextProfile): { coding: Coding; clusters: Cluster[] } {
  const alphabet = codings[profile.alphabet]
  const plain = clustersOf(text, alphabet)
  if (plain.missing.length === 0) return { coding: alphabet, clusters: plain.clusters }
  const coding = codings[profile.unicode]
  const { clusters, missing } = clustersOf(text, coding)
  if (missing.length === 0) return { coding, clusters }
  const details = missing.map(
    ({ char, position }) =>
      new Problem('character-not-encodable', `${nameOf(char)} cannot be written in ${coding.title}`, {
        where: `character ${position}`,
      }),
  )
  const list = missing.slice(0, 5).map(({ char, position }) => `${nameOf(char)} at character ${position}`)
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  throw new Problem('text-not-encodable', `${coding.title} cannot write ${list.join(', ')}${more}`, {
    where: `character ${missing[0]?.position}`,
    hint: 'Write the text without these characters; nothing is replaced silently.',
    details: details.slice(0, 20),
  })
}

function nameOf(char: string): string {
  const code = char.codePointAt(0) as number
  const hex = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  // Control characters, lone surrogates and the like have no shape to show.
  return /^[\p{C}\p{Z}]$/u.test(char) ? hex : `“${char}” (${hex})`
}

function tooLong(coding: Coding, needed: number, allowed: number, room: number): Problem {
  const over = needed - allowed
  return new Problem(
    'text-too-long',
    `The text needs ${needed} segments of ${room} octets in ${coding.title}; the carrier takes ${allowed}: ${over} too many`,
    { hint: 'Shorten the text: it is never cut.' },
  )
}
