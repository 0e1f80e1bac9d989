/**
 * CAP's dateTime (CAP 1.2 §3.2, note on DateTime): seconds and a numeric offset are obligatory, `Z` is not allowed, UTC is `-00:00`.
 * `Z` and fractions of a second are common in the wild and cannot be misread, so they are taken and normalised.
 */
const pattern = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** CAP's form of a time, or undefined where the text is none (a missing offset, the 30th of February, hour 24). */
export function normaliseTime(text: string): string | undefined {
  const parts = pattern.exec(text)
  if (!parts) return undefined
  const [, year, month, day, hour, minute, second, , zone] = parts as unknown as string[]
  // Date.parse alone would roll the 30th of February over into March.
  const date = new Date(0)
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const offset = zone === 'Z' ? '-00:00' : (zone as string)
  if (Number(offset.slice(1, 3)) > 14 || Number(offset.slice(4)) > 59) return undefined
  return `${year}-${month}-${day}T${hour}:${minute}:${second}${offset}`
}

/** Writes an instant in CAP's form, seconds precision, at the given offset (`+09:00`, UTC by default). */
export function formatTime(epochMs: number, offset = '-00:00'): string {
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))
  const shifted = epochMs + (offset.startsWith('-') ? -minutes : minutes) * 60_000
  return `${new Date(shifted).toISOString().slice(0, 19)}${offset}`
}

/** The offset that a CAP time is written in: `+09:00`. */
export function offsetOf(time: string): string {
  return time.slice(-6)
}
