import type { NewText } from '../store/inbox/insert-texts.ts'
import type { KnownText } from '../store/inbox/recent-texts.ts'
import type { IncomingText } from '../store/inbox/records.ts'

/**
 * Leaves out what repeats a text that is kept already, or came before it in the same batch, and joins the parts of a long text to
 * the first of them that came.
 *
 * @param known texts of the same sources, the oldest first
 * @param ids as many as there are texts, ascending
 */
export function placeTexts(
  texts: readonly IncomingText[],
  known: readonly KnownText[],
  ids: readonly number[],
): NewText[] {
  const bySource = new Map<string, KnownText[]>()
  const earlierThan = (text: Pick<IncomingText, 'carrierNo' | 'source'>): KnownText[] => {
    const key = `${text.carrierNo}:${text.source}`
    const earlier = bySource.get(key) ?? []
    bySource.set(key, earlier)
    return earlier
  }
  for (const one of known) earlierThan(one).push(one)
  return texts.flatMap((text, i) => {
    const earlier = earlierThan(text)
    if (isRepeated(text, earlier)) return []
    const id = ids[i] as number
    const placed = { ...text, id, headId: headOf(text, earlier) ?? id }
    earlier.push({ ...placed, fresh: true })
    return [placed]
  })
}

/** A word to stop after one to start is a new wish, though the same word came a minute ago. */
function isRepeated(text: IncomingText, earlier: readonly KnownText[]): boolean {
  for (const one of earlier.toReversed()) {
    if (!one.fresh) continue
    if (one.fingerprint.equals(text.fingerprint)) return true
    if (one.word !== null && text.word !== null) return false
  }
  return false
}

/** The newest text that lacks just this part: references come again, so one that has it is another text. */
function headOf(text: IncomingText, earlier: readonly KnownText[]): number | undefined {
  if (text.reference === null) return undefined
  const { reference, parts, destination } = text
  const parted = earlier.filter(
    (one) => one.reference === reference && one.parts === parts && one.destination === destination,
  )
  const having = new Set(parted.filter((one) => one.part === text.part).map((one) => one.headId))
  return parted.findLast((one) => !having.has(one.headId))?.headId
}
