interface Overlapping {
  readonly otherId: string
  readonly sender: string
  readonly identifier: string
  readonly active: boolean
  readonly decision: string | null
}

/** Of an alert what an approver answers for. */
export interface Approvable {
  readonly id: string
  readonly identifier: string
  readonly msgType: string
  readonly status: string
  readonly area: readonly string[]
  readonly expires: string
  readonly digest: string
  readonly texts: readonly { readonly language: string; readonly text: string }[]
  readonly forecast: { readonly matched: number; readonly upTo: number } | null
  readonly corrections: {
    readonly cancel: Readonly<Record<string, string>>
    readonly allClear: Readonly<Record<string, string>>
  } | null
  readonly warnings: readonly { readonly message: string; readonly where?: string; readonly hint?: string }[]
  readonly overlaps: readonly Overlapping[]
}

/** What it says, to whom, and what may be told without a second approval, for somebody who reads it at a terminal. */
export function approvableLines(alert: Approvable): string {
  const { id, identifier, status, msgType, area, expires, texts, forecast, corrections, warnings, overlaps } = alert
  const lines = [
    `${identifier} (${id}), ${status} ${msgType}, until ${expires}`,
    `  area: ${area.join('; ') || 'that of what it refers to'}`,
    ...texts.map(({ language, text }) => `  ${language}: ${text}`),
  ]
  if (forecast) lines.push(countedLine(forecast))
  for (const [language, text] of Object.entries(corrections?.cancel ?? {}))
    lines.push(`  if sent in error, ${language}: ${text}`)
  for (const [language, text] of Object.entries(corrections?.allClear ?? {}))
    lines.push(`  when it is over, ${language}: ${text}`)
  for (const { message, where } of warnings)
    lines.push(`  warning: ${message}${where === undefined ? '' : ` (at ${where})`}`)
  return `${[...lines, ...overlapLines(overlaps)].join('\n')}\n`
}

export const countedLine = ({ matched, upTo }: { readonly matched: number; readonly upTo: number }): string =>
  `  reached ${matched} people when it was submitted; up to ${upTo} are approved`

export const overlapLines = (overlaps: readonly Overlapping[]): string[] =>
  overlaps.flatMap(({ otherId, sender, identifier, active, decision }) =>
    active ? [`  overlaps ${identifier} of ${sender} (${otherId}): ${decision ?? 'nobody has decided'}`] : [],
  )
