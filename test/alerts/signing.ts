import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignedXml } from 'xml-crypto'
import { type CapSigner, loadSigner } from '../../src/alerts/cap-signer.ts'
import { hashAlgorithms } from '../../src/alerts/signature-algorithms.ts'
import type { TrustedKey } from '../../src/alerts/signature-keys.ts'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

export const trusted = (key: KeyObject, file = 'agency.pem'): TrustedKey => ({ file, key })

/** A signer of what we publish, its key made for the run. */
export async function testSigner(): Promise<CapSigner> {
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-signer-'))
  try {
    const file = join(dir, 'key.pem')
    await writeFile(file, otherRsa.privateKey.export({ type: 'pkcs8', format: 'pem' }))
    return await loadSigner(file)
  } finally {
    await rm(dir, { recursive: true })
  }
}

export interface Signing {
  key?: KeyObject
  method?: string
  digest?: string
  transforms?: string[]
  canonicalization?: string
  /** XPath of what is signed; the whole document where it is left out. */
  what?: string
  /** XPath of where the signature goes. */
  into?: string
  keyInfo?: string
}

/** Which xml-crypto does not have (RFC 9231 §2.3.6). */
class EcdsaSha256 {
  getSignature = (signedInfo: string, key: string) =>
    sign('sha256', Buffer.from(signedInfo), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
  getAlgorithmName = () => `${more}ecdsa-sha256`
}

/** A document signed as other software does it: with xml-crypto's own algorithms wherever it has them. */
export function signed(xml: string, options: Signing = {}): string {
  const { key = rsa.privateKey, what, into = '/*', keyInfo, canonicalization = exclusive } = options
  const signer = new SignedXml({
    privateKey: key.export({ type: 'pkcs8', format: 'pem' }),
    signatureAlgorithm: options.method ?? `${more}${key.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa'}-sha256`,
    canonicalizationAlgorithm: canonicalization,
    getKeyInfoContent: () => keyInfo ?? null,
  })
  signer.SignatureAlgorithms = { [`${more}ecdsa-sha256`]: EcdsaSha256 as never, ...signer.SignatureAlgorithms }
  signer.HashAlgorithms = { ...hashAlgorithms, ...signer.HashAlgorithms }
  signer.addReference({
    xpath: what ?? '/*',
    isEmptyUri: what === undefined,
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: options.transforms ?? [enveloped, canonicalization],
  })
  signer.computeSignature(xml, { location: { reference: into, action: 'append' } })
  return signer.getSignedXml()
}

export function rsaKeyValue(key: KeyObject): string {
  const { n, e } = key.export({ format: 'jwk' })
  const plain = (text = '') => Buffer.from(text, 'base64url').toString('base64')
  return `<KeyValue><RSAKeyValue><Modulus>${plain(n)}</Modulus><Exponent>${plain(e)}</Exponent></RSAKeyValue></KeyValue>`
}
