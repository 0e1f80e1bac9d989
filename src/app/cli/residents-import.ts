import type { ApiClient } from './client.ts'
import { openInput, sniffed } from './input.ts'
import { printRejects, type Reject } from './rejects.ts'

interface Imported {
  readonly imported: number
  readonly rejected: number
  readonly rejects: readonly Reject[]
  readonly warnings: readonly { line: number; warning: string }[]
}

/** Sends a file of residents as it is read, and prints what became of it. */
export async function importResidents(client: ApiClient, file: string): Promise<void> {
  const { first, stream } = await sniffed(await openInput(file))
  const answer = await client.json<Imported>('/v1/residents/import', {
    method: 'POST',
    body: stream,
    type: first === '{' ? 'application/x-ndjson' : 'text/csv',
  })
  for (const { line, warning } of answer.warnings) process.stderr.write(`line ${line}: warning: ${warning}\n`)
  printRejects(answer.rejects, answer.rejected)
  process.stdout.write(`imported ${answer.imported} rejected ${answer.rejected}\n`)
}
