/** Steps that a person reads off an axis at once; s. */
const steps = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** No more intervals than this on an axis of time. */
const mostSteps = 40

/** Times from 0 to at least `seconds`, evenly, in steps of a round length; 0 and one step at the least. */
export function timesUpTo(seconds: number): number[] {
  const longest = steps.at(-1) as number
  const step = steps.find((one) => seconds <= one * mostSteps) ?? longest * Math.ceil(seconds / (longest * mostSteps))
  return Array.from({ length: Math.max(1, Math.ceil(seconds / step)) + 1 }, (_, i) => i * step)
}
