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

/** The fields of a receipt's text, each missing where the SMSC left it out. */
export interface ReceiptText {
  id?: string
  state?: ReceiptState
  err?: string
  /** Read when asked for: nothing on the hot path needs the dates. */
  readonly submittedAt: Date | undefined
  readonly doneAt: Date | undefined
}

/**
 * Reads `id:… sub:… dlvrd:… submit date:… done date:… stat:… err:… text:…` in whatever order, case and spacing. It stops
 * at `text:`, so that a message's own words are never taken for fields.
 */
export function parseReceiptText(raw: Buffer): ReceiptText {
  const text = asciiOf(raw)
  const fields = text.slice(0, endOfFields(text))
  const found: ReceiptText = {
    get submittedAt() {
      return dateOf(/submit[ _]?date\s*:\s*(\d[\d+-]{9,19})/i.exec(fields)?.[1])
    },
    get doneAt() {
      return dateOf(/done[ _]?date\s*:\s*(\d[\d+-]{9,19})/i.exec(fields)?.[1])
    },
  }
  const id = /(?:^|[\s,;])id\s*:\s*([^\s,;]+)/i.exec(fields)?.[1]
  if (id !== undefined) found.id = id
  const state = stateWords[/(?:^|[\s,;])stat(?:us)?\s*:\s*([a-z]+)/i.exec(fields)?.[1]?.toUpperCase() ?? '']
  if (state !== undefined) found.state = state
  const err = /(?:^|[\s,;])err(?:or)?\s*:\s*([\da-z]+)/i.exec(fields)?.[1]
  if (err !== undefined) found.err = err
  return found
}

function endOfFields(text: string): number {
  const at = text.search(/(?:^|[\s,;])text\s*:/i)
  return at === -1 ? text.length : at
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
