import { nearest } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { readCsv } from './csv-records.ts'
import type { Line } from './lines.ts'

export interface TableShape<Column extends string> {
  readonly columns: readonly Column[]
  readonly required: readonly Column[]
  /** What the file is of, for people: `residents`. */
  readonly of: string
  /** Takes columns that are not known; without it they refuse the file. */
  readonly ignore?: (name: string) => void
}

export type TableRow<Column extends string> =
  | { line: number; record: Partial<Record<Column, string>> }
  | { line: number; problem: Problem }

/**
 * Reads CSV with a header, whose columns may stand in any order. A row that cannot be used is told with its line; a header that
 * cannot be used is a Problem of the whole file and is thrown.
 */
export async function* readTable<Column extends string>(
  lines: AsyncIterable<Line>,
  shape: TableShape<Column>,
): AsyncGenerator<TableRow<Column>> {
  let header: (Column | undefined)[] | undefined
  for await (const row of readCsv(lines)) {
    if (!header) {
      if ('problem' in row) throw at(row.problem, `line ${row.line}`)
      header = parseHeader(row.fields, row.line, shape)
    } else if ('problem' in row) yield row
    else if (row.fields.length !== header.length) {
      yield {
        line: row.line,
        problem: new Problem('csv-columns', `${row.fields.length} columns where the header has ${header.length}`, {
          hint: 'A comma within a field needs quotes around the field.',
        }),
      }
    } else {
      const record: Partial<Record<Column, string>> = {}
      for (const [i, column] of header.entries()) {
        const field = row.fields[i]
        if (column !== undefined && field !== undefined) record[column] = field
      }
      yield { line: row.line, record }
    }
  }
  if (!header) throw new Problem('file-empty', 'The file has no header', { where: 'line 1' })
}

/** The columns in their order; undefined for those that are ignored. */
function parseHeader<Column extends string>(
  fields: readonly string[],
  line: number,
  { columns, required, of, ignore }: TableShape<Column>,
): (Column | undefined)[] {
  const names = fields.map((field) => field.trim().toLowerCase())
  const isColumn = (name: string): name is Column => (columns as readonly string[]).includes(name)
  const details: Problem[] = []
  const where = `line ${line}`
  const separator = names.length === 1 ? /[;\t|]/.exec(names[0] as string)?.[0] : undefined
  if (separator !== undefined) {
    throw new Problem('csv-separator', `The columns are separated by ${JSON.stringify(separator)}`, {
      where,
      hint: 'Save the file with commas between the columns.',
    })
  }
  for (const name of names.filter((name) => !isColumn(name))) {
    if (ignore) {
      ignore(name)
      continue
    }
    const near = nearest(name, columns)
    details.push(
      new Problem('csv-header', `The column "${name}" is unknown`, {
        where,
        hint: near === undefined ? `Known are ${columns.join(', ')}.` : `Did you mean "${near}"?`,
      }),
    )
  }
  for (const column of required.filter((column) => !names.includes(column))) {
    details.push(new Problem('csv-header', `The column "${column}" is missing`, { where }))
  }
  for (const name of new Set(names.filter((name, i) => names.indexOf(name) !== i && isColumn(name)))) {
    details.push(new Problem('csv-header', `The column "${name}" comes twice`, { where }))
  }
  if (details.length > 0) {
    throw new Problem('csv-header', `The header is not that of a file of ${of}`, {
      where,
      hint: `The first line must be: ${columns.join(',')}`,
      details,
    })
  }
  return names.map((name) => (isColumn(name) ? name : undefined))
}

function at(problem: Problem, where: string): Problem {
  const hint = problem.hint === undefined ? {} : { hint: problem.hint }
  return new Problem(problem.code, problem.message, { where, ...hint })
}
