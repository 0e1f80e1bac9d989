import { Problem } from '../lib/problem.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'

/** The strong tag of an alert as it stands (RFC 9110 §8.8.3): every act raises the version. */
export const etagOf = ({ version }: Pick<AlertRow, 'version'>): string => `"${version}"`

/**
 * Whether who changes an alert has seen it as it stands (RFC 9110 §13.1.1): of two who edit at once, one is told.
 * @throws Problem `precondition-required` (428, RFC 6585 §3), `precondition-failed` (412)
 */
export function checkIfMatch(header: string | undefined, row: Pick<AlertRow, 'version'>): void {
  const hint = 'GET the alert, look at it again, and send its ETag as If-Match.'
  if (header === undefined) {
    throw new Problem('precondition-required', 'An edit has to say which version it changes', { status: 428, hint })
  }
  // Without its quotes it is no tag, but nobody means anything else by it.
  const tags = header.split(',').map((tag) => tag.trim().replace(/^(\d+)$/, '"$1"'))
  if (tags.includes('*') || tags.includes(etagOf(row))) return
  throw new Problem('precondition-failed', `The alert has changed since: its ETag is ${etagOf(row)} now`, {
    status: 412,
    where: 'If-Match',
    hint,
  })
}
