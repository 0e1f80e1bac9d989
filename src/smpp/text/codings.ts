import iconv from 'iconv-lite'
import { gsm7Septets } from './gsm7.ts'

export type CodingName = 'gsm7' | 'ascii' | 'latin1' | 'ucs2' | 'ksx1001' | 'cp949'

/** A way to write characters as the octets of a short_message. */
export interface Coding {
  readonly name: CodingName
  /** As a person calls it. */
  readonly title: string
  readonly dataCoding: number
  /** Bits of the air interface that one octet of short_message stands for: 7 where septets travel unpacked. */
  readonly bitsPerOctet: 7 | 8
  /** The octets of one code point; `undefined` if the coding lacks it. */
  encode(char: string): readonly number[] | undefined
}

const isPlain = (code: number) => (code >= 0x20 && code <= 0x7e) || code === 0x0a || code === 0x0d

function ascii(char: string): number[] | undefined {
  const code = char.codePointAt(0) as number
  return isPlain(code) ? [code] : undefined
}

function latin1(char: string): number[] | undefined {
  const code = char.codePointAt(0) as number
  return isPlain(code) || (code >= 0xa0 && code <= 0xff) ? [code] : undefined
}

/** UTF-16BE: characters beyond the BMP go as surrogate pairs, which phones show although UCS-2 proper lacks them. */
function ucs2(char: string): number[] | undefined {
  const octets: number[] = []
  for (let i = 0; i < char.length; i++) {
    const unit = char.charCodeAt(i)
    octets.push(unit >> 8, unit & 0xff)
  }
  const lone = char.length === 1 && (octets[0] as number) >= 0xd8 && (octets[0] as number) <= 0xdf
  return lone ? undefined : octets
}

function cp949(char: string): readonly number[] | undefined {
  const plain = ascii(char)
  if (plain !== undefined) return plain
  // iconv-lite writes `?` for what it lacks, and one octet for control characters and C1.
  const octets = iconv.encode(char, 'cp949')
  return octets.length === 2 ? [...octets] : undefined
}

/** KS X 1001 is the part of cp949 whose both octets have their high bit set from 0xA1 on: EUC-KR. */
function ksx1001(char: string): readonly number[] | undefined {
  const octets = cp949(char)
  return octets?.every((octet) => octet < 0x80 || octet >= 0xa1) ? octets : undefined
}

/** data_coding values of SMPP 3.4 §5.2.19; 0 is the SMSC's default alphabet, whichever that is. */
export const codings: Readonly<Record<CodingName, Coding>> = {
  gsm7: { name: 'gsm7', title: 'GSM 7-bit', dataCoding: 0x00, bitsPerOctet: 7, encode: gsm7Septets },
  ascii: { name: 'ascii', title: 'ASCII', dataCoding: 0x00, bitsPerOctet: 8, encode: ascii },
  latin1: { name: 'latin1', title: 'Latin-1', dataCoding: 0x00, bitsPerOctet: 8, encode: latin1 },
  ucs2: { name: 'ucs2', title: 'UCS-2', dataCoding: 0x08, bitsPerOctet: 8, encode: ucs2 },
  ksx1001: { name: 'ksx1001', title: 'KS X 1001 (EUC-KR)', dataCoding: 0x0e, bitsPerOctet: 8, encode: ksx1001 },
  cp949: { name: 'cp949', title: 'CP949 (extended EUC-KR)', dataCoding: 0x0e, bitsPerOctet: 8, encode: cp949 },
}
