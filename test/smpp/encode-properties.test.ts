import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { type Prng, prng } from '../../src/lib/prng.ts'
import type { CodingName } from '../../src/smpp/text/codings.ts'
import { encodeText, type TextProfile } from '../../src/smpp/text/encode.ts'
import { decodeGsm7 } from '../../src/smpp/text/gsm7.ts'
import type { LongForm, Segment } from '../../src/smpp/text/long-forms.ts'

/** What each coding is tried with: characters of one and of several octets, and clusters of several characters. */
const pieces: Readonly<Record<CodingName, readonly string[]>> = {
  gsm7: ['a', 'Z', ' ', '\r\n', '@', 'Δ', 'é', '€', '{', '~', '[', '^'],
  ascii: ['a', 'Z', '7', ' ', '\r\n', '~', '['],
  latin1: ['a', 'é', 'ÿ', '¡', ' ', '\r\n', 'ß'],
  ucs2: ['a', '가', '힣', '漢', 'é', 'x\u0323\u0302', '😀', '👨‍👩‍👧‍👦', '🇰🇷', '\r\n', '€', '한\u0301'],
  ksx1001: ['a', ' ', '7', '가', '힝', '漢', '㈜', '\r\n'],
  cp949: ['a', ' ', '가', '펲', '똠', '뷁', '漢', '\r\n'],
}

/** One cluster longer than any segment: it must be cut, but not inside a surrogate pair. */
const endless = `${'👨\u200d'.repeat(30)}👨`

const charsets = { ascii: 'ascii', latin1: 'latin1', ucs2: 'utf16-be', ksx1001: 'cp949', cp949: 'cp949' } as const
const headerOctets = { udh: 7, udh8: 6, sar: 0, payload: 0, refuse: 0 } as const

const codings = Object.keys(pieces) as CodingName[]
const forms: readonly LongForm[] = ['udh', 'udh8', 'sar', 'payload', 'refuse']
const cases = codings.flatMap((coding) =>
  forms.flatMap((long) => [80, 90, 140].map((segmentOctets) => [coding, long, segmentOctets] as const)),
)

function profileFor(coding: CodingName, long: LongForm, segmentOctets: number, reserveOctets: number): TextProfile {
  const common = { long, segmentOctets, reserveOctets, maxSegments: 255 }
  return coding === 'gsm7' || coding === 'ascii' || coding === 'latin1'
    ? { alphabet: coding, unicode: 'ucs2', ...common }
    : { alphabet: 'ascii', unicode: coding, ...common }
}

function randomText(random: Prng, coding: CodingName, longest: number): string {
  // One that only this coding can write, so that the alphabet does not take the text.
  const own = { ucs2: '😀', ksx1001: '가', cp949: '펲' } as Readonly<Record<string, string>>
  const known = coding === 'ucs2' && longest > 2 ? [...pieces.ucs2, endless] : pieces[coding]
  const text = Array.from({ length: 1 + random.int(longest) }, () => random.pick(known)).join('')
  return `${text}${own[coding] ?? ''}`.normalize('NFC')
}

/** One part as a phone reads it that gets it alone: half a character would show as U+FFFD, or be missing. */
function shownAlone(octets: Buffer, coding: CodingName): string {
  return coding === 'gsm7' ? decodeGsm7(octets) : iconv.decode(octets, charsets[coding])
}

/** No escape, surrogate or lead octet stands at the end without what belongs to it. */
function isWhole(octets: Buffer, coding: CodingName): boolean {
  if (coding === 'gsm7') return octets.at(-1) !== 0x1b
  if (coding === 'ucs2') {
    const unit = (at: number) => octets.readUInt16BE(at)
    const isLow = (code: number) => code >= 0xdc00 && code <= 0xdfff
    const isHigh = (code: number) => code >= 0xd800 && code <= 0xdbff
    return octets.length % 2 === 0 && !isLow(unit(0)) && !isHigh(unit(octets.length - 2))
  }
  return !shownAlone(octets, coding).includes('\ufffd')
}

function airOctets(octets: number, coding: CodingName): number {
  return coding === 'gsm7' ? Math.ceil((octets * 7) / 8) : octets
}

function checkHeader({ shortMessage, tlvs }: Segment, long: LongForm, part: number, parts: number, ref: number): void {
  if (long === 'sar') {
    expect(tlvs).toEqual({ sar_msg_ref_num: ref, sar_total_segments: parts, sar_segment_seqnum: part })
  } else if (long === 'udh') {
    expect([...shortMessage.subarray(0, 7)]).toEqual([6, 8, 4, ref >> 8, ref & 0xff, parts, part])
  } else {
    expect([...shortMessage.subarray(0, 6)]).toEqual([5, 0, 3, ref & 0xff, parts, part])
  }
}

describe('a random text in every coding, long form and size of segment', () => {
  it.each(cases)(
    '%s by %s in %i octets: comes out whole, nothing cut, nothing too long',
    (coding, long, segmentOctets) => {
      const random = prng(codings.indexOf(coding) * 1000 + forms.indexOf(long) * 200 + segmentOctets)
      let split = 0
      for (let round = 0; round < 40; round++) {
        const reserve = random.pick([0, 0, 7, 20])
        const profile = profileFor(coding, long, segmentOctets, reserve)
        // A text that is refused for its length is tried in test/smpp/encode.test.ts.
        const text = randomText(random, coding, long === 'refuse' ? 2 : coding === 'ucs2' ? 120 : 260)
        const reference = random.int(0x10000)
        const encoded = encodeText(text, profile, reference)
        expect(encoded.encoding).toBe(
          coding === 'ksx1001' || coding === 'cp949' || coding === 'ucs2' ? coding : profile.alphabet,
        )
        const parts = encoded.segments
        const concatenated = parts.length > 1
        const header = concatenated ? headerOctets[long] : 0
        const bodies = parts.map(({ shortMessage, tlvs }) => tlvs?.message_payload ?? shortMessage.subarray(header))
        expect(bodies.map((octets) => shownAlone(octets, coding)).join('')).toBe(text)
        for (const [i, octets] of bodies.entries()) {
          expect(isWhole(octets, coding)).toBe(true)
          if (concatenated) checkHeader(parts[i] as Segment, long, i + 1, parts.length, reference)
          if (encoded.airSegments !== parts.length) continue
          // SAR becomes a header of 7 octets on the air.
          const onAir = airOctets(octets.length, coding) + (concatenated ? Math.max(header, long === 'sar' ? 7 : 0) : 0)
          expect(onAir).toBeLessThanOrEqual(segmentOctets - reserve)
        }
        if (encoded.airSegments > 1) split++
      }
      // Most texts are long, or nothing was tried.
      if (long !== 'refuse') expect(split).toBeGreaterThan(15)
    },
  )
})
