import type { StoredPolicy, Whither } from './model.ts'
import { type EntryPolicy, policyOf, type QuietHours } from './policy.ts'

export interface PolicyThere {
  readonly policy: EntryPolicy
  /** Rows that it is made of, the widest area first. */
  readonly ids: readonly number[]
}

/**
 * What stands where somebody is: `*`, then his country, then its regions, field by field. Of several countries, in one of which he
 * is, each field has the choice that tells him rather than not, and sooner rather than later.
 */
export function policyFor({ countries, regions }: Whither, policies: readonly StoredPolicy[]): PolicyThere {
  const rowsOf = (areas: readonly string[]) =>
    areas.flatMap((area) => policies.find((policy) => policy.area === area) ?? [])
  const chains = countries.length === 0 ? [['*']] : countries.map((country) => ['*', country, ...regions])
  const rows = chains.map(rowsOf)
  return {
    policy: rows.map((chain) => policyOf(chain.map(({ patch }) => patch))).reduce(tellRather),
    ids: [...new Set(rows.flatMap((chain) => chain.map(({ id }) => id)))],
  }
}

function tellRather(a: EntryPolicy, b: EntryPolicy): EntryPolicy {
  // What is not told anywhere has no say in how it is told.
  if (a.enabled !== b.enabled) return a.enabled ? a : b
  return {
    enabled: a.enabled,
    kinds: [...new Set([...a.kinds, ...b.kinds])],
    coolDownHours: Math.min(a.coolDownHours, b.coolDownHours),
    returnMinutes: Math.min(a.returnMinutes, b.returnMinutes),
    transitMinutes: Math.min(a.transitMinutes, b.transitMinutes),
    delaySeconds: Math.min(a.delaySeconds, b.delaySeconds),
    quiet: quietOfBoth(a.quiet, b.quiet),
    resend: { level: a.resend.level || b.resend.level, alert: a.resend.alert || b.resend.alert },
  }
}

/** Hours that are not the same in both are quiet in neither. */
function quietOfBoth(a: QuietHours | null, b: QuietHours | null): QuietHours | null {
  if (a === null || b === null || a.from !== b.from || a.to !== b.to) return null
  if (a.unlessLevel === null) return b
  return b.unlessLevel !== null && b.unlessLevel < a.unlessLevel ? b : a
}
