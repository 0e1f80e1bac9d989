import { Problem } from '../lib/problem.ts'
import { type AuditAnchor, type AuditCheck, type ChainEntry, ChainWalk } from '../store/audit-chain.ts'
import { decodeUtf8, readLines } from '../subscribers/lines.ts'

/** The longest detail that is written is that of an entry template; a line above this is none of ours. */
const maxLineBytes = 4 << 20

/**
 * Walks the chain of an export, without a database. What is no entry does not hold: it breaks the chain where it stands.
 *
 * @param head a hash that was written down elsewhere, hex
 * @throws Problem `not-an-export`
 */
export async function verifyExport(stream: AsyncIterable<Uint8Array>, head?: string): Promise<AuditCheck> {
  let walk: ChainWalk | undefined
  for await (const { line, bytes } of readLines(stream, maxLineBytes)) {
    const value = parse(bytes, line)
    if (walk === undefined) {
      walk = new ChainWalk(anchorOf(value), head)
      if ('anchor' in value) continue
    }
    if (!walk.take(entryOf(value))) break
  }
  return (walk ?? new ChainWalk(undefined, head)).end()
}

/** A member that no hash covers is none that we wrote: what has one is no entry that could hold. */
function entryOf(value: Readonly<Record<string, unknown>>): ChainEntry {
  const { id, at, actor, act, subject, detail, previous, hash, ...more } = value
  const known = { id, at, actor, act, subject, detail, previous, hash } as ChainEntry
  return Object.keys(more).length === 0 ? known : { ...known, hash: '' }
}

function parse(bytes: Buffer | undefined, line: number): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(decodeUtf8(bytes ?? Buffer.alloc(0)) ?? '')
    if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>
  } catch {
    // Said below.
  }
  throw new Problem('not-an-export', 'This line is no entry of an audit log', {
    where: `line ${line}`,
    hint: 'Give what `bongsu audit export` or GET /v1/audit/export wrote.',
  })
}

function anchorOf({ anchor }: { readonly anchor?: unknown }): AuditAnchor | undefined {
  const { upto, hash } = (anchor ?? {}) as Partial<AuditAnchor>
  return typeof upto === 'number' && typeof hash === 'string' ? { upto, hash } : undefined
}
