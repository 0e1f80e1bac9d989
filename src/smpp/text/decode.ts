import iconv from 'iconv-lite'
import type { CodingName } from './codings.ts'
import { decodeGsm7 } from './gsm7.ts'

/** data_coding values that say the same everywhere (SMPP 3.4 §5.2.19). */
const fixed: Readonly<Record<number, CodingName>> = {
  1: 'ascii',
  3: 'latin1',
  8: 'ucs2',
  // KS C 5601: cp949 reads all of it, and what phones write beyond it.
  14: 'cp949',
}

/**
 * How the text of a deliver_sm is written; `undefined` where it is binary, or in a coding that no carrier of ours uses.
 * @param alphabet what data_coding 0 means at the carrier.
 */
export function codingOf(dataCoding: number, alphabet: 'gsm7' | 'ascii' | 'latin1'): CodingName | undefined {
  // 0xF0 to 0xF3: the default alphabet with a message class, for example a flash text.
  if (dataCoding === 0 || (dataCoding & 0xfc) === 0xf0) return alphabet
  return fixed[dataCoding]
}

/** Reads the octets of a text without its user data header; `undefined` where they are none in this coding. Nothing is guessed. */
export function decodeText(octets: Buffer, coding: CodingName): string | undefined {
  const text = readers[coding](octets)
  return text === undefined || unreadable.test(text) ? undefined : text
}

/** U+FFFD stands for what a reader could not read; a lone surrogate is half a character. */
const unreadable = /[\ufffd\p{Surrogate}]/u

const readCp949 = (octets: Buffer) => iconv.decode(octets, 'cp949')

const readers: Readonly<Record<CodingName, (octets: Buffer) => string | undefined>> = {
  gsm7: decodeGsm7,
  ascii: (octets) => (octets.every((octet) => octet < 0x80) ? octets.toString('latin1') : undefined),
  latin1: (octets) => octets.toString('latin1'),
  ucs2: (octets) => (octets.length % 2 === 0 ? Buffer.from(octets).swap16().toString('utf16le') : undefined),
  ksx1001: readCp949,
  cp949: readCp949,
}
