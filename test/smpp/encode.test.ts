import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { encodeText, type TextProfile } from '../../src/smpp/text/encode.ts'
import { decodeGsm7 } from '../../src/smpp/text/gsm7.ts'

const usual: TextProfile = {
  alphabet: 'gsm7',
  unicode: 'ucs2',
  long: 'udh',
  segmentOctets: 140,
  reserveOctets: 0,
  maxSegments: 6,
}

function problemOf(text: string, profile: Partial<TextProfile> = {}): Problem {
  try {
    encodeText(text, { ...usual, ...profile })
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was encoded')
}

/** Octets of text in each segment, without the UDH. */
function sizes(text: string, profile: Partial<TextProfile> = {}): number[] {
  const { segments, esmClass } = encodeText(text, { ...usual, ...profile })
  return segments.map(({ shortMessage }) => shortMessage.length - (esmClass === 0x40 ? 7 : 0))
}

/** What a phone shows that puts the segments together. */
function shown(text: string, profile: Partial<TextProfile> = {}): string {
  const { segments, esmClass, encoding } = encodeText(text, { ...usual, ...profile })
  const octets = segments.map(({ shortMessage, tlvs }) => {
    const part = shortMessage.subarray(esmClass === 0x40 ? 7 : 0)
    return tlvs?.message_payload ?? part
  })
  if (encoding === 'gsm7') return octets.map(decodeGsm7).join('')
  // Every segment is decoded on its own, as phones do: a character cut in two would show.
  const charset = { ascii: 'ascii', latin1: 'latin1', ucs2: 'utf16-be', ksx1001: 'cp949', cp949: 'cp949' }[encoding]
  return octets.map((part) => iconv.decode(part, charset)).join('')
}

describe('the room of a segment', () => {
  it.each<[string, Partial<TextProfile>, string, number, number]>([
    ['GSM 7-bit', {}, 'a', 160, 152],
    ['UCS-2', {}, '가', 70, 66],
    ['ASCII', { alphabet: 'ascii' }, 'a', 140, 133],
    ['Latin-1', { alphabet: 'latin1' }, 'é', 140, 133],
    ['KS X 1001', { alphabet: 'ascii', unicode: 'ksx1001' }, '가', 70, 66],
    ['KS X 1001 of 80 octets', { alphabet: 'ascii', unicode: 'ksx1001', segmentOctets: 80 }, '가', 40, 36],
    ['GSM 7-bit with a reserve of 20', { reserveOctets: 20 }, 'a', 137, 129],
    ['UCS-2 with a reserve of 20', { reserveOctets: 20 }, '가', 60, 56],
    ['GSM 7-bit by SAR', { long: 'sar' }, 'a', 160, 152],
    ['GSM 7-bit with an 8-bit reference', { long: 'udh8' }, 'a', 160, 153],
    ['GSM 7-bit escape pairs with an 8-bit reference', { long: 'udh8' }, '€', 80, 76],
    ['UCS-2 with an 8-bit reference', { long: 'udh8' }, '가', 70, 67],
    ['Latin-1 with an 8-bit reference', { alphabet: 'latin1', long: 'udh8' }, 'é', 140, 134],
    ['KS X 1001 with an 8-bit reference', { alphabet: 'ascii', unicode: 'ksx1001', long: 'udh8' }, '가', 70, 67],
    ['GSM 7-bit of 90 octets', { segmentOctets: 90 }, 'a', 102, 94],
  ])('%s', (_, profile, char, single, multi) => {
    const count = (n: number) => encodeText(char.repeat(n), { ...usual, ...profile }).airSegments
    expect(count(single)).toBe(1)
    expect(count(single + 1)).toBe(2)
    expect(count(2 * multi)).toBe(2)
    expect(count(2 * multi + 1)).toBe(3)
  })
})

describe('the choice of coding', () => {
  it.each<[string, Partial<TextProfile>, string, string, number]>([
    ['the alphabet if it can write everything', {}, 'Evacuate @£ΔÉ ~[€]', 'gsm7', 0],
    ['UCS-2 for one character that it cannot', {}, 'Evacuate ç', 'ucs2', 8],
    ['KS X 1001 at a Korean carrier', { unicode: 'ksx1001' }, '긴급 대피', 'ksx1001', 0x0e],
    ['CP949 at a Korean carrier that takes it', { unicode: 'cp949' }, '펲시콜라', 'cp949', 0x0e],
    ['Latin-1 for accents', { alphabet: 'latin1' }, 'Évacuez çà', 'latin1', 0],
    ['UCS-2 where Latin-1 lacks the euro', { alphabet: 'latin1' }, '5 €', 'ucs2', 8],
    ['ASCII', { alphabet: 'ascii' }, 'Leave now\r\n[~]', 'ascii', 0],
  ])('takes %s', (_, profile, text, encoding, dataCoding) => {
    const encoded = encodeText(text, { ...usual, ...profile })
    expect(encoded).toMatchObject({ encoding, dataCoding, esmClass: 0 })
    expect(shown(text, profile)).toBe(text)
  })

  it('writes Korean in EUC-KR octets', () => {
    const { segments } = encodeText('대피 A', { ...usual, unicode: 'ksx1001' })
    expect(segments[0]?.shortMessage.toString('hex')).toBe('b4ebc7c72041')
  })

  it('writes GSM 03.38 septets, an octet each', () => {
    const { segments } = encodeText('@_€é', usual)
    expect(segments[0]?.shortMessage.toString('hex')).toBe('00111b6505')
  })

  it('joins what was typed apart: decomposed Hangul counts and fits as syllables', () => {
    const apart = '대피하세요'.normalize('NFD')
    expect(encodeText(apart, { ...usual, unicode: 'ksx1001' })).toMatchObject({ encoding: 'ksx1001', characters: 5 })
  })
})

describe('what cannot be written', () => {
  it('is refused with the characters and their places, never replaced', () => {
    const problem = problemOf('대피 😀 Café', { unicode: 'ksx1001' })
    expect(problem.code).toBe('text-not-encodable')
    expect(problem.message).toBe(
      'KS X 1001 (EUC-KR) cannot write “😀” (U+1F600) at character 4, “é” (U+00E9) at character 9',
    )
    expect(problem.details.map(({ where }) => where)).toEqual(['character 4', 'character 9'])
  })

  it('tells KS X 1001 from the syllables that only CP949 has', () => {
    expect(problemOf('펲', { unicode: 'ksx1001' }).message).toContain('펲')
    expect(shown('펲', { unicode: 'cp949' })).toBe('펲')
  })

  it('includes half a surrogate pair', () => {
    expect(problemOf('\ud83d!').message).toContain('U+D83D at character 1')
  })

  it('includes ESC, which is no character of GSM 03.38', () => {
    expect(encodeText('\u001b', usual).encoding).toBe('ucs2')
  })

  it('is an empty text', () => {
    expect(problemOf('').code).toBe('text-empty')
  })
})

describe('too long a text', () => {
  it('is refused with the segments it needs and how many are too many', () => {
    const problem = problemOf('가'.repeat(66 * 8), { maxSegments: 6 })
    expect(problem.code).toBe('text-too-long')
    expect(problem.message).toContain('needs 8 segments')
    expect(problem.message).toContain('takes 6: 2 too many')
    expect(encodeText('가'.repeat(66 * 6), usual).segments.length).toBe(6)
  })

  it('is any text of two segments where the carrier does no concatenation', () => {
    expect(encodeText('a'.repeat(160), { ...usual, long: 'refuse' }).segments.length).toBe(1)
    expect(problemOf('a'.repeat(161), { long: 'refuse' }).code).toBe('text-too-long')
  })

  it('counts the segments on the air of a message_payload', () => {
    expect(problemOf('a'.repeat(152 * 2 + 1), { long: 'payload', maxSegments: 2 }).code).toBe('text-too-long')
  })
})

describe('a long text', () => {
  it('goes by UDH with a 16-bit reference', () => {
    const encoded = encodeText('a'.repeat(200), usual, 0xabcd)
    expect(encoded).toMatchObject({ esmClass: 0x40, airSegments: 2 })
    const headers = encoded.segments.map(({ shortMessage }) => shortMessage.subarray(0, 7).toString('hex'))
    expect(headers).toEqual(['060804abcd0201', '060804abcd0202'])
  })

  it('goes by UDH with an 8-bit reference, the lower octet of the one given', () => {
    const encoded = encodeText('a'.repeat(200), { ...usual, long: 'udh8' }, 0xabcd)
    expect(encoded).toMatchObject({ esmClass: 0x40, airSegments: 2 })
    const headers = encoded.segments.map(({ shortMessage }) => shortMessage.subarray(0, 6).toString('hex'))
    expect(headers).toEqual(['050003cd0201', '050003cd0202'])
    expect(encoded.segments.map(({ shortMessage }) => shortMessage.length)).toEqual([6 + 153, 6 + 47])
  })

  it('goes by SAR TLVs', () => {
    const encoded = encodeText('a'.repeat(200), { ...usual, long: 'sar' }, 7)
    expect(encoded.esmClass).toBe(0)
    expect(encoded.segments.map(({ tlvs }) => tlvs)).toEqual([
      { sar_msg_ref_num: 7, sar_total_segments: 2, sar_segment_seqnum: 1 },
      { sar_msg_ref_num: 7, sar_total_segments: 2, sar_segment_seqnum: 2 },
    ])
  })

  it('goes in one message_payload', () => {
    const encoded = encodeText('가'.repeat(100), { ...usual, long: 'payload' })
    expect(encoded.segments.length).toBe(1)
    expect(encoded.segments[0]?.shortMessage.length).toBe(0)
    expect(encoded.segments[0]?.tlvs?.message_payload?.length).toBe(200)
    expect(encoded).toMatchObject({ esmClass: 0, airSegments: 2 })
  })

  it('is never cut inside an escape pair', () => {
    expect(sizes(`${'a'.repeat(151)}€${'b'.repeat(20)}`)).toEqual([151, 22])
    expect(sizes(`${'a'.repeat(150)}€${'b'.repeat(20)}`)).toEqual([152, 20])
  })

  it('is never cut inside a surrogate pair', () => {
    expect(sizes(`${'가'.repeat(65)}😀${'나'.repeat(20)}`)).toEqual([130, 44])
  })

  it('is never cut inside a double byte', () => {
    const korean = { alphabet: 'ascii', unicode: 'ksx1001' } as const
    expect(sizes(`a${'가'.repeat(70)}`, korean)).toEqual([133, 8])
    expect(sizes(`${'가'.repeat(71)}`, korean)).toEqual([132, 10])
  })

  it('is not cut inside a combining sequence, unless that alone is too long', () => {
    const family = '👨‍👩‍👧‍👦'
    expect(sizes(`${'가'.repeat(60)}${family}${'나'.repeat(10)}`)).toEqual([120, family.length * 2 + 20])
    const zalgo = `a${'\u0330'.repeat(100)}`
    expect(shown(zalgo)).toBe(zalgo.normalize('NFC'))
  })
})

describe('an impossible profile', () => {
  it.each([{ segmentOctets: 141 }, { segmentOctets: 20, reserveOctets: 10 }])('%o is refused', (profile) => {
    expect(problemOf('text', profile).code).toBe('text-profile')
  })
})

describe('decodeGsm7', () => {
  it('shows the basic character for an unknown extension', () => {
    expect(decodeGsm7(Buffer.of(0x1b, 0x41, 0x1b, 0x3c, 0x00))).toBe('A[@')
  })

  it('undoes the encoding of every character', () => {
    const all = [...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà\f^{}\\[~]|€']
    for (const char of all) expect(shown(char), char).toBe(char)
    expect(all.every((char) => encodeText(char, usual).encoding === 'gsm7')).toBe(true)
  })
})
