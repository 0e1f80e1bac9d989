import type { InboxWord } from '../store/inbox/records.ts'

/** What people write to get no more texts, and to get them again; in small letters. Only a text that says nothing else counts. */
const words: Readonly<Record<InboxWord, readonly string[]>> = {
  stop: ['stop', 'stopall', 'unsubscribe', '수신거부', '거부', '중지'],
  start: ['start', '수신동의'],
}

const meanings = new Map(
  (['stop', 'start'] as const).flatMap((meaning) => words[meaning].map((word) => [word, meaning] as const)),
)

/** NFKC first: Korean keyboards write full-width letters, and some phones jamo apart. */
export function wordOf(text: string): InboxWord | null {
  return meanings.get(text.normalize('NFKC').trim().toLowerCase()) ?? null
}
