import type { Shape } from '../geo/zone.ts'
import { Problem } from '../lib/problem.ts'
import { Findings } from './findings.ts'
import { readShape } from './shape-json.ts'

/**
 * Shapes of a zone of the library as our JSON writes them, checked; with what was repaired, a sentence each.
 * @throws Problem `zone-invalid` with one detail per finding, each with its JSON pointer
 */
export function readZoneShapes(items: readonly unknown[]): { shapes: Shape[]; notes: string[] } {
  const findings = new Findings()
  const shapes = items.flatMap((item, i): Shape[] => {
    const read = readShape(item, `/shapes/${i}`, findings)
    if (typeof read !== 'string') return read === undefined ? [] : [read]
    const hint = 'Write its shapes here; GET /v1/zones gives them.'
    findings.problem('json-value', `/shapes/${i}`, 'A zone cannot be made of another by its id', hint)
    return []
  })
  findings.throwIfAny('zone-invalid', 'The zone cannot be used')
  if (shapes.length === 0) throw new Problem('zone-empty', 'The zone has no shape', { status: 422, where: '/shapes' })
  return { shapes, notes: findings.notes.map(({ where, message }) => `${where}: ${message}`) }
}
