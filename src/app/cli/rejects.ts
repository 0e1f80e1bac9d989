export interface Reject {
  readonly line?: number
  readonly reason: string
  readonly where?: string
}

/** Some rows went in and some did not. */
const exitRejects = 2

/** Each rejected line with its reason, on stderr; with rejects the exit code is 2. */
export function printRejects(rejects: readonly Reject[], count: number): void {
  if (count > 0) process.exitCode = exitRejects
  for (const { line, reason, where } of rejects) {
    process.stderr.write(`line ${line}: ${where === undefined ? '' : `${where}: `}${reason}\n`)
  }
  if (count > rejects.length) process.stderr.write(`and ${count - rejects.length} more\n`)
}
