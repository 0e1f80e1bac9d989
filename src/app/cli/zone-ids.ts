import { Findings, quote } from '../../alerts/findings.ts'
import type { DrawnZone } from '../../alerts/zone-file.ts'
import { zoneIdForm, zoneIdPattern } from '../../geo/zone.ts'

export type NamedZone = DrawnZone & { readonly id: string }

/** What stands in the way of importing zones by the ids that their file gives them, one problem each. */
export function idFindings(zones: readonly DrawnZone[]): Findings {
  const findings = new Findings()
  const first = new Map<string, string>()
  for (const { where, id, unfitId } of zones) {
    const before = id === undefined ? undefined : first.get(id)
    if (id === undefined) {
      const hint =
        unfitId === undefined ? '' : ` Its own, ${quote(unfitId)}, cannot be one: ${zoneIdForm}; no mere number.`
      findings.problem('zone-without-id', where, 'The zone has no id', `Give one with --id.${hint}`)
    } else if (!new RegExp(zoneIdPattern).test(id)) {
      findings.problem('zone-id', where, `${quote(id)} cannot be the id of a zone`, `An id is ${zoneIdForm}.`)
    } else if (before !== undefined) {
      const hint =
        'One would become a version of the other. Give them ids of their own, or make one zone of all with --id.'
      findings.problem('zone-id-twice', where, `The id ${quote(id)} is that of ${before} as well`, hint)
    } else first.set(id, where)
  }
  return findings
}

/** @throws Problem `zone-ids` with what stands in the way of each */
export function withIds(zones: readonly DrawnZone[]): NamedZone[] {
  idFindings(zones).throwIfAny('zone-ids', 'The zones cannot be imported by these ids')
  return zones as NamedZone[]
}
