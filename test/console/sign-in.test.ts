import { describe, expect, test } from 'vitest'
import { codeOf, goodPassword } from '../api/people-support.ts'
import { elsewhere, hasBrowser, openConsole, widthOf } from './browser.ts'
import { leastContrast } from './contrast.ts'
import { signingIn } from './signing-in.ts'

describe.skipIf(!hasBrowser)('signing in at the console', () => {
  const at = signingIn()
  const { text, isVisible, who, why, focused, sessions, somebody, beginner } = at

  test('opens the board, says who it is and until when, and keeps nothing that a script could read', async () => {
    const { name, signIn } = await somebody({ roles: ['composer', 'approver'] })
    await signIn()
    await expect.poll(who).toMatch(new RegExp(`^${name} \\((composer, approver|approver, composer)\\), until .* UTC$`))
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    expect(await at.seen.kept()).toEqual([])
    await at.seen.page.reload()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    expect(await who()).toContain(name)
    expect(await sessions(name)).toHaveLength(1)
  })

  test('is done by keyboard alone', async () => {
    const { name, codes } = await somebody()
    const { keyboard } = at.seen.page
    await expect.poll(focused).toBe('sign-in-name')
    for (const typed of [name, goodPassword, codes[0] as string]) {
      await keyboard.type(typed)
      await keyboard.press('Tab')
    }
    await keyboard.press('Enter')
    await expect.poll(who).toContain(name)
  })

  test('takes the code as an authenticator shows it, in two groups', async () => {
    const { name, codes } = await somebody()
    await at.seen.signIn(name, goodPassword, codes[0]?.replace(/^.../, '$& '))
    await expect.poll(who).toContain(name)
  })

  test('says that something is wrong and not what, beside what is missing, and forgets the password', async () => {
    const { name, codes } = await somebody()
    await at.seen.signIn('', goodPassword)
    expect(await text('#sign-in-name-problem')).toBe('Something is missing here: Name.')
    expect(await focused()).toBe('sign-in-name')
    const problem = () => text('#sign-in > [role=alert]')
    for (const [given, password, code] of [
      [name, 'another password', codes[0]],
      [name, goodPassword, undefined],
      ['nobody', goodPassword, codes[0]],
    ]) {
      await at.seen.signIn(given as string, password as string, code)
      await expect.poll(problem).toMatch(/^Name, password or code are not right\./)
      expect(await at.seen.page.locator('#sign-in-password').inputValue()).toBe('')
      expect(await focused()).toBe('sign-in-password')
    }
    await at.seen.signIn(name, goodPassword, '12345')
    await expect.poll(() => text('#sign-in-code-problem')).toMatch(/^Six digits, or a recovery code/)
    expect(await at.seen.page.locator('#sign-in-code').getAttribute('aria-invalid')).toBe('true')
    await at.seen.signIn(name, goodPassword, codes[0])
    await expect.poll(who).toContain(name)
  })

  test('says for how long it is locked', async () => {
    const { name } = await somebody()
    for (let i = 0; i < 5; i++) {
      await at.api.call(undefined, 'POST', '/v1/sessions', { body: { name, password: 'guessed at random' } })
    }
    // So long that it matters to no machine when the page asks.
    await at.api.db.pool.query(
      `UPDATE sign_in_attempt SET locked_until = now() + interval '3 hours 30 minutes' WHERE failures = 5`,
    )
    await at.seen.signIn(name, goodPassword)
    await expect
      .poll(() => text('#sign-in > [role=alert]'))
      .toMatch(/^Too many attempts failed\. Try again in 3 h \d\d min; a key works meanwhile\.$/)
  })

  test('takes no password where the connection is not protected; a key it takes', async () => {
    await at.seen.page.goto(`${at.world.url.replace('127.0.0.1', elsewhere)}/console/`)
    await expect.poll(why).toMatch(/^No password is taken over an unprotected connection/)
    expect(await isVisible('#sign-in')).toBe(false)
    await at.seen.useKey(at.api.keys.viewer)
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    expect(await who()).toBe('By a key')
  })

  test('names its fields as keepers of passwords know them', async () => {
    const filled = async (form: string) =>
      Object.fromEntries(
        await Promise.all(
          (await at.seen.page.locator(`#${form} input`).all()).map(async (input) => [
            await input.getAttribute('id'),
            await input.getAttribute('autocomplete'),
          ]),
        ),
      )
    expect(await filled('sign-in')).toEqual({
      'sign-in-name': 'username',
      'sign-in-password': 'current-password',
      'sign-in-code': 'one-time-code',
    })
    expect(await filled('new-password')).toEqual({
      whose: 'username',
      'new-password-current': 'current-password',
      'new-password-password': 'new-password',
      'new-password-repeat': 'new-password',
    })
    expect(await filled('second-factor')).toEqual({ 'second-factor-code': 'one-time-code' })
    for (const label of ['Name', 'Password', 'Code of the authenticator, or a recovery code', 'API key']) {
      expect(await at.seen.page.getByLabel(label, { exact: true }).locator('visible=true').count(), label).toBe(1)
    }
  })

  test('is in Korean where the browser is, and in English for whoever wants that', async () => {
    const korean = await openConsole(at.world.browser, at.world.url, 'ko-KR')
    const { page } = korean
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('ko')
    await page.getByRole('textbox', { name: '이름' }).fill('nobody')
    await page.locator('#sign-in').getByLabel('비밀번호').fill('guessed at random')
    await page.getByRole('button', { name: '로그인' }).click()
    await expect.poll(() => page.locator('#sign-in > [role=alert]').textContent()).toMatch(/맞지 않습니다/)
    await korean.useKey(at.api.keys.viewer)
    await expect.poll(() => korean.asOf('alerts')).toMatch(/ UTC 현재$/)
    expect((await korean.rows('carriers')).map((one) => one.상황)).toContain('연결됨')
    await page.getByRole('button', { name: 'English' }).click()
    await expect.poll(() => korean.asOf('alerts')).toMatch(/^As of/)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await korean.close()
  })

  test.each(['light', 'dark'] as const)('fits a telephone and can be read at every step, %s', async (colorScheme) => {
    await at.seen.page.setViewportSize({ width: 360, height: 740 })
    await at.seen.page.emulateMedia({ colorScheme })
    const legible = async () => {
      const { ratio, text } = await leastContrast(at.seen.page)
      expect(ratio, text).toBeGreaterThanOrEqual(7)
      expect(await widthOf(at.seen.page)).toBeLessThanOrEqual(360)
    }
    const { name, password } = await beginner()
    await at.seen.signIn(name, 'another password', '123')
    await expect.poll(() => text('#sign-in-code-problem')).not.toBe('')
    await legible()
    await at.seen.signIn(name, password)
    await expect.poll(() => isVisible('#new-password')).toBe(true)
    await at.seen.page.locator('#new-password button').click()
    await legible()
    for (const field of ['password', 'repeat']) await at.seen.page.locator(`#new-password-${field}`).fill(goodPassword)
    await at.seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#second-factor code')).not.toBe('')
    await legible()
    const secret = ((await text('#second-factor code')) ?? '').replaceAll(' ', '')
    await at.seen.page.locator('#second-factor-code').fill(codeOf(secret))
    await at.seen.page.keyboard.press('Enter')
    await expect.poll(() => isVisible('#codes')).toBe(true)
    await legible()
    await at.seen.page.getByRole('button', { name: 'I have kept them' }).click()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    await legible()
  })
})
