import { Problem } from './problem.ts'

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `250ms`, `30s`, `5m`, `72h` or `2d` into milliseconds; throws a Problem that names `where`. */
export function parseDuration(text: string, where?: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  const unit = match?.[2]
  if (!match || unit === undefined) {
    throw new Problem('bad-duration', `"${text}" is not a duration`, {
      ...(where === undefined ? {} : { where }),
      hint: 'Write a number and a unit: 250ms, 30s, 5m, 72h or 2d.',
    })
  }
  return Number(match[1]) * (unitMs[unit] as number)
}
