import type { Status } from '../../alerts/model.ts'
import { withMark } from '../../alerts/text.ts'
import { type Broken, glassLinesOf, type Marked, markOf } from './marks.ts'
import { people } from './preview-line.ts'

interface Overlapping {
  readonly otherId: string
  readonly sender: string
  readonly identifier: string
  readonly because: string
  readonly active: boolean
  readonly decision: string | null
}

/** Of an alert what an approver answers for. */
export interface Approvable extends Marked {
  readonly id: string
  readonly identifier: string
  readonly sender: string
  readonly issuer: string | null
  readonly msgType: string
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
  readonly lifecycle: Broken['lifecycle'] & { readonly ended?: { readonly reason: string; readonly at: string } }
}

/** What it says, to whom, and what may be told without a second approval, for somebody who reads it at a terminal. */
export function approvableLines(alert: Approvable): string {
  const { id, identifier, sender, issuer, status, msgType, area, expires, texts, forecast, corrections, warnings } =
    alert
  const lines = [
    ...glassLinesOf(alert),
    `${markOf(alert)}${identifier} (${id}), ${status} ${msgType}, until ${expires}`,
    `  issued by: ${issuer === null || issuer === sender ? sender : `${issuer} (${sender})`}`,
    `  area: ${area.join('; ') || 'that of what it refers to'}`,
    ...texts.map(({ language, text }) => `  ${language}: ${text}`),
  ]
  if (forecast) lines.push(countedLine(alert, forecast))
  for (const [language, text] of Object.entries(corrections?.cancel ?? {}))
    lines.push(`  if sent in error, ${language}: ${withMark(status as Status, language, text)}`)
  for (const [language, text] of Object.entries(corrections?.allClear ?? {}))
    lines.push(`  when it is over, ${language}: ${withMark(status as Status, language, text)}`)
  for (const { message, where } of warnings)
    lines.push(`  warning: ${message}${where === undefined ? '' : ` (at ${where})`}`)
  return `${[...lines, ...overlapLines(alert)].join('\n')}\n`
}

/** How many were counted, and how many it may become: nobody has approved them before somebody did. */
export function countedLine(
  { lifecycle }: Pick<Approvable, 'lifecycle'>,
  { matched, upTo }: { readonly matched: number; readonly upTo: number },
): string {
  const most = lifecycle.approval === undefined ? `a launch may reach up to ${upTo}` : `up to ${upTo} are approved`
  return `  reached ${people(matched)} when it was submitted; ${most}`
}

/** Other issuers' alerts for the same people, where neither is over. */
export function overlapLines({ lifecycle, expires, overlaps }: Pick<Approvable, 'lifecycle' | 'expires' | 'overlaps'>) {
  if (lifecycle.ended !== undefined || Date.parse(expires) <= Date.now()) return []
  return overlaps.flatMap(({ otherId, sender, identifier, because, active, decision }) => {
    if (!active) return []
    const how = because === 'unplaced' ? ' (areas lie apart; both tell those of whom only the country is known)' : ''
    return [`  overlaps ${identifier} of ${sender} (${otherId})${how}: ${decision ?? 'nobody has decided'}`]
  })
}
