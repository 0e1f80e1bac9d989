/** A row that plays a part in what is told, as the preview answers it. */
export interface MadeRow {
  readonly of: 'policy' | 'template' | 'campaign' | 'level'
  readonly id: number
  readonly area: string
  readonly what: string
  readonly note: string
  readonly madeBy: string
  readonly madeAt: string
  readonly verified: boolean | null
}

/** `** level 3 ko, by person:kim on 2026-11-22 09:10 UTC, not verified: "flood"` */
export function madeLine({ area, what, note, madeBy, madeAt, verified }: MadeRow): string {
  const checked = verified === null ? '' : verified ? ', verified' : ', not verified'
  const why = note === '' ? '' : `: "${note}"`
  return `${[area, ...(what === '' ? [] : [what])].join(' ')}, by ${madeBy} on ${madeAt.slice(0, 16).replace('T', ' ')} UTC${checked}${why}`
}
