import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { Problem } from './problem.ts'

/** So that a later way of sealing can be told from this one. */
const version = 1
const nonceBytes = 12
const tagBytes = 16

/**
 * Keeps secrets that have to be read again (a second factor's, a webhook's) out of the database's backups: AES-256-GCM (NIST SP
 * 800-38D). What it was sealed for is authenticated with it: it cannot be moved to another row and opened there.
 */
export class Seal {
  readonly #key: Buffer

  /** @param key 32 octets */
  constructor(key: Buffer) {
    if (key.length !== 32) throw new RangeError(`a key of ${key.length} octets`)
    this.#key = Buffer.from(key)
  }

  /** @param purpose for example `totp:17`: of which row it is */
  seal(text: string, purpose: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce, { authTagLength: tagBytes })
    cipher.setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), sealed])
  }

  /** @throws Problem `cannot-unseal` where it was sealed with another key, for another purpose, or changed */
  open(sealed: Buffer, purpose: string): string {
    try {
      if (sealed[0] !== version) throw new RangeError(`sealed by version ${sealed[0]}`)
      const [nonceEnd, tagEnd] = [1 + nonceBytes, 1 + nonceBytes + tagBytes]
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(1, nonceEnd), {
        authTagLength: tagBytes,
      })
      decipher.setAAD(Buffer.from(purpose))
      decipher.setAuthTag(sealed.subarray(nonceEnd, tagEnd))
      return Buffer.concat([decipher.update(sealed.subarray(tagEnd)), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new Problem('cannot-unseal', 'A secret in the database cannot be read with the secret key of this engine', {
        status: 503,
        where: 'BONGSU_SECRET_KEY',
        hint: 'It was sealed with another key: set that one, or make the secret anew.',
        cause,
      })
    }
  }
}
