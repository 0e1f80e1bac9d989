import { Problem } from '../lib/problem.ts'
import { readCsv } from './csv-records.ts'
import { readLines, withoutBom } from './lines.ts'
import { parseMsisdn } from './msisdn.ts'

/** A line of a file of numbers: E.164 digits, or why it was refused. */
export type NumberRow = { line: number; msisdn: string } | { line: number; problem: Problem }

/** Reads a file of numbers as a stream: CSV, of which the first column counts; a header `msisdn` and empty lines are passed over. */
export async function* readNumbers(stream: AsyncIterable<Uint8Array>): AsyncGenerator<NumberRow> {
  for await (const record of readCsv(withoutBom(readLines(stream, 65_536)))) {
    const { line } = record
    if ('problem' in record) {
      yield { line, problem: record.problem }
      continue
    }
    const raw = record.fields[0]?.trim() ?? ''
    if (raw === '' || (line === 1 && raw.toLowerCase() === 'msisdn')) continue
    try {
      yield { line, msisdn: parseMsisdn(raw).msisdn }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      yield { line, problem: error }
    }
  }
}
