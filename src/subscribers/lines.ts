import { Problem } from '../lib/problem.ts'

/** A physical line of a stream without its line end; `bytes` is undefined where it was longer than the limit. */
export interface Line {
  /** From 1. */
  line: number
  bytes: Buffer | undefined
}

/**
 * Cuts a stream of bytes into lines (LF or CRLF), reading no faster than it is read. A line above `maxBytes` is passed over to
 * its end without being held, so that a file without line ends cannot eat the memory.
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let held: Buffer[] = []
  let size = 0
  let line = 1
  const take = (last: Buffer): Line => {
    const bytes = size + last.length > maxBytes ? undefined : held.length === 0 ? last : Buffer.concat([...held, last])
    held = []
    size = 0
    return { line: line++, bytes: bytes?.at(-1) === 13 ? bytes.subarray(0, -1) : bytes }
  }
  for await (const part of stream) {
    const chunk = Buffer.isBuffer(part) ? part : Buffer.from(part.buffer, part.byteOffset, part.byteLength)
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield take(chunk.subarray(from, end))
      from = end + 1
    }
    const rest = chunk.subarray(from)
    if (rest.length > 0) {
      size += rest.length
      if (size <= maxBytes) held.push(Buffer.from(rest))
      else held = []
    }
  }
  if (size > 0) yield take(Buffer.alloc(0))
}

/** The lines without the byte order mark of UTF-8. @throws Problem `not-utf8` for a file in UTF-16, which every line would be refused of */
export async function* withoutBom(lines: AsyncIterable<Line>): AsyncGenerator<Line> {
  for await (const one of lines) {
    const { line, bytes } = one
    if (line === 1 && bytes && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))) {
      throw new Problem('not-utf8', 'The file is UTF-16', { where: 'line 1', hint: 'Save it as UTF-8.' })
    }
    const bom = line === 1 && bytes?.[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    yield bom ? { line, bytes: bytes.subarray(3) } : one
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 into text; undefined where it is broken (a byte replaced by U+FFFD would go unnoticed). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
