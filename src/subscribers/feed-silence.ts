/** From when on a feed is silent, and who says so. */
export interface Patience {
  readonly ms: number
  /** `key`: its key, `setting`: BONGSU_FEED_SILENT_AFTER, `learned`: from its own days, `default`: it is too new for that. */
  readonly by: 'key' | 'setting' | 'learned' | 'default'
}

const defaultMs = 3_600_000
/** With fewer days nobody knows how long a night is. */
const daysToLearn = 3
/** A day in the middle, not the longest: the silence of a failure last week must not excuse the next one. */
const timesMedian = 3
const leastLearnedMs = 600_000
const mostLearnedMs = 86_400_000

/** @param dailyGapsS the longest silence of each of the last days */
export function patienceWith(
  keyMs: number | null,
  settingMs: number | undefined,
  dailyGapsS: readonly number[],
): Patience {
  if (keyMs !== null) return { ms: keyMs, by: 'key' }
  if (settingMs !== undefined) return { ms: settingMs, by: 'setting' }
  if (dailyGapsS.length < daysToLearn) return { ms: defaultMs, by: 'default' }
  const inOrder = dailyGapsS.toSorted((a, b) => a - b)
  const median = inOrder[Math.floor(inOrder.length / 2)] as number
  return { ms: Math.min(mostLearnedMs, Math.max(leastLearnedMs, median * 1000 * timesMedian)), by: 'learned' }
}
