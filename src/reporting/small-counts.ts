import type { AudienceRow } from '../store/reports/audience.ts'

/** Fewer people than this are not shown by country to those who see no numbers: somebody who knows one of them would learn of him. */
export const fewestShown = 5

/** Stands for several countries, none of which is told apart. */
export const otherCountries = '*'

/**
 * Countries that have to go together so that no count of fewer than five is shown, nor can be had by subtracting: where those that are too
 * small are too few together, the next larger one goes with them.
 */
export function countriesToMerge(sums: ReadonlyMap<string, number>): ReadonlySet<string> {
  const merged = new Set<string>()
  let together = 0
  for (const [country, n] of [...sums].sort(([, a], [, b]) => a - b)) {
    if (n >= fewestShown && (merged.size === 0 || together >= fewestShown)) break
    merged.add(country)
    together += n
  }
  return merged
}

/** The audience by reason and country, or by reason alone where that would show too few. */
export function audienceShown(rows: readonly AudienceRow[]): AudienceRow[] {
  if (rows.every(({ n }) => n >= fewestShown)) return [...rows]
  const reasons = new Map<AudienceRow['reason'], number>()
  for (const { reason, n } of rows) reasons.set(reason, (reasons.get(reason) ?? 0) + n)
  return [...reasons].map(([reason, n]) => ({ reason, country: otherCountries, n }))
}
