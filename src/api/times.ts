import { Problem } from '../lib/problem.ts'

/**
 * A day of the calendar that is not still to come anywhere on Earth.
 * @throws Problem `bad-day` (422)
 */
export function dayNotAfterToday(where: string, text: string, now = Date.now()): string {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  // Date.parse takes 31 February for 2 March.
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) {
    throw new Problem('bad-day', `"${text}" is not a day`, { status: 422, where, hint: 'Write it as in 2026-11-21.' })
  }
  // UTC+14 is where the day begins first.
  if (at > now + 14 * 3_600_000) {
    throw new Problem('bad-day', `${text} is still to come`, {
      status: 422,
      where,
      hint: 'What is set holds at once: set it on that day.',
    })
  }
  return text
}

/** A time of a query; undefined where it is left out. @throws Problem `bad-time` */
export function timeOf(where: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const time = new Date(text)
  if (/^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(time.getTime())) return time
  throw new Problem('bad-time', `"${text}" is not a time`, {
    where,
    hint: 'Write it as in 2026-11-21T03:04:05Z; a + of an offset is %2B in a URL.',
  })
}
