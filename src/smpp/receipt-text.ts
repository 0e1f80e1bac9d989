/** The state words of receipts (SMPP 3.4 appendix B), as the engine knows them. */
const receiptStates = [
  'DELIVRD',
  'EXPIRED',
  'DELETED',
  'UNDELIV',
  'ACCEPTD',
  'UNKNOWN',
  'REJECTD',
  'ENROUTE',
  'SKIPPED',
] as const

export type ReceiptState = (typeof receiptStates)[number]

export function isReceiptState(word: string): word is ReceiptState {
  return receiptStates.some((state) => state === word)
}

/** What SMSCs write for `stat`, upper-cased. */
const stateWords: Readonly<Record<string, ReceiptState>> = {
  DELIVRD: 'DELIVRD',
  DELIVERD: 'DELIVRD',
  DELIVERED: 'DELIVRD',
  EXPIRED: 'EXPIRED',
  DELETED: 'DELETED',
  UNDELIV: 'UNDELIV',
  UNDELIVERABLE: 'UNDELIV',
  UNDELIVERED: 'UNDELIV',
  FAILED: 'UNDELIV',
  ACCEPTD: 'ACCEPTD',
  ACCEPTED: 'ACCEPTD',
  UNKNOWN: 'UNKNOWN',
  REJECTD: 'REJECTD',
  REJECTED: 'REJECTD',
  ENROUTE: 'ENROUTE',
  SCHEDULED: 'ENROUTE',
  BUFFERED: 'ENROUTE',
  BUFFERD: 'ENROUTE',
  BUFFRED: 'ENROUTE',
  SKIPPED: 'SKIPPED',
}

/**
 * Reads `id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…` in whatever order, case and spacing. It stops
 * at `text:`, so that a message's own words are never taken for fields. Each field is read when it is asked for, and missing
 * where the SMSC left it out: where TLVs say it all the text is not looked at.
 */
export class ReceiptText {
  readonly #fields: string

  constructor(raw: Buffer) {
    const text = asciiOf(raw)
    const end = placeOf(text, 'text')
    this.#fields = end === -1 ? text : text.slice(0, end)
  }

  get id(): string | undefined {
    return wordOf(this.#fields, 'id', isNoBreak)
  }

  get state(): ReceiptState | undefined {
    const word = wordOf(this.#fields, 'stat', isLetter) ?? wordOf(this.#fields, 'status', isLetter)
    return word === undefined ? undefined : (stateWords[word] ?? stateWords[word.toUpperCase()])
  }

  get err(): string | undefined {
    return wordOf(this.#fields, 'err', isAlphanumeric) ?? wordOf(this.#fields, 'error', isAlphanumeric)
  }

  get submittedAt(): Date | undefined {
    return dateOf(/submit[ _]?date\s*:\s*(\d[\d+-]{9,19})/i.exec(this.#fields)?.[1])
  }

  get doneAt(): Date | undefined {
    return dateOf(/done[ _]?date\s*:\s*(\d[\d+-]{9,19})/i.exec(this.#fields)?.[1])
  }
}

// Scanned by hand: four regular expressions a receipt, with their match objects, were a tenth of what receipts cost.

const isSpace = (c: number) => c === 0x20 || (c >= 0x09 && c <= 0x0d) || c === 0xa0
/** White space, comma and semicolon part fields. */
const isBreak = (c: number) => isSpace(c) || c === 0x2c || c === 0x3b
const isNoBreak = (c: number) => !isBreak(c)
const isLetter = (c: number) => (c | 0x20) >= 0x61 && (c | 0x20) <= 0x7a
const isAlphanumeric = (c: number) => isLetter(c) || (c >= 0x30 && c <= 0x39)

/** Where a field of this name (in lower case) begins; -1 where there is none. */
function placeOf(text: string, name: string): number {
  for (let at = 0; at < text.length; at++) {
    if (at > 0 && !isBreak(text.charCodeAt(at - 1))) continue
    if (valueStart(text, at, name) !== -1) return at
  }
  return -1
}

/** Where the value begins if a field of this name begins at `at`; else -1. */
function valueStart(text: string, at: number, name: string): number {
  for (let i = 0; i < name.length; i++) if ((text.charCodeAt(at + i) | 0x20) !== name.charCodeAt(i)) return -1
  let end = at + name.length
  while (isSpace(text.charCodeAt(end))) end++
  if (text.charCodeAt(end) !== 0x3a) return -1
  end++
  while (isSpace(text.charCodeAt(end))) end++
  return end
}

function wordOf(text: string, name: string, belongs: (c: number) => boolean): string | undefined {
  const at = placeOf(text, name)
  if (at === -1) return undefined
  const start = valueStart(text, at, name)
  let end = start
  while (end < text.length && belongs(text.charCodeAt(end))) end++
  return end === start ? undefined : text.slice(start, end)
}

/** Receipts are ASCII, whatever data_coding says; a few come as UTF-16 in either order: every second octet is 0. */
function asciiOf(raw: Buffer): string {
  if (raw.length >= 4 && raw[0] === 0 && raw[2] === 0) return oddOctets(raw, 1)
  if (raw.length >= 4 && raw[1] === 0 && raw[3] === 0) return oddOctets(raw, 0)
  return raw.toString('latin1')
}

function oddOctets(raw: Buffer, first: 0 | 1): string {
  return Buffer.from(raw.filter((_, i) => i % 2 === first)).toString('latin1')
}

/** Layouts of receipt dates, most common first; a digit string is read by the first that gives a real date. */
const layouts = [
  /^(?<year>\d{2})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?\d?$/,
  /^(?<year>\d{4})(?<month>\d{2})(?<day>\d{2})(?<hour>\d{2})(?<minute>\d{2})(?<second>\d{2})?$/,
]

/**
 * `YYMMDDhhmm`, with seconds, with a four-digit year, with a zone (`+0900`, `+09`, or SMPP's quarters `36+`). Without a zone
 * the SMSC's is not known: it is read as UTC, so these dates are for people, not for ordering.
 */
function dateOf(text: string | undefined): Date | undefined {
  if (text === undefined) return undefined
  const zone = /^(\d{13})(\d{2})([+-])$/.exec(text)
  if (zone) return real(zone[1] as string, Number(zone[2]) * 15 * (zone[3] === '+' ? 1 : -1))
  const [, digits, sign, hours, minutes] = /^(\d+)(?:([+-])(\d{2})(\d{2})?)?$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes ?? 0)) * (sign === '+' ? 1 : -1)
  return real(digits, offset)
}

function real(digits: string, offsetMinutes: number): Date | undefined {
  for (const layout of layouts) {
    const parts = layout.exec(digits)?.groups
    if (parts === undefined) continue
    const year = parts.year?.length === 2 ? 2000 + Number(parts.year) : Number(parts.year)
    const [month, day, hour, minute] = [parts.month, parts.day, parts.hour, parts.minute].map(Number) as [
      number,
      number,
      number,
      number,
    ]
    const second = Number(parts.second ?? 0)
    const date = new Date(Date.UTC(year, month - 1, day, hour, minute - offsetMinutes, second))
    const asWritten = new Date(Date.UTC(year, month - 1, day))
    const exists = asWritten.getUTCMonth() === month - 1 && asWritten.getUTCDate() === day
    if (exists && month >= 1 && hour < 24 && minute < 60 && second <= 60) return date
  }
  return undefined
}
