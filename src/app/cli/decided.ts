interface Fate {
  readonly id: string
  readonly identifier: string
  readonly sender: string
  readonly phase: string
  readonly sentBack: boolean
}

export interface Decided {
  readonly decision: 'both' | 'this' | 'other'
  readonly this: Fate
  readonly other: Fate
}

/** What became of two alerts that were decided between, in words. */
export function decidedLines({ decision, this: one, other }: Decided): string {
  const [wins, loses] = decision === 'other' ? [other, one] : [one, other]
  const head =
    decision === 'both' ? 'decided: both go out' : `decided: ${named(wins)} goes out, ${named(loses)} does not`
  return `${[head, ...[one, other].map((fate) => `  ${named(fate)} (${fate.id}): ${wordsOf(fate)}`)].join('\n')}\n`
}

const named = ({ identifier, sender }: Fate) => `${identifier} of ${sender}`

const phases: Readonly<Record<string, string>> = {
  draft: 'a draft, with its author',
  submitted: 'waits for its approval',
  approved: 'approved, and may be launched',
  live: 'live: people are being told',
  ended: 'has ended',
}

const wordsOf = ({ phase, sentBack }: Fate) =>
  sentBack ? 'went back to its author: it is a draft now, and is not launched' : (phases[phase] ?? phase)
