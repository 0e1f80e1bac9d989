import { minuteOfDay } from './clocks.ts'
import { gravityOf, type LevelThere } from './levels.ts'
import type { QuietHours } from './policy.ts'

const minuteMs = 60_000
const dayMinutes = 1440

/** Whether danger is so great that nothing waits for the morning; the special travel advisory is between 2 and 3. */
export const overridesQuiet = ({ unlessLevel }: QuietHours, there: Pick<LevelThere, 'level' | 'special'>): boolean =>
  unlessLevel !== null && gravityOf(there) >= unlessLevel

/**
 * The end of the quiet hours in milliseconds, where it is quiet by all of these clocks; null where it is not. It ends with the first
 * clock by which it does, so whoever may be in several zones is not kept waiting for the last.
 */
export function quietUntil(quiet: QuietHours, zones: readonly string[], at: number): number | null {
  let end: number | null = null
  for (const zone of zones) {
    const ofZone = quietUntilBy(quiet, zone, at)
    if (ofZone === null) return null
    end = end === null ? ofZone : Math.min(end, ofZone)
  }
  return end
}

function quietUntilBy({ from, to }: QuietHours, zone: string, at: number): number | null {
  const [begin, end] = [minutesOf(from), minutesOf(to)]
  const isQuiet = (minute: number) => (begin < end ? begin <= minute && minute < end : begin <= minute || minute < end)
  const now = minuteOfDay(zone, at)
  if (!isQuiet(now)) return null
  const minute = Math.floor(at / minuteMs) * minuteMs
  const then = minute + ((end - now + dayMinutes) % dayMinutes) * minuteMs
  if (minuteOfDay(zone, then) === end) return then
  // The clock is put forward or back in between, perhaps over the end itself: minute by minute, twice a year.
  for (let next = minute + minuteMs; ; next += minuteMs) if (!isQuiet(minuteOfDay(zone, next))) return next
}

const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))
