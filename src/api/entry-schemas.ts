import Type from 'typebox'
import type { Role } from '../alerts/lifecycle.ts'
import { Problem } from '../lib/problem.ts'

/** Who may change what is told on entering a country. */
export const entryWriters: readonly Role[] = ['composer', 'administrator']

export const note = Type.String({
  maxLength: 1000,
  pattern: '^[^\\u0000]*$',
  description: 'why, for who asks a year later; without NUL',
})

export const entryListQuery = Type.Object(
  {
    area: Type.Optional(
      Type.String({
        pattern: '^(\\*{1,2}|[A-Z]{2}(-[A-Z0-9-]{1,7})?)$',
        description: 'of one area only: *, **, JP, JP-17',
      }),
    ),
    history: Type.Optional(
      Type.Boolean({ default: false, description: 'Everything that was ever set for the area, the newest first' }),
    ),
  },
  { additionalProperties: false },
)

/** @throws Problem `missing-area`: the history of all would be endless */
export function historyArea({ area }: { area?: string }): string {
  if (area !== undefined) return area
  throw new Problem('missing-area', 'The history is that of one area', { where: 'area' })
}

/** ISO 3166-1 alpha-2. */
export const countryCode = Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' })
