import { describe, expect, test } from 'vitest'
import { codeOf, goodPassword } from '../api/people-support.ts'
import { hasBrowser } from './browser.ts'
import { signingIn } from './signing-in.ts'

describe.skipIf(!hasBrowser)('the first sign-in at the console', () => {
  const at = signingIn()
  const { text, isVisible, who, focused, signOut, beginner } = at

  test('asks a beginner for a password of his own and a second factor, and gives him recovery codes', async () => {
    const { name, password } = await beginner()
    const own = '네 낱말이면 충분합니다 아마'
    await at.seen.signIn(name, password)
    await expect.poll(focused).toBe('new-password-password')
    expect(await isVisible('#new-password-current')).toBe(false)
    expect(await at.seen.page.locator('#whose').inputValue()).toBe(name)
    const choose = async (chosen: string, again = chosen) => {
      await at.seen.page.locator('#new-password-password').fill(chosen)
      await at.seen.page.locator('#new-password-repeat').fill(again)
      await at.seen.page.locator('#new-password button').click()
    }
    await choose(own, `${own}!`)
    expect(await text('#new-password-repeat-problem')).toBe('The two are not the same.')
    await choose('too short')
    await expect.poll(() => text('#new-password-password-problem')).toMatch(/fewer than 12 characters/)
    expect(await focused()).toBe('new-password-password')
    await choose(own)
    await expect.poll(() => text('#second-factor code')).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
    const secret = ((await text('#second-factor code')) ?? '').replaceAll(' ', '')
    expect(await at.seen.page.locator('#second-factor a').getAttribute('href')).toMatch(
      new RegExp(`^otpauth://totp/.*secret=${secret}`),
    )
    const confirm = async (code: string) => {
      await at.seen.page.locator('#second-factor-code').fill(code)
      await at.seen.page.locator('#second-factor button').click()
    }
    await confirm(codeOf(secret, 20))
    await expect.poll(() => text('#second-factor-code-problem')).toMatch(/^This is not the code of this moment/)
    await confirm(codeOf(secret))
    const codes = at.seen.page.locator('#codes li')
    await expect.poll(() => codes.count()).toBe(10)
    const recovery = await codes.allTextContents()
    // They are gone with the page, so the browser asks first.
    const question = at.seen.page.waitForEvent('dialog')
    await at.seen.page.evaluate(() => {
      const { location } = globalThis as unknown as { location: { reload(): void } }
      setTimeout(() => location.reload())
    })
    const dialog = await question
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await at.seen.page.getByRole('button', { name: 'I have kept them' }).click()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    // Nothing of it is left on the page.
    expect(await at.seen.page.content()).not.toMatch(new RegExp(`${secret}|${recovery.join('|')}`))
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    await at.seen.signIn(name, own, recovery[0])
    await expect.poll(who).toContain(name)
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
  })

  test('asks again for a password that was right a moment ago and is so no more', async () => {
    const { name, password } = await beginner()
    await at.seen.signIn(name, password)
    await expect.poll(focused).toBe('new-password-password')
    await at.api.db.pool.query('UPDATE person SET password_hash = NULL WHERE name = $1', [name])
    for (const field of ['password', 'repeat']) await at.seen.page.locator(`#new-password-${field}`).fill(goodPassword)
    await at.seen.page.keyboard.press('Enter')
    await expect.poll(focused).toBe('new-password-current')
    expect(await text('#new-password-current-problem')).toMatch(/^This is not the password/)
    expect(await isVisible('#new-password-current-problem')).toBe(true)
  })

  test('goes on where a beginner was when the page was loaded anew', async () => {
    const { name, password } = await beginner()
    await at.seen.signIn(name, password)
    await expect.poll(() => isVisible('#new-password')).toBe(true)
    await at.seen.page.reload()
    await expect.poll(focused).toBe('new-password-current')
    for (const [field, value] of [
      ['current', 'not what it was'],
      ['password', goodPassword],
      ['repeat', goodPassword],
    ]) {
      await at.seen.page.locator(`#new-password-${field}`).fill(value as string)
    }
    await at.seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#new-password-current-problem')).toMatch(/^This is not the password/)
    await at.seen.page.locator('#new-password-current').fill(password)
    await at.seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#second-factor code')).toMatch(/^[A-Z2-7 ]{39}$/)
    const before = await text('#second-factor code')
    await at.seen.page.reload()
    await expect.poll(() => text('#second-factor code')).toMatch(/^[A-Z2-7 ]{39}$/)
    expect(await text('#second-factor code')).not.toBe(before)
  })
})
