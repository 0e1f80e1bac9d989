import { createPrivateKey, randomUUID, sign } from 'node:crypto'

/** The longest that CAMARA allows (Security and Interoperability Profile, Client Authentication) is 300 s. */
const lifetimeS = 120

/**
 * A JWT that says who asks for a token: private_key_jwt (OpenID Connect Core §9, RFC 7523). Signed by RS256 or ES256, as the key is.
 *
 * @param audience the token endpoint
 */
export function clientAssertion(
  { clientId, clientKey, keyId }: { clientId: string; clientKey: string; keyId?: string | undefined },
  audience: string,
  now: Date,
): string {
  const key = createPrivateKey(clientKey)
  const ec = key.asymmetricKeyType === 'ec'
  const iat = Math.floor(now.getTime() / 1000)
  const header = { alg: ec ? 'ES256' : 'RS256', typ: 'JWT', ...(keyId === undefined ? {} : { kid: keyId }) }
  const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + lifetimeS }
  const content = `${part(header)}.${part(claims)}`
  // JWS wants the two numbers of an ECDSA signature side by side, not in ASN.1 (RFC 7518 §3.4).
  const signature = sign('sha256', Buffer.from(content), ec ? { key, dsaEncoding: 'ieee-p1363' } : key)
  return `${content}.${signature.toString('base64url')}`
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
