import { constants, createHash, type KeyLike, type KeyObject, verify } from 'node:crypto'
import type { HashAlgorithm, SignatureAlgorithm } from 'xml-crypto'

export const DSIG_NAMESPACE = 'http://www.w3.org/2000/09/xmldsig#'
export const EXCLUSIVE_C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#'
export const ENVELOPED = `${DSIG_NAMESPACE}enveloped-signature`
export const SHA256 = 'http://www.w3.org/2001/04/xmlenc#sha256'

const INCLUSIVE_C14N = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'
const more = 'http://www.w3.org/2001/04/xmldsig-more#'

export const canonicalizations: ReadonlySet<string> = new Set([EXCLUSIVE_C14N, INCLUSIVE_C14N])
export const transforms: ReadonlySet<string> = new Set([ENVELOPED, ...canonicalizations])

export interface SignatureMethod {
  readonly keyType: 'rsa' | 'ec'
  /** Padding and encoding, for node:crypto. */
  readonly options: { padding?: number; saltLength?: number; dsaEncoding?: 'ieee-p1363' }
  readonly hash: string
}

/** XMLDSIG gives r and s side by side (RFC 4050 §3.3), where node:crypto writes DER of itself. */
const ec = (hash: string): SignatureMethod => ({ keyType: 'ec', hash, options: { dsaEncoding: 'ieee-p1363' } })
const rsa = (hash: string): SignatureMethod => ({ keyType: 'rsa', hash, options: {} })
const pss: SignatureMethod = {
  keyType: 'rsa',
  hash: 'sha256',
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
}

/**
 * RFC 9231. SHA-1 is missing on purpose: two documents with one signature can be made for it. So is HMAC: with it a public key,
 * which everybody has, would be the secret.
 */
export const signatureMethods: Readonly<Record<string, SignatureMethod>> = {
  [`${more}rsa-sha256`]: rsa('sha256'),
  [`${more}rsa-sha384`]: rsa('sha384'),
  [`${more}rsa-sha512`]: rsa('sha512'),
  'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1': pss,
  [`${more}ecdsa-sha256`]: ec('sha256'),
  [`${more}ecdsa-sha384`]: ec('sha384'),
  [`${more}ecdsa-sha512`]: ec('sha512'),
}

export const digests: Readonly<Record<string, string>> = {
  [SHA256]: 'sha256',
  [`${more}sha384`]: 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
}

/**
 * For xml-crypto, which knows neither ECDSA nor SHA-384, and knows SHA-1. They try keys of their own, and tell which fits: xml-crypto
 * takes one, and would go through the whole document again for each.
 */
export const algorithmsTrying = (keys: readonly KeyObject[], fits: (key: KeyObject) => void) =>
  Object.fromEntries(
    Object.entries(signatureMethods).map(([uri, method]) => [uri, algorithmTrying(uri, method, keys, fits)]),
  )
/** For xml-crypto, as above. */
export const hashAlgorithms: Record<string, new () => HashAlgorithm> = Object.fromEntries(
  Object.entries(digests).map(([uri, hash]) => [uri, hashAlgorithm(uri, hash)]),
)

function algorithmTrying(
  uri: string,
  { hash, options }: SignatureMethod,
  keys: readonly KeyObject[],
  fits: (key: KeyObject) => void,
): new () => SignatureAlgorithm {
  // Their interface asks for signing as well, which nothing here does with it.
  return class {
    verifySignature = (signedInfo: string, _key: KeyLike, value: string) => {
      const [data, bytes] = [Buffer.from(signedInfo), Buffer.from(value, 'base64')]
      const found = keys.find((key) => verify(hash, data, { key, ...options } as never, bytes))
      if (found !== undefined) fits(found)
      return found !== undefined
    }
    getAlgorithmName = () => uri
  } as unknown as new () => SignatureAlgorithm
}

function hashAlgorithm(uri: string, hash: string): new () => HashAlgorithm {
  return class {
    getHash = (xml: string) => createHash(hash).update(xml, 'utf8').digest('base64')
    getAlgorithmName = () => uri
  }
}
