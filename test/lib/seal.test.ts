import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Problem } from '../../src/lib/problem.ts'
import { Seal } from '../../src/lib/seal.ts'

const seal = new Seal(randomBytes(32))
const codeOf = (open: () => unknown) => {
  try {
    return open()
  } catch (error) {
    return (error as Problem).code
  }
}

test('a secret is read again, and no two sealings of it look alike', () => {
  const sealed = seal.seal('봉수 secret', 'totp:1')
  expect(seal.open(sealed, 'totp:1')).toBe('봉수 secret')
  expect(sealed.includes('secret')).toBe(false)
  expect(seal.seal('봉수 secret', 'totp:1').equals(sealed)).toBe(false)
})

test('a secret of another row, of another key, cut short or changed in any octet is refused', () => {
  const sealed = seal.seal('secret', 'totp:1')
  expect(codeOf(() => seal.open(sealed, 'totp:2'))).toBe('cannot-unseal')
  expect(codeOf(() => new Seal(randomBytes(32)).open(sealed, 'totp:1'))).toBe('cannot-unseal')
  expect(codeOf(() => seal.open(sealed.subarray(0, 20), 'totp:1'))).toBe('cannot-unseal')
  for (let i = 0; i < sealed.length; i++) {
    const changed = Buffer.from(sealed)
    changed[i] = (changed[i] as number) ^ 1
    expect(
      codeOf(() => seal.open(changed, 'totp:1')),
      `octet ${i}`,
    ).toBe('cannot-unseal')
  }
})

test('a key of another length is a mistake of the programme', () => {
  expect(() => new Seal(randomBytes(16))).toThrow(RangeError)
})
