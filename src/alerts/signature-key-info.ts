import { createPublicKey, type JsonWebKey, type KeyObject, X509Certificate } from 'node:crypto'
import { childElements } from './xml-dom.ts'

/** A key that a signature brings along. It shows that nothing was changed since; whose it is, is another question. */
export interface NamedKey {
  readonly key: KeyObject
  /** Subject of its certificate. */
  readonly subject?: string
}

/** A chain of more is not looked at: the signer's is among the first. */
const MAX_KEYS = 4

const curves: Readonly<Record<string, [crv: string, bytes: number]>> = {
  'urn:oid:1.2.840.10045.3.1.7': ['P-256', 32],
  'urn:oid:1.3.132.0.34': ['P-384', 48],
  'urn:oid:1.3.132.0.35': ['P-521', 66],
}

/** The keys of `KeyInfo`: of certificates, RSAKeyValue and ECKeyValue (XMLDSIG 1.1 §4.5). What cannot be read is passed over. */
export function keysOf(signature: Element): NamedKey[] {
  const keyInfo = childElements(signature).find(({ localName }) => localName === 'KeyInfo')
  if (keyInfo === undefined) return []
  const keys: NamedKey[] = []
  for (const reader of [certificate, rsaKey, ecKey]) {
    const found = keyInfo.getElementsByTagNameNS('*', reader.element)
    for (let i = 0; i < found.length && keys.length < MAX_KEYS; i++) {
      try {
        keys.push(reader.read(found[i] as Element))
      } catch {
        // Of another kind, or damaged: as good as none.
      }
    }
  }
  return keys
}

/** What `KeyName` says (XMLDSIG §4.5.1): names that the sender gives his key. */
export function keyNamesOf(signature: Element): string[] {
  const keyInfo = childElements(signature).find(({ localName }) => localName === 'KeyInfo')
  if (keyInfo === undefined) return []
  return childElements(keyInfo)
    .filter(({ localName }) => localName === 'KeyName')
    .slice(0, MAX_KEYS)
    .map(({ textContent }) => (textContent ?? '').trim())
}

const certificate = {
  element: 'X509Certificate',
  read: (element: Element): NamedKey => {
    const read = new X509Certificate(bytesOf(element))
    return { key: read.publicKey, subject: read.subject.replaceAll('\n', ', ') }
  },
}

const rsaKey = {
  element: 'RSAKeyValue',
  read: (element: Element): NamedKey => {
    const [n, e] = ['Modulus', 'Exponent'].map((name) => bytesOf(partOf(element, name)).toString('base64url'))
    return ofJwk({ kty: 'RSA', n, e })
  },
}

const ecKey = {
  element: 'ECKeyValue',
  read: (element: Element): NamedKey => {
    const [crv, size] = curves[partOf(element, 'NamedCurve').getAttribute('URI') ?? ''] as [string, number]
    const point = bytesOf(partOf(element, 'PublicKey'))
    if (point[0] !== 4 || point.length !== 1 + 2 * size) throw new Error('not an uncompressed point')
    const [x, y] = [point.subarray(1, 1 + size), point.subarray(1 + size)].map((part) => part.toString('base64url'))
    return ofJwk({ kty: 'EC', crv, x, y })
  },
}

const ofJwk = (jwk: Record<string, string | undefined>): NamedKey => ({
  key: createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' }),
})

function partOf(element: Element, name: string): Element {
  const part = childElements(element).find(({ localName }) => localName === name)
  if (part === undefined) throw new Error(`no ${name}`)
  return part
}

function bytesOf(element: Element): Buffer {
  return Buffer.from(element.textContent ?? '', 'base64')
}
