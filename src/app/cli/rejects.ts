export interface Reject {
  readonly line?: number
  readonly reason: string
  readonly where?: string
}

/** Each rejected line with its reason, on stderr. */
export function printRejects(rejects: readonly Reject[], count: number): void {
  for (const { line, reason, where } of rejects) {
    process.stderr.write(`line ${line}: ${where === undefined ? '' : `${where}: `}${reason}\n`)
  }
  if (count > rejects.length) process.stderr.write(`and ${count - rejects.length} more\n`)
}
