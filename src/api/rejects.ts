import Type from 'typebox'
import type { Problem } from '../lib/problem.ts'

/** One row that could not be used; rows of JSON arrays have an index (from 0), lines of files a line (from 1). */
export interface Reject {
  readonly line?: number
  readonly index?: number
  readonly code: string
  readonly reason: string
  readonly where?: string
}

export const rejectSchema = Type.Object({
  line: Type.Optional(Type.Integer()),
  index: Type.Optional(Type.Integer()),
  code: Type.String(),
  reason: Type.String(),
  where: Type.Optional(Type.String({ description: 'The column or field' })),
})

/** So many are listed; all are counted. */
const listed = 1_000

export class Rejects {
  count = 0
  readonly list: Reject[] = []
  readonly byCode = new Map<string, number>()

  add(at: { line: number } | { index: number }, problem: Problem): void {
    this.count++
    this.byCode.set(problem.code, (this.byCode.get(problem.code) ?? 0) + 1)
    if (this.list.length >= listed) return
    this.list.push({
      ...at,
      code: problem.code,
      reason: reasonOf(problem),
      ...(problem.where === undefined ? {} : { where: problem.where }),
    })
  }
}

/** What is wrong and what to do, as one text. */
export function reasonOf({ message, hint }: Problem): string {
  return `${message}.${hint === undefined ? '' : ` ${hint}`}`.replace('..', '.')
}
