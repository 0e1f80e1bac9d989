import { type Alert, SEVERITIES, type Severity, severityOf } from './model.ts'

/**
 * Order in which waiting messages leave: ascending, 0 first. A correction goes ahead of what it corrects, because the wrong
 * text does harm while it is still going out; entry texts have a floor of their own, whatever is ahead of them.
 */
export const LANES = {
  extremeCorrection: 0,
  extreme: 1,
  severeCorrection: 2,
  severe: 3,
  entry: 4,
  otherCorrection: 5,
  other: 6,
} as const

export type LaneName = keyof typeof LANES
export type Lane = (typeof LANES)[LaneName]

/**
 * The lane of an alert's messages. An all-clear is usually Minor and a Cancel may say Unknown: `corrected`, the alerts that it
 * refers to, lend it their severity, or it would queue behind the very messages it takes back.
 */
export function laneOf(alert: Alert, corrected: readonly Alert[] = []): Lane {
  const correction = alert.msgType === 'Update' || alert.msgType === 'Cancel'
  const severity = worst([alert, ...(correction ? corrected : [])].map(severityOf))
  if (severity === 'Extreme') return correction ? LANES.extremeCorrection : LANES.extreme
  if (severity === 'Severe') return correction ? LANES.severeCorrection : LANES.severe
  return correction ? LANES.otherCorrection : LANES.other
}

function worst(severities: readonly Severity[]): Severity {
  return SEVERITIES.find((severity) => severities.includes(severity)) ?? 'Unknown'
}
