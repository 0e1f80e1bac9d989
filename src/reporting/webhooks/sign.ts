import { createHmac, randomBytes } from 'node:crypto'
import type { Seal } from '../../lib/seal.ts'
import type { Secrets } from '../../store/webhooks/webhooks.ts'

const prefix = 'whsec_'

/** 256 random bits, as the libraries of Standard Webhooks take them. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** What a secret is sealed for: it cannot be moved to another row. */
export const purposeOf = (webhookId: string): string => `webhook:${webhookId}`

/** Those that sign, the newest first. */
export const openSecrets = (seal: Seal, webhookId: string, { secret, oldSecret }: Secrets): string[] =>
  [secret, ...(oldSecret === null ? [] : [oldSecret])].map((one) => seal.open(one, purposeOf(webhookId)))

/**
 * The headers of one attempt (Standard Webhooks 1.0), with a signature of each secret: whoever knows one of them can tell that it is from us, that nothing was changed, and
 * when that was, so that an old one that was overheard is of no use.
 * @param id the same for each attempt of one message @param body exactly as it is sent
 */
export function signedHeaders(secrets: readonly string[], id: string, at: Date, body: string): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1000).toString()
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
