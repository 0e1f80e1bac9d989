import { beyondAll, type PeopleRange } from '../store/audience/people-ranges.ts'

/** Ranges in one question: a thousand would be one long wait. */
const mostRanges = 128
/** Parts of the histogram in one question: of 100, so 4 % of everybody. */
const mostParts = 4

/** Shares ranges out, in their order, so that each share holds about as many people; wide ranges are cut. @param bounds of cells */
export function shareRanges(ranges: readonly PeopleRange[], bounds: readonly number[]): PeopleRange[][] {
  const shares: PeopleRange[][] = []
  let share: PeopleRange[] = []
  let parts = 0
  const close = () => {
    if (share.length > 0) shares.push(share)
    share = []
    parts = 0
  }
  for (const range of ranges) {
    let at = { cell: range.from, msisdn: range.fromMsisdn }
    for (const bound of bounds) {
      if (bound <= at.cell || bound > range.to) continue
      share.push({ ...range, from: at.cell, fromMsisdn: at.msisdn, to: bound - 1, toMsisdn: beyondAll })
      at = { cell: bound, msisdn: 0 }
      if (++parts >= mostParts) close()
    }
    share.push({ ...range, from: at.cell, fromMsisdn: at.msisdn })
    if (share.length >= mostRanges) close()
  }
  close()
  return shares
}

/** The MSISDNs in shares. @param bounds of MSISDNs */
export function shareNumbers(bounds: readonly number[]): { from: number; to: number }[] {
  const starts = [0, ...bounds.filter((_, i) => i > 0 && i % 10 === 0)]
  return starts.map((from, i) => ({ from, to: (starts[i + 1] ?? beyondAll + 1) - 1 }))
}

/** About how many people the ranges hold, in hundredths of the table. */
export function partsIn(ranges: readonly PeopleRange[], bounds: readonly number[]): number {
  let parts = 0
  for (const { from, to } of ranges) {
    for (let i = 0; i + 1 < bounds.length; i++) {
      const low = bounds[i] as number
      const high = bounds[i + 1] as number
      if (high <= from || low > to || high <= low) continue
      parts += (Math.min(high, to + 1) - Math.max(low, from)) / (high - low)
    }
  }
  return parts
}
