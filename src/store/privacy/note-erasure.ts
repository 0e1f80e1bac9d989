import { type AuditEntry, appendAudit } from '../audit.ts'
import type { Client } from '../database.ts'

/**
 * The last step of an erasure, in its last transaction: notes it, and makes whom all entries of the audit log are about nobody's. The chain
 * is not touched.
 */
export async function noteErasure(
  client: Client,
  kind: 'person' | 'subscriber',
  name: string,
  { actor, detail }: Pick<AuditEntry, 'actor' | 'detail'>,
): Promise<void> {
  await appendAudit(client, { actor, act: 'privacy.erase', subject: `${kind}:${name}`, ...(detail && { detail }) })
  await client.query('DELETE FROM pseudonym WHERE kind = $1 AND name = $2', [kind, name])
}
