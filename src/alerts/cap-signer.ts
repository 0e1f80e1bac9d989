import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Problem } from '../lib/problem.ts'
import { fingerprint, weakness } from './signature-keys.ts'
import { signXml } from './xml-sign.ts'

/** Signs what we publish. */
export interface CapSigner {
  /** SHA-256 of the public key. */
  readonly fingerprint: string
  /** SubjectPublicKeyInfo, PEM. */
  readonly publicPem: string
  /** @param xml as `renderXml` writes it */
  sign(xml: string): Promise<string>
}

const KEY_FILE = 'cap-signing-key.pem'

/**
 * @param file PEM of a private key (RSA of 2,048 bits or more, or EC), perhaps with its certificates
 * @throws Problem `cap-key` where it cannot be used
 */
export async function loadSigner(file: string): Promise<CapSigner> {
  let pem: string
  try {
    pem = await readFile(file, 'latin1')
  } catch (cause) {
    throw unusable(file, 'it cannot be read', cause)
  }
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch (cause) {
    throw unusable(file, 'it holds no private key that can be read without a passphrase', cause)
  }
  const weak = weakness(key)
  if (weak !== undefined) throw unusable(file, weak)
  const publicKey = createPublicKey(key)
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
  return {
    fingerprint: fingerprint(publicKey),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: (xml) => signXml(xml, key, publicKey, certificates),
  }
}

/** The key of a data directory; made where there is none, readable for its owner only. Of two who make one at once, one wins. */
export async function signerOfDataDir(dataDir: string): Promise<CapSigner> {
  const file = join(dataDir, KEY_FILE)
  try {
    return await loadSigner(file)
  } catch (error) {
    if (((error as Problem).cause as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT') throw error
  }
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 3072 })
  // Written aside and linked, so that nobody reads half a key.
  const draft = `${file}.${randomUUID()}.tmp`
  await writeFile(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await rm(draft)
  }
  return loadSigner(file)
}

function unusable(file: string, why: string, cause?: unknown): Problem {
  return new Problem('cap-key', `The key that signs the CAP feed cannot be used: ${why}`, {
    where: file,
    hint: 'Give a PEM file, for example of `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`.',
    ...(cause === undefined ? {} : { cause }),
  })
}
