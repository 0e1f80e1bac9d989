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

/** Of an alert who wrote it, and who broke the glass for it and why. */
export interface Broken extends Pick<Marked, 'glassBroken'> {
  readonly lifecycle: {
    readonly authors: readonly string[]
    readonly approval?: { readonly by: string; readonly inAdvance?: string }
  }
}

/** That somebody broke the glass, and why, where nothing more of it is known. */
export const glassLine = (by: string | undefined, why: string, how = '') =>
  `!!! GLASS BROKEN by ${by ?? 'one person'}${how}: ${why}`

/** The same, with whether there was a second person at all; nothing where nobody broke it. */
export function glassLinesOf({ glassBroken, lifecycle: { authors, approval } }: Broken): string[] {
  if (glassBroken === null) return []
  return [
    glassLine(approval?.by, glassBroken, howOf(authors, approval)),
    '!!! Everybody sees it: in the list, the alert, its report and the audit log.',
  ]
}

function howOf(authors: Broken['lifecycle']['authors'], approval: Broken['lifecycle']['approval']): string {
  if (approval === undefined) return ''
  if (approval.inAdvance !== undefined) return ', who approved what this takes back'
  if (authors.includes(approval.by)) return ', who wrote it and approved it ALONE, without a second person'
  return ', who did not write it and could have approved it plainly'
}
