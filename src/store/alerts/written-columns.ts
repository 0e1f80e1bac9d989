import type { Corrections } from '../../alerts/approval.ts'
import { type Alert, expiresAt, isAllClear, type Note, severityOf, type Warning } from '../../alerts/model.ts'
import type { AlertRules } from '../../alerts/rules.ts'
import type { Chain } from './chain-of.ts'

/** What a person writes, as a new alert or in the place of what one said. */
export interface Written {
  readonly alert: Alert
  readonly rules: AlertRules
  readonly notes: readonly Note[]
  readonly warnings: readonly Warning[]
  readonly corrections: Corrections | null
}

/** The columns that hold it, in the order of `writtenValues`. */
export const writtenColumns = `chain_id, rehearses, identifier, sender, sent, msg_type, status, severity, all_clear, expires, document,
  rules, notes, warnings, corrections`

/** Their places in a statement whose first value of them is `$first`. */
export const writtenPlaces = (first: number): string =>
  writtenColumns
    .split(',')
    .map((_, i) => `$${first + i}`)
    .join(', ')

export function writtenValues(chain: Chain, { alert, rules, notes, warnings, corrections }: Written): unknown[] {
  return [
    chain.id,
    chain.rehearses,
    alert.identifier,
    alert.sender,
    alert.sent,
    alert.msgType,
    alert.status,
    severityOf(alert),
    isAllClear(alert),
    new Date(expiresAt(alert) as number).toISOString(),
    JSON.stringify(alert),
    JSON.stringify(rules),
    JSON.stringify(notes),
    JSON.stringify(warnings),
    corrections === null ? null : JSON.stringify(corrections),
  ]
}
