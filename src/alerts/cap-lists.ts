import { normaliseTime } from './cap-time.ts'
import type { Reference } from './model.ts'

/** CAP's lists in one element: split at white space, an item with white space in double quotes (CAP 1.2 §3.2.1, addresses and incidents). */
export function readList(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].flatMap(([, quoted, plain]) => (quoted ?? plain)?.trim() || [])
}

export function writeList(items: readonly string[]): string {
  return items.map((item) => (/\s/.test(item) ? `"${item}"` : item)).join(' ')
}

/** `sender,identifier,sent`, or undefined where it is not that. */
export function readReference(text: string): Reference | undefined {
  const [sender, identifier, time, ...rest] = text.split(',')
  const sent = normaliseTime(time ?? '')
  if (!sender || !identifier || sent === undefined || rest.length > 0) return undefined
  return { sender, identifier, sent }
}

export function writeReference({ sender, identifier, sent }: Reference): string {
  return `${sender},${identifier},${sent}`
}
