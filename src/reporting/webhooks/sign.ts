import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'

/** 256 random bits, as the libraries of Standard Webhooks take them. */
export const newSecret = (): string => `${prefix}${randomBytes(32).toString('base64')}`

/** What a secret is sealed for: it cannot be moved to another row. */
export const purposeOf = (webhookId: string): string => `webhook:${webhookId}`

/**
 * The headers of one attempt (Standard Webhooks 1.0): whoever knows the secret can tell that it is from us, that nothing was changed, and
 * when that was, so that an old one that was overheard is of no use.
 * @param id the same for each attempt of one message @param body exactly as it is sent
 */
export function signedHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const timestamp = Math.floor(at.getTime() / 1000).toString()
  const key = Buffer.from(secret.slice(prefix.length), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
