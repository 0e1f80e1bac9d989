import { askAbout } from '../../alerts/cap-questions.ts'
import { writeCapXml } from '../../alerts/cap-write.ts'
import { parseCapXml } from '../../alerts/cap-xml.ts'
import type { Reference } from '../../alerts/model.ts'
import { rebase } from '../../alerts/rebase.ts'
import { Problem } from '../../lib/problem.ts'
import type { ApiClient, RequestOptions } from './client.ts'
import { firstCharacter, readInput } from './input.ts'
import type { Marked } from './marks.ts'
import { type RuleFlags, rulesAmong } from './rule-flags.ts'
import { newestLaunched } from './which-alert.ts'

export interface DraftFlags extends RuleFlags {
  readonly confirm?: string
  readonly rebase?: boolean
}

interface Found {
  readonly notes: readonly { readonly where: string; readonly message: string }[]
  readonly warnings: readonly {
    readonly message: string
    readonly where?: string | undefined
    readonly hint?: string | undefined
  }[]
}

export interface Drafted extends Found, Pick<Marked, 'status' | 'rehearses'> {
  readonly id: string
  readonly identifier: string
}

const say = (line: string) => void process.stderr.write(`${line}\n`)

/** Makes a draft of a file, or puts the file in the place of a draft (`of`), and says what was found about it. */
export async function draft(
  client: ApiClient,
  file: string,
  { confirm, rebase: shift, ...flags }: DraftFlags,
  of: { readonly path: string } & Pick<RequestOptions, 'method' | 'headers'> = { path: '/v1/alerts', method: 'POST' },
): Promise<Drafted> {
  const given = await readInput(file)
  const bytes = shift ? await rebased(client, given, confirm?.split(',') ?? []) : given
  const query = new URLSearchParams(rulesAmong(flags))
  if (confirm !== undefined) query.set('confirm', confirm)
  const { path, ...options } = of
  const alert = await client.json<Drafted>(`${path}${query.size === 0 ? '' : `?${query}`}`, {
    ...options,
    body: bytes,
    type: firstCharacter(bytes) === '<' ? 'application/cap+xml' : 'application/json',
  })
  tell(alert)
  return alert
}

function tell({ notes, warnings }: Found): void {
  for (const { where, message } of notes) say(`note: ${message} (at ${where})`)
  for (const { message, where, hint } of warnings) {
    say(`warning: ${message}${where === undefined ? '' : ` (at ${where})`}${hint === undefined ? '' : `. ${hint}`}`)
  }
}

/** An old CAP file as if it were sent now, to try things out with; what it refers to is what was sent here last under that name. */
async function rebased(
  client: ApiClient,
  bytes: Uint8Array<ArrayBuffer>,
  confirmed: readonly string[],
): Promise<Uint8Array<ArrayBuffer>> {
  if (firstCharacter(bytes) !== '<') {
    throw new Problem('cannot-rebase', 'Only the times of a CAP file can be shifted', {
      where: '--rebase',
      hint: 'Leave "sent" out of alert JSON, and write "expires" anew.',
    })
  }
  const read = parseCapXml(bytes)
  // What is sent is written anew, so what reading found is to be told, and asked, here. A signature does not outlive it.
  tell(read)
  askAbout(read.warnings, confirmed, false)
  const alert = rebase(read.alert, Date.now())
  const references = await Promise.all(alert.references.map((reference) => sentHere(client, reference)))
  return new TextEncoder().encode(writeCapXml({ ...alert, references }))
}

async function sentHere(client: ApiClient, reference: Reference): Promise<Reference> {
  const query = new URLSearchParams({ identifier: reference.identifier, limit: '50' })
  const { alerts } = await client.json<{ alerts: (Reference & { launchedAt: string | null })[] }>(`/v1/alerts?${query}`)
  const own = alerts.filter(({ sender }) => sender === reference.sender)
  const found = newestLaunched(own) ?? own[0]
  if (found) return { ...reference, sent: found.sent }
  throw new Problem('reference-unknown', `No alert ${reference.identifier} of ${reference.sender} was created here`, {
    where: '--rebase',
    hint: 'Launch that one first.',
  })
}
