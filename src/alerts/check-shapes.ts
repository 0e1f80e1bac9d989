import { checkShapes } from '../geo/check-shapes.ts'
import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import type { Findings } from './findings.ts'

/**
 * The shape, repaired where there is only one way to, or nothing where it cannot be used: what is wrong goes to `findings`.
 * @param where the shape in the input
 * @param place turns geo's place within the shape (`.rings[0][3]`, perhaps empty) into what follows `where`
 */
export function checkedShape(
  shape: Shape,
  where: string,
  place: (within: string) => string,
  findings: Findings,
): Shape | undefined {
  try {
    const { shapes, notes } = checkShapes([shape])
    for (const note of notes) {
      const [, within = '', message = note] = /^shapes\[0\](\S*): (.*)$/s.exec(note) ?? []
      // Neither CAP nor our JSON asks for a winding: nobody did anything wrong.
      if (!message.startsWith('the winding')) findings.note(`${where}${place(within)}`, message)
    }
    return shapes[0]
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const within = error.where?.replace(/^shapes\[0\]/, '') ?? ''
    findings.problem(error.code, `${where}${place(within)}`, error.message, error.hint)
    return undefined
  }
}
