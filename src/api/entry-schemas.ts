import Type from 'typebox'
import type { Role } from '../alerts/lifecycle.ts'
import { areaProblems } from '../entry/area-problems.ts'
import { Problem } from '../lib/problem.ts'
import type { ApiDeps } from './deps.ts'
import { areasOf } from './entry-ground.ts'

/** Who may change what is told on entering a country. */
export const entryWriters: readonly Role[] = ['composer', 'administrator']

export const note = Type.String({
  maxLength: 1000,
  pattern: '^[^\\u0000]*$',
  'x-form': 'a text without U+0000',
  description: 'why, for who asks a year later',
})

export const entryListQuery = Type.Object(
  {
    area: Type.Optional(Type.String({ maxLength: 100, description: 'Of one area only: *, **, JP, JP-17' })),
    history: Type.Optional(
      Type.Boolean({ default: false, description: 'Everything that was ever set for the area, the newest first' }),
    ),
  },
  { additionalProperties: false },
)

/** What a query asks for is an area. @throws Problem `entry-area` */
export function requireArea({ area }: { area?: string }, deps: ApiDeps): void {
  const [wrong] = area === undefined ? [] : areaProblems(area, areasOf(deps), { where: 'area', status: 400 })
  if (wrong) throw wrong
}

/** @throws Problem `missing-area`: the history of all would be endless */
export function historyArea({ area }: { area?: string }): string {
  if (area !== undefined) return area
  throw new Problem('missing-area', 'The history is that of one area', { where: 'area', status: 400 })
}

/** ISO 3166-1 alpha-2. */
export const countryCode = Type.String({
  pattern: '^[A-Z]{2}$',
  'x-form': 'two capital letters of ISO 3166-1, like JP',
  description: 'ISO 3166-1 alpha-2',
})

/** Of an answer to a write. */
export const changed = Type.Boolean({ description: 'False: that stood already, and nothing was added to the history' })
