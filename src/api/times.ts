import { Problem } from '../lib/problem.ts'

/**
 * A day of the calendar that is not still to come anywhere on Earth.
 * @throws Problem `bad-day` (422)
 */
export function dayNotAfterToday(where: string, text: string, now = Date.now()): string {
  if (!isDay(text)) {
    throw new Problem('bad-day', `"${text}" is not a day`, { status: 422, where, hint: 'Write it as in 2026-11-21.' })
  }
  // UTC+14 is where the day begins first.
  if (Date.parse(text) > now + 14 * 3_600_000) {
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
  // Without an offset it would be the time of whatever clock the server has; and Date takes 31 November for 1 December.
  const day = /^(\d{4}-\d\d-\d\d)T.*(Z|[+-]\d\d:\d\d)$/.exec(text)?.[1]
  if (day !== undefined && isDay(day) && !Number.isNaN(time.getTime())) return time
  throw new Problem('bad-time', `"${text}" is not a time`, {
    where,
    hint: 'Write it with its offset, as in 2026-11-21T03:04:05Z or 2026-11-21T12:04:05+09:00; a + of an offset is %2B in a URL.',
  })
}

/** Whether it is a day of the calendar, `2026-11-21`: Date.parse takes 31 February for 2 March. */
function isDay(text: string): boolean {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 10) === text
}
