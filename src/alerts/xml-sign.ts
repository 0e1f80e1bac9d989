import { createHash, type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import {
  DSIG_NAMESPACE,
  ENVELOPED,
  EXCLUSIVE_C14N,
  SHA256,
  type SignatureMethod,
  signatureMethods,
} from './signature-algorithms.ts'
import { fingerprint } from './signature-keys.ts'
import { XML_DECLARATION } from './xml-write.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'

/**
 * The document with a signature as the last child of its root: enveloped, over all of it, exclusive canonical XML, SHA-256
 * (XMLDSIG §4; for Atom RFC 4287 §5.1, for CAP 1.2 §3.3.2.1). The key works in a thread of its own.
 * @param xml as `renderXml` writes it: in canonical form already
 * @param certificates PEM of the signer's certificate and its issuers, for those who look there; the key's fingerprint is always named
 */
export async function signXml(
  xml: string,
  key: KeyObject,
  publicKey: KeyObject,
  certificates: readonly string[],
): Promise<string> {
  const root = xml.slice(XML_DECLARATION.length, -1)
  const algorithm = `${more}${key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa'}-sha256`
  const { hash, options } = signatureMethods[algorithm] as SignatureMethod
  const info = signedInfo(algorithm, createHash('sha256').update(root).digest('base64'))
  // Alone, as it is signed, it declares the namespace that it inherits in the document.
  const canonical = Buffer.from(`<SignedInfo xmlns="${DSIG_NAMESPACE}">${info}</SignedInfo>`)
  const value = await promisify(sign)(hash, canonical, { key, ...options })
  const signature = [
    `<Signature xmlns="${DSIG_NAMESPACE}"><SignedInfo>${info}</SignedInfo>`,
    `<SignatureValue>${value.toString('base64')}</SignatureValue>`,
    `<KeyInfo><KeyName>${fingerprint(publicKey)}</KeyName>${x509Data(certificates)}</KeyInfo></Signature>`,
  ]
  const end = root.lastIndexOf('</')
  return `${XML_DECLARATION}${root.slice(0, end)}${signature.join('')}${root.slice(end)}\n`
}

/** What stands in `SignedInfo`, in canonical form. */
function signedInfo(algorithm: string, digest: string): string {
  const method = (name: string, uri: string) => `<${name} Algorithm="${uri}"></${name}>`
  const transforms = [ENVELOPED, EXCLUSIVE_C14N].map((uri) => method('Transform', uri)).join('')
  return [
    method('CanonicalizationMethod', EXCLUSIVE_C14N),
    method('SignatureMethod', algorithm),
    `<Reference URI=""><Transforms>${transforms}</Transforms>`,
    `${method('DigestMethod', SHA256)}<DigestValue>${digest}</DigestValue></Reference>`,
  ].join('')
}

function x509Data(certificates: readonly string[]): string {
  if (certificates.length === 0) return ''
  const each = certificates.map((pem) => pem.replace(/-----[^-]+-----|\s/g, ''))
  return `<X509Data>${each.map((base64) => `<X509Certificate>${base64}</X509Certificate>`).join('')}</X509Data>`
}
