import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Problem } from '../lib/problem.ts'

/** A key whose alerts are known to come from its owner. */
export interface TrustedKey {
  /** Name of the file in the trust directory: what people see. */
  readonly file: string
  readonly key: KeyObject
  /** Epoch ms; of a certificate. */
  readonly validTo?: number
}

const suffixes = new Set(['.pem', '.crt', '.cer'])
const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/**
 * The keys of a trust directory: PEM files of certificates or public keys, any number a file. A certificate is trusted as it is,
 * not as an issuer of others: of a public authority everybody can buy one.
 * @throws Problem `trust-unreadable`, `trust-key` with the file that cannot be used
 */
export async function loadTrustedKeys(dir: string): Promise<TrustedKey[]> {
  let names: string[]
  try {
    names = await readdir(dir)
  } catch (cause) {
    throw new Problem('trust-unreadable', 'The directory of trusted keys cannot be read', {
      where: dir,
      hint: 'Make it, or leave BONGSU_CAP_TRUST_DIR unset.',
      cause,
    })
  }
  const keys: TrustedKey[] = []
  for (const file of names.filter((name) => suffixes.has(extname(name).toLowerCase())).sort()) {
    keys.push(...readTrustedKeys(await readFile(join(dir, file), 'latin1'), file))
  }
  return keys
}

/** @throws Problem `trust-key` */
export function readTrustedKeys(pem: string, file: string): TrustedKey[] {
  const blocks = [...pem.matchAll(block)]
  if (blocks.length === 0) throw unusable(file, 'it holds no PEM block')
  return blocks.map(([text, label = '']) => {
    // A private key would do as a public one; that it lies here is a mistake that its owner should hear of.
    if (label.includes('PRIVATE')) throw unusable(file, 'it holds a private key')
    const read = readBlock(text, label, file)
    const weak = weakness(read.key)
    if (weak !== undefined) throw unusable(file, weak)
    return read
  })
}

function readBlock(text: string, label: string, file: string): TrustedKey {
  try {
    if (label !== 'CERTIFICATE') return { file, key: createPublicKey(text) }
    const certificate = new X509Certificate(text)
    return { file, key: certificate.publicKey, validTo: Date.parse(certificate.validTo) }
  } catch (cause) {
    throw unusable(file, `${label} cannot be read`, cause)
  }
}

function unusable(file: string, why: string, cause?: unknown): Problem {
  return new Problem('trust-key', `The trusted key cannot be used: ${why}`, {
    where: file,
    hint: 'Put certificates or public keys there, as PEM: RSA of 2,048 bits or more, or EC.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Why nobody should rely on a key, if so. */
export function weakness({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === 'ec') return undefined
  if (asymmetricKeyType !== 'rsa') return `a key of type ${asymmetricKeyType} is not taken`
  const bits = asymmetricKeyDetails?.modulusLength ?? 0
  return bits < 2048 ? `an RSA key of ${bits} bits is too weak` : undefined
}

/** SHA-256 of the key (SubjectPublicKeyInfo): what two people read to each other over the phone. */
export function fingerprint(key: KeyObject): string {
  return `sha256:${createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')}`
}
