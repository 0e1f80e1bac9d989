import type { AudienceRow } from '../store/reports/audience.ts'
import type { Recipient } from '../store/reports/recipients.ts'

/**
 * The rule for those who see no numbers: fewer people than this are told apart neither by country nor by why they were not reached, or
 * somebody who knows one of them would learn of him. Sums by state, and of each carrier, are exact: they are figures of the engine.
 */
const fewestShown = 5

/** Stands for several countries or carriers, none of which is told apart. */
export const notToldApart = '*'

/**
 * Groups (countries, carriers) that have to go together so that no count of fewer than five is shown, nor can be had by subtracting: where
 * those that are too small are too few together, the next larger one goes with them.
 */
export function groupsToMerge(sums: ReadonlyMap<string, number>): ReadonlySet<string> {
  const merged = new Set<string>()
  let together = 0
  for (const [group, n] of [...sums].sort(([, a], [, b]) => a - b)) {
    if (n >= fewestShown && (merged.size === 0 || together >= fewestShown)) break
    merged.add(group)
    together += n
  }
  return merged
}

/** The audience by reason and country, or by reason alone where that would show too few. */
export function audienceShown(rows: readonly AudienceRow[]): AudienceRow[] {
  if (rows.every(({ n }) => n >= fewestShown)) return [...rows]
  const reasons = new Map<AudienceRow['reason'], number>()
  for (const { reason, n } of rows) reasons.set(reason, (reasons.get(reason) ?? 0) + n)
  return [...reasons].map(([reason, n]) => ({ reason, country: notToldApart, n }))
}

/** Messages that were not delivered, of one state, by one carrier and for one cause. */
export interface FailureLine {
  readonly carrier: string | null
  readonly state: string
  readonly cause: string
  readonly n: number
}

/**
 * Failures as they are shown: of a cause the carriers that would be too few go together, and causes that are too few themselves are one line
 * of their state, which says no more than the sum of that state does.
 */
export function failuresShown(failures: readonly FailureLine[]): FailureLine[] {
  const shown: FailureLine[] = []
  const rare = new Map<string, number>()
  const causes = new Map<string, FailureLine[]>()
  for (const line of failures) {
    const key = `${line.state} ${line.cause}`
    causes.set(key, [...(causes.get(key) ?? []), line])
  }
  for (const lines of causes.values()) {
    const { state, cause } = lines[0] as FailureLine
    const n = sum(lines)
    if (n < fewestShown) {
      rare.set(state, (rare.get(state) ?? 0) + n)
      continue
    }
    const merged = groupsToMerge(new Map(lines.map(({ carrier, n }) => [carrier ?? '', n])))
    const together = lines.filter(({ carrier }) => merged.has(carrier ?? ''))
    shown.push(...lines.filter((line) => !together.includes(line)))
    if (together.length > 0) shown.push({ carrier: notToldApart, state, cause, n: sum(together) })
  }
  for (const [state, n] of rare) shown.push({ carrier: notToldApart, state, cause: rareCauses, n })
  return shown.sort((a, b) => b.n - a.n)
}

/** Whose message is on its way or has arrived. */
const untroubled: readonly string[] = ['pending', 'submitted', 'delivered']

/**
 * One message as it is shown in a list of them: counted up, the list would tell what the report keeps together. So of what was not delivered
 * it says no more than the state: a refusal is known by its times, and which carriers it were by their rows.
 */
export const causeHidden = (one: Recipient): Recipient => ({
  ...one,
  error: null,
  ...(untroubled.includes(one.state) ? {} : { carrier: null, submittedAt: null, finalAt: null }),
})

const rareCauses = 'causes of fewer than five people each'

const sum = (lines: readonly FailureLine[]) => lines.reduce((all, { n }) => all + n, 0)
