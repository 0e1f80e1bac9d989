import { Secret } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { checkPassword, hashPassword, oneTimePassword, passwordFits } from '../../src/api/passwords.ts'
import { RateLimit } from '../../src/api/rate-limits.ts'
import { isRecoveryCode, newRecoveryCodes, newSecret, recoveryHash, stepOf } from '../../src/api/second-factor.ts'
import { networkOf } from '../../src/api/sign-in.ts'
import { Problem } from '../../src/lib/problem.ts'
import { testSeal } from './people-support.ts'

const refusal = (password: string, name = 'Kim') => {
  try {
    checkPassword(password, name)
    return undefined
  } catch (error) {
    return (error as Problem).code
  }
}

describe('passwords', () => {
  test('are argon2id with the cost that OWASP asks for, and fit themselves alone', async () => {
    const hash = await hashPassword('four words say enough')
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await passwordFits(hash, 'four words say enough')).toBe(true)
    expect(await passwordFits(hash, 'four words say enough ')).toBe(false)
    for (const nobody of [undefined, null]) expect(await passwordFits(nobody, 'four words say enough')).toBe(false)
  })

  test('are the same however a keyboard composes them', async () => {
    const written = '봉화대에서 연기가 오른다'
    expect(await passwordFits(await hashPassword(written.normalize('NFD')), written.normalize('NFC'))).toBe(true)
  })

  test('that are short, long, repeated or easily guessed are refused', () => {
    for (const weak of [
      'eleven char',
      'aaaaaaaaaaaaaaaa',
      'abababababababab',
      'x'.repeat(300),
      'bongsu bongsu',
      'password1234',
      'Kim Kim Kim Kim',
      '비밀번호비밀번호1234',
    ]) {
      expect([weak, refusal(weak)]).toEqual([weak, 'weak-password'])
    }
    expect(refusal('Kim Ji-woo 1234', 'Kim Ji-woo')).toBe('weak-password')
    expect(refusal('네 낱말이면 충분합니다')).toBeUndefined()
    expect(refusal(oneTimePassword())).toBeUndefined()
  })
})

describe('the second factor', () => {
  const sealed = testSeal.seal(Secret.fromLatin1('12345678901234567890').base32, 'totp:7')

  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_234_567_890, '005924'],
    [20_000_000_000, '353130'],
  ])('knows the codes of RFC 6238, appendix B, at %i s', (seconds, code) => {
    const step = Math.floor(seconds / 30)
    expect(stepOf(testSeal, 7, sealed, code, seconds * 1000)).toBe(step)
    // A clock that is a step off names the step of the code, so that it is taken once whichever clock is right.
    expect(stepOf(testSeal, 7, sealed, code, (seconds + 30) * 1000)).toBe(step)
    expect(stepOf(testSeal, 7, sealed, code, (seconds + 60) * 1000)).toBeUndefined()
  })

  test('of one person cannot be opened as another’s', () => {
    expect(() => stepOf(testSeal, 8, sealed, '287082', 59_000)).toThrow(Problem)
  })

  test('is made of 160 random bits', () => {
    const { uri, secret } = newSecret(testSeal, 7, 'Kim Ji-woo')
    expect(Secret.fromBase32(secret).bytes).toHaveLength(20)
    expect(new URL(uri).searchParams.get('secret')).toBe(secret)
  })

  test('has recovery codes that are all different and are found however they are written', () => {
    const { codes, hashes } = newRecoveryCodes()
    expect(new Set(codes).size).toBe(10)
    for (const [i, code] of codes.entries()) {
      expect(isRecoveryCode(code)).toBe(true)
      expect(recoveryHash(code.toUpperCase().replaceAll('-', ''))).toEqual(hashes[i])
    }
  })
})

test('an address is an IPv4 address or the /64 of an IPv6 address', () => {
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(networkOf('2001:db8::1')).toBe(networkOf('2001:0db8:0:0:ffff::2'))
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8::1'))
  expect(networkOf('fe80::1%eth0')).toBe(networkOf('fe80::2'))
})

test('a limit lets a burst through, and then so many a second, for each alone', () => {
  let now = 0
  const limit = new RateLimit(3, 2, () => now)
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false])
  expect(limit.waitS('a')).toBe(1)
  expect(limit.take('b')).toBe(true)
  now = 500
  expect([limit.take('a'), limit.take('a')]).toEqual([true, false])
  now = 60_000
  expect([1, 2, 3, 4].map(() => limit.take('a'))).toEqual([true, true, true, false])
})
