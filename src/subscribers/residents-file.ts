import type { Countries } from '../geo/countries.ts'
import { maskMsisdn } from '../lib/mask.ts'
import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { notUtf8, tooLong } from './csv-records.ts'
import { readTable } from './csv-table.ts'
import { decodeUtf8, type Line, readLines, withoutBom } from './lines.ts'
import { MsisdnLines } from './msisdn-lines.ts'
import { parseResident, type Resident, type ResidentColumn, type ResidentRecord, residentColumns } from './resident.ts'

export type ResidentsFormat = 'csv' | 'ndjson' | 'auto'

/** A row of a file: the resident, with what a person should look at, or why it was refused. */
export type ResidentRow = { line: number; resident: Resident; warnings: string[] } | { line: number; problem: Problem }

const maxLineBytes = 65_536
const required: readonly ResidentColumn[] = ['msisdn', 'mission', 'country']

/**
 * Reads a file of residents (CSV with a header, or NDJSON with the header's names as keys) as a stream, no faster than it is
 * consumed. A row that cannot be used is reported with its line and costs nothing else; a header that cannot be used is a
 * Problem of the whole file and is thrown. Of a number that comes twice the first row counts. `auto` takes a file that begins
 * with `{` for NDJSON.
 */
export async function* readResidents(
  stream: AsyncIterable<Uint8Array>,
  format: ResidentsFormat,
  countries: Countries,
): AsyncGenerator<ResidentRow> {
  const seen = new MsisdnLines()
  for await (const row of records(withoutBom(readLines(stream, maxLineBytes)), format)) {
    if ('problem' in row) {
      yield row
      continue
    }
    const { line, record } = row
    try {
      const { resident, warnings } = parseResident(record, countries)
      const first = seen.firstSeen(resident.msisdn, line)
      if (first === undefined) yield { line, resident, warnings }
      else yield { line, problem: duplicate(resident.msisdn, first) }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      yield { line, problem: error }
    }
  }
}

type RawRow = { line: number; record: ResidentRecord } | { line: number; problem: Problem }

async function* records(lines: AsyncGenerator<Line>, format: ResidentsFormat): AsyncGenerator<RawRow> {
  const first = await lines.next()
  if (first.done) throw new Problem('file-empty', 'The file is empty', { where: 'line 1' })
  const all = prepend(first.value, lines)
  const json =
    format === 'ndjson' || (format === 'auto' && first.value.bytes?.toString('latin1').trimStart()[0] === '{')
  yield* json ? jsonRecords(all) : readTable(all, { columns: residentColumns, required, of: 'residents' })
}

async function* jsonRecords(lines: AsyncIterable<Line>): AsyncGenerator<RawRow> {
  for await (const { line, bytes } of lines) {
    const text = bytes === undefined ? undefined : decodeUtf8(bytes)
    if (bytes === undefined || text === undefined) {
      yield { line, problem: bytes === undefined ? tooLong() : notUtf8() }
      continue
    }
    if (text.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      yield { line, problem: new Problem('bad-json', 'The line is not JSON', { cause }) }
      continue
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      yield { line, problem: new Problem('bad-json', 'The line is not a JSON object') }
      continue
    }
    const unknown = Object.keys(value).find((key) => !isColumn(key))
    if (unknown === undefined) yield { line, record: value }
    else {
      const near = nearest(unknown, residentColumns)
      yield {
        line,
        problem: new Problem('unknown-field', `The field "${unknown}" is unknown`, {
          where: unknown,
          hint: near === undefined ? `Known are ${residentColumns.join(', ')}.` : `Did you mean "${near}"?`,
        }),
      }
    }
  }
}

function isColumn(name: string): boolean {
  return (residentColumns as readonly string[]).includes(name)
}

async function* prepend(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield first
  yield* rest
}

function duplicate(msisdn: string, line: number): Problem {
  return new Problem('duplicate-msisdn', `${maskMsisdn(msisdn)} was on line ${line} already`, { where: 'msisdn' })
}
