import { Problem } from '../lib/problem.ts'

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
