import iconv from 'iconv-lite'
import { Problem } from '../lib/problem.ts'

/** Bytes of the largest alert taken: a polygon of 100,000 vertices is about 2 MB. */
export const MAX_XML_BYTES = 4 * 1024 * 1024

const HINT = 'Write the file as UTF-8, UTF-16 or ISO-8859-1 and say so in the XML declaration.'

/** Labels of the XML declaration, lower case. ISO-8859-1 is read as windows-1252, its superset, which is what is meant in practice. */
const encodings: Record<string, 'utf-8' | 'utf-16' | 'windows-1252'> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  'utf-16': 'utf-16',
  'utf-16le': 'utf-16',
  'utf-16be': 'utf-16',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
}

/**
 * The characters of an XML document by its BOM, else its first bytes, else its declaration (XML 1.0, appendix F); UTF-8 by default.
 * A string is taken as it is. Bytes that are not what they are said to be are refused: a replaced character in a warning is not seen until it is on 100,000 phones.
 * @throws Problem `cap-too-large` (413), `bad-encoding`
 */
export function decodeXml(input: Uint8Array | string): string {
  const length = typeof input === 'string' ? Buffer.byteLength(input) : input.length
  if (length > MAX_XML_BYTES) {
    throw new Problem('cap-too-large', `The alert has ${length} bytes`, {
      status: 413,
      hint: `At most ${MAX_XML_BYTES} are taken; simplify its polygons.`,
    })
  }
  if (typeof input === 'string') return input.replace(/^\uFEFF/, '')
  const encoding = detect(input)
  // Node 20's own decoder of windows-1252 leaves 0x80 to 0x9F as control characters.
  if (encoding === 'windows-1252') return iconv.decode(Buffer.from(input), encoding)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(input)
  } catch (cause) {
    throw new Problem('bad-encoding', `The alert says it is ${encoding}, but some bytes are not`, { hint: HINT, cause })
  }
}

function detect(bytes: Uint8Array): string {
  const [a, b, c] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0x00 && b === 0x3c) return 'utf-16be'
  if (a === 0x3c && b === 0x00) return 'utf-16le'
  const head = String.fromCharCode(...bytes.subarray(0, 200))
  const label = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']+)["']/.exec(head)?.[1] ?? 'utf-8'
  const encoding = encodings[label.toLowerCase()]
  if (encoding === undefined) throw new Problem('bad-encoding', `The encoding ${label} is not taken`, { hint: HINT })
  // One byte a character so far: it cannot be UTF-16, whatever it says.
  if (encoding === 'utf-16') throw new Problem('bad-encoding', `The alert says ${label}, but is not`, { hint: HINT })
  return encoding
}
