import { createHash } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { Problem } from '../lib/problem.ts'
import type { Seal } from '../lib/seal.ts'

const periodS = 30
/** Clocks of phones: the code before and the one after are taken too (RFC 6238 §5.2). */
const window = 1
const recoveryCodes = 10

/** SHA-1 and six digits are what every authenticator can do (Key URI Format). */
const totpOf = (secret: Secret, label: string) =>
  new TOTP({ issuer: 'bongsu', label, algorithm: 'SHA1', digits: 6, period: periodS, secret })

/** The sealed secret of a person cannot be opened as another's. */
const purposeOf = (personId: number) => `totp:${personId}`

/** @throws Problem `secret-key-missing` (503) */
export function sealOr503(seal: Seal | undefined): Seal {
  if (seal !== undefined) return seal
  throw new Problem('secret-key-missing', 'This engine has no key to keep secrets with', {
    status: 503,
    where: 'BONGSU_SECRET_KEY',
    hint: 'Set BONGSU_SECRET_KEY, the same for all engines of this database: `openssl rand -base64 32`.',
  })
}

/** A new secret of 160 bits (RFC 4226 §4, R6): for the person's authenticator, and sealed for the database. */
export function newSecret(seal: Seal, personId: number, name: string): { uri: string; secret: string; sealed: Buffer } {
  const secret = new Secret({ size: 20 })
  return {
    uri: totpOf(secret, name).toString(),
    secret: secret.base32,
    sealed: seal.seal(secret.base32, purposeOf(personId)),
  }
}

/** The time step that a code is of; undefined where it is of none near now. */
export function stepOf(seal: Seal, personId: number, sealed: Buffer, code: string, now: number): number | undefined {
  const secret = Secret.fromBase32(seal.open(sealed, purposeOf(personId)))
  const delta = totpOf(secret, '').validate({ token: code, timestamp: now, window })
  return delta === null ? undefined : Math.floor(now / 1000 / periodS) + delta
}

/** Codes of 80 bits for who lost his second factor. Random as they are, a plain hash keeps them. */
export function newRecoveryCodes(): { codes: string[]; hashes: Buffer[] } {
  const codes = Array.from({ length: recoveryCodes }, () =>
    new Secret({ size: 10 }).base32.toLowerCase().replace(/(.{4})(?=.)/g, '$1-'),
  )
  return { codes, hashes: codes.map(recoveryHash) }
}

export const isRecoveryCode = (code: string): boolean => /^[a-z2-7]{4}(-?[a-z2-7]{4}){3}$/i.test(code)

export const recoveryHash = (code: string): Buffer =>
  createHash('sha256').update(code.toLowerCase().replaceAll('-', '')).digest()
