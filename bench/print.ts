/** Benches print figures for people; nothing else goes to stdout. */
export const print = (line = '') => void process.stdout.write(`${line}\n`)

/** `12,345` or `0.12`. */
export const figure = (n: number, digits = 0) =>
  n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** An invariant is broken: the run goes on, so that the rest can be seen, and ends with exit code 1. */
export function broken(what: string): void {
  print(`BROKEN: ${what}`)
  process.exitCode = 1
}

/** A whole number above 0 from a flag. */
export function wholeNumber(flag: string, text: string): number {
  const n = Number(text)
  if (Number.isInteger(n) && n > 0) return n
  throw new Error(`${flag} ${text} is not a whole number above 0`)
}
