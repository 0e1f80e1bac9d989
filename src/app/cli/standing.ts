import { type Approvable, countedLine, overlapLines } from './approvable.ts'
import { glassLines, markOf } from './marks.ts'

/** Of an alert how it stands after an act. */
export interface Standing
  extends Pick<
    Approvable,
    'id' | 'identifier' | 'forecast' | 'overlaps' | 'lifecycle' | 'status' | 'rehearses' | 'glassBroken'
  > {
  readonly phase: string
  readonly schedule: Schedule | null
  readonly review: Review | null
}

export interface Schedule {
  readonly at: string | null
  readonly failed: { readonly at: string; readonly message: string } | null
}

export interface Review {
  readonly at: string
  readonly state: string
}

export function standingLines(alert: Standing): string {
  const { id, identifier, phase, forecast, schedule, review, overlaps, lifecycle, glassBroken } = alert
  const ended = lifecycle.ended === undefined ? '' : ` (${lifecycle.ended.reason}, ${lifecycle.ended.at})`
  const lines = [`${markOf(alert)}${identifier} (${id}) is ${phase}${ended}`]
  lines.push(...glassLines(lifecycle.approval?.by, glassBroken).slice(0, 1))
  if (forecast) lines.push(countedLine(forecast))
  lines.push(...whenLines(schedule, review), ...overlapLines(overlaps))
  return `${lines.join('\n')}\n`
}

/** When it goes out, or did not, and when somebody has to look at it again. */
export function whenLines(schedule: Schedule | null, review: Review | null): string[] {
  const lines: string[] = []
  if (schedule?.at) lines.push(`  is launched ${schedule.at}`)
  if (schedule?.failed) lines.push(`  WAS NOT LAUNCHED at ${schedule.failed.at}: ${schedule.failed.message}`)
  if (review?.state === 'paused') lines.push(`  PAUSED since ${review.at}: who enters is not told until it is reviewed`)
  else if (review) lines.push(`  to be looked at again by ${review.at}`)
  return lines
}

/** Before anything else, on stderr: whoever acts on it knows. */
export function warnOfGlass({ lifecycle, glassBroken }: Pick<Standing, 'lifecycle' | 'glassBroken'>): void {
  for (const line of glassLines(lifecycle.approval?.by, glassBroken)) process.stderr.write(`${line}\n`)
}
