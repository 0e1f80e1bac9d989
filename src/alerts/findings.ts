import { Problem } from '../lib/problem.ts'
import type { Note } from './model.ts'

/** Nobody reads more, and a hostile file of 4 MB could hold half a million. */
const MAX_FINDINGS = 200

/** A text of the input in quotes, cut where it is long. */
export function quote(text: string): string {
  return `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`
}

/** Collects what a reader finds, so that an author sees all that is wrong at once. */
export class Findings {
  readonly problems: Problem[] = []
  readonly notes: Note[] = []
  private unshown = 0

  problem(code: string, where: string, message: string, hint?: string): void {
    if (this.problems.length === MAX_FINDINGS) this.unshown += 1
    else this.problems.push(new Problem(code, message, { where, ...(hint === undefined ? {} : { hint }) }))
  }

  note(where: string, message: string): void {
    if (this.notes.length < MAX_FINDINGS) this.notes.push({ where, message })
  }

  /**
   * @param place says more of where a finding is: its line
   * @throws Problem of `code` with every finding as a detail, if there is any.
   */
  throwIfAny(code: string, message: string, place?: (where: string) => string): void {
    if (this.problems.length === 0) return
    const more = this.unshown === 0 ? '' : `; ${this.unshown} more findings are not shown`
    const details = place === undefined ? this.problems : this.problems.map((problem) => moved(problem, place))
    throw new Problem(code, `${message}${more}`, { status: 422, details })
  }
}

function moved({ code, message, where = '', hint }: Problem, place: (where: string) => string): Problem {
  return new Problem(code, message, { where: place(where), ...(hint === undefined ? {} : { hint }) })
}
