import Type from 'typebox'
import { nullable } from './schemas.ts'

/** A list by rising ids goes on after the last that is known. @param what the last of what: `entry` */
export const afterId = (what: string) =>
  Type.Integer({
    minimum: 0,
    maximum: Number.MAX_SAFE_INTEGER,
    default: 0,
    description: `The id of the last ${what} that is known: \`next\` of the page before`,
  })

/** A list by anything else goes on after what `next` said, whatever that is. */
export const afterText = Type.Optional(
  Type.String({ minLength: 1, maxLength: 200, description: '`next` of the page before' }),
)

const forAfter = { description: 'For `after`; null at the end' }
export const nextId = nullable(Type.Integer(forAfter))
export const nextText = nullable(Type.String(forAfter))

/** What the next page goes on after: a page that is not full is the last. */
export function nextOf<Row, Cursor>(
  rows: readonly Row[],
  limit: number | undefined,
  cursorOf: (last: Row) => Cursor,
): Cursor | null {
  const last = rows.at(-1)
  return last !== undefined && rows.length === limit ? cursorOf(last) : null
}
