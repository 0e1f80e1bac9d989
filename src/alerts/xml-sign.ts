import type { KeyObject } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import { ENVELOPED, EXCLUSIVE_C14N, hashAlgorithms, SHA256, signatureAlgorithms } from './signature-algorithms.ts'
import { fingerprint } from './signature-keys.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'

/**
 * The document with a signature as the last child of its root: enveloped, over all of it, exclusive canonical XML, SHA-256
 * (XMLDSIG §4; for Atom RFC 4287 §5.1, for CAP 1.2 §3.3.2.1).
 * @param certificates PEM of the signer's certificate and its issuers, for those who look there; the key's fingerprint is always named
 */
export function signXml(xml: string, key: KeyObject, publicKey: KeyObject, certificates?: string): string {
  const signer = new SignedXml({
    privateKey: key,
    signatureAlgorithm: `${more}${key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa'}-sha256`,
    canonicalizationAlgorithm: EXCLUSIVE_C14N,
    ...(certificates === undefined ? {} : { publicCert: certificates }),
    getKeyInfoContent: (args = {}) =>
      `<KeyName>${fingerprint(publicKey)}</KeyName>${SignedXml.getKeyInfoContent(args) ?? ''}`,
  })
  signer.SignatureAlgorithms = signatureAlgorithms
  signer.HashAlgorithms = hashAlgorithms
  signer.addReference({
    xpath: '/*',
    isEmptyUri: true,
    digestAlgorithm: SHA256,
    transforms: [ENVELOPED, EXCLUSIVE_C14N],
  })
  signer.computeSignature(xml)
  return `${signer.getSignedXml()}\n`
}
