/** Of an alert what has to be seen before anything else of it. */
export interface Marked {
  readonly status: string
  readonly rehearses: string | null
  readonly glassBroken: string | null
}

/** In front of whatever is said of an alert that is not real; of a real one nothing. */
export function markOf({ status, rehearses }: Pick<Marked, 'status' | 'rehearses'>): string {
  if (status === 'Actual') return ''
  return rehearses === null ? `*** ${status.toUpperCase()} *** ` : `*** ${status.toUpperCase()}, a rehearsal *** `
}

/** That one person approved it alone, and why; nothing where two did. */
export function glassLines(by: string | undefined, why: string | null): string[] {
  if (why === null) return []
  return [
    `!!! GLASS BROKEN: ${by ?? 'one person'} approved this ALONE, without a second person: ${why}`,
    '!!! Everybody sees it: in the list, the alert, its report and the audit log.',
  ]
}
