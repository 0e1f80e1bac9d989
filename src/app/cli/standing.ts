import { type Approvable, countedLine, overlapLines } from './approvable.ts'
import { glassLinesOf, markOf } from './marks.ts'

/** Of an alert how it stands after an act. */
export interface Standing
  extends Pick<
    Approvable,
    'id' | 'identifier' | 'expires' | 'forecast' | 'overlaps' | 'lifecycle' | 'status' | 'rehearses' | 'glassBroken'
  > {
  readonly phase: string
  readonly schedule: Schedule | null
  readonly review: Review | null
}

export interface Schedule {
  readonly at: string | null
  readonly failed: { readonly at: string; readonly code: string; readonly message: string } | null
}

export interface Review {
  readonly at: string
  readonly state: string
}

export function standingLines(alert: Standing): string {
  const { id, identifier, phase, forecast, schedule, review, lifecycle } = alert
  const ended = lifecycle.ended === undefined ? '' : ` (${lifecycle.ended.reason}, ${lifecycle.ended.at})`
  const lines = [`${markOf(alert)}${identifier} (${id}) is ${phase}${ended}`]
  lines.push(...glassLinesOf(alert).slice(0, 1))
  if (forecast) lines.push(countedLine(alert, forecast))
  lines.push(...whenLines(schedule, review), ...overlapLines(alert))
  return `${lines.join('\n')}\n`
}

/** When it goes out, or did not, and when somebody has to look at it again. */
export function whenLines(schedule: Schedule | null, review: Review | null): string[] {
  const lines: string[] = []
  if (schedule?.failed?.code === 'launch-failing') lines.push(failingLine(schedule.failed.at))
  else if (schedule?.at) lines.push(`  is launched ${schedule.at}`)
  else if (schedule?.failed) lines.push(`  WAS NOT LAUNCHED at ${schedule.failed.at}: ${schedule.failed.message}`)
  if (review?.state === 'paused') lines.push(`  PAUSED since ${review.at}: who enters is not told until it is reviewed`)
  else if (review) lines.push(`  to be looked at again by ${review.at}`)
  return lines
}

/** Whoever reads that it was not launched launches a copy, and when the engine gets its own out everybody is told twice. */
const failingLine = (since: string) =>
  `  DUE SINCE ${since}, NOT OUT YET: it is tried again at least every 30 seconds; unschedule it before you send another`

/** Before anything else, on stderr: whoever acts on it knows. */
export function warnOfGlass(alert: Pick<Standing, 'lifecycle' | 'glassBroken'>): void {
  for (const line of glassLinesOf(alert)) process.stderr.write(`${line}\n`)
}
