import { parse } from 'csv-parse/sync'
import { Problem } from '../lib/problem.ts'
import { decodeUtf8, type Line } from './lines.ts'

/** A CSV record with the line that it begins on, or what is wrong with that line. */
export type CsvRecord = { line: number; fields: string[] } | { line: number; problem: Problem }

/** A quoted field may hold line ends (addresses do); a quote never closed must not swallow the file. */
const maxLinesPerRecord = 20

/**
 * Joins lines into CSV records (RFC 4180, comma). Whatever is wrong with one costs that one: a quote left open is reported on
 * its line, and reading goes on with the next.
 */
export async function* readCsv(lines: AsyncIterable<Line>): AsyncGenerator<CsvRecord> {
  let pending: { line: number; text: string }[] = []
  for await (const { line, bytes } of lines) {
    const text = bytes === undefined ? undefined : decodeUtf8(bytes)
    if (text === undefined) {
      for (const one of pending) yield read(one.line, one.text)
      pending = []
      yield { line, problem: bytes === undefined ? tooLong() : notUtf8() }
      continue
    }
    pending.push({ line, text })
    yield* settle(pending, false)
  }
  yield* settle(pending, true)
}

/** Emits what is complete in `pending`, leaves in it a record that may go on. */
function* settle(pending: { line: number; text: string }[], end: boolean): Generator<CsvRecord> {
  while (pending.length > 0) {
    const first = pending[0] as { line: number; text: string }
    let text = ''
    let used = 0
    for (; used < pending.length && used < maxLinesPerRecord; ) {
      text += (used === 0 ? '' : '\n') + (pending[used] as { text: string }).text
      used++
      if (!leftOpen(text)) break
    }
    if (leftOpen(text) && used < maxLinesPerRecord && !end) return
    const whole = !leftOpen(text)
    pending.splice(0, whole ? used : 1)
    if (whole && text === '') continue
    yield whole ? read(first.line, text) : { line: first.line, problem: openQuote() }
  }
}

/** Quotes come in pairs; a doubled one within a field counts as two. */
function leftOpen(text: string): boolean {
  let open = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) open = !open
  return open
}

function read(line: number, text: string): CsvRecord {
  if (!text.includes('"')) return { line, fields: text.split(',') }
  try {
    const [fields = []] = parse(text, { relax_column_count: true, record_delimiter: '\n' }) as string[][]
    return { line, fields }
  } catch {
    return leftOpen(text) ? { line, problem: openQuote() } : { line, problem: badQuote() }
  }
}

const openQuote = () =>
  new Problem('csv-quote', 'A quote is opened and not closed', { hint: 'Write a quote within a field twice.' })
const badQuote = () =>
  new Problem('csv-quote', 'A quote stands inside a field', {
    hint: 'Put the whole field in quotes and write a quote within it twice.',
  })

export const tooLong = () => new Problem('line-too-long', 'The line is longer than 64 KB')
export const notUtf8 = () =>
  new Problem('not-utf8', 'The line is not UTF-8', { hint: 'Save the file as UTF-8 (in Excel: "CSV UTF-8").' })
