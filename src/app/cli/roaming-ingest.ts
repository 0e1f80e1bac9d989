import type { ApiClient } from './client.ts'
import { openInput, sniffed } from './input.ts'
import { printRejects, type Reject } from './rejects.ts'

interface Accepted {
  readonly accepted: number
  readonly rejected: number
  readonly rejects: readonly Reject[]
  readonly ignored: readonly string[]
}

/** Sends NDJSON of roaming notifications as it is read. */
export async function ingestRoaming(client: ApiClient, file: string): Promise<void> {
  const { stream } = await sniffed(await openInput(file))
  const answer = await client.json<Accepted>('/v1/roaming-notifications', {
    method: 'POST',
    body: stream,
    type: 'application/x-ndjson',
  })
  if (answer.ignored.length > 0) process.stderr.write(`ignored, as not known: ${answer.ignored.join(', ')}\n`)
  printRejects(answer.rejects, answer.rejected)
  process.stdout.write(`accepted ${answer.accepted} rejected ${answer.rejected}\n`)
}
