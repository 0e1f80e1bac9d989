import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { codeOf, goodPassword, newcomer } from '../api/people-support.ts'
import type { TestApi } from '../api/support.ts'
import { type ConsolePage, elsewhere, hasBrowser, openConsole, openTab, widthOf } from './browser.ts'
import { leastContrast } from './contrast.ts'
import { openWorld, type World } from './world.ts'

describe.skipIf(!hasBrowser)('signing in at the console', () => {
  let world: World
  let api: TestApi
  let seen: ConsolePage

  beforeAll(async () => {
    world = await openWorld()
    api = world.api
  })
  afterAll(() => world?.close())
  beforeEach(async () => {
    seen = await openConsole(world.browser, world.url)
  })
  afterEach(async () => {
    await api.db.pool.query('TRUNCATE sign_in_attempt')
    await seen.close()
  })

  const text = (selector: string) => seen.page.locator(selector).textContent()
  const isVisible = (selector: string) => seen.page.locator(selector).isVisible()
  const who = () => text('#who')
  const why = () => text('#why')
  const focused = () => seen.page.locator(':focus').getAttribute('id')
  const signOut = () => seen.page.getByRole('button', { name: 'Sign out' }).click()
  const sessions = async (name: string) =>
    (await api.call('administrator', 'GET', '/v1/sessions')).body.sessions.filter(
      ({ person }: { person: string }) => person === name,
    )

  /** Somebody who may sign in, with codes that were not used yet. */
  async function somebody(more: object = { roles: ['viewer'] }) {
    const name = `Kim ${randomUUID()}`
    const { recovery, secret } = await newcomer(api, name, { ...more })
    const codes = [codeOf(secret, 1), ...recovery]
    const signIn = (page = seen) => page.signIn(name, goodPassword, codes.shift())
    // What made him a person who may was a browser of its own.
    await api.db.pool.query(`UPDATE session SET ended_at = now() WHERE ended_at IS NULL`)
    return { name, codes, signIn }
  }
  /** Somebody who has a password that an administrator gave him, and nothing else. */
  async function beginner() {
    const name = `Lee ${randomUUID()}`
    const { body } = await api.call('administrator', 'POST', '/v1/people', {
      body: { name, password: true, roles: ['viewer'] },
    })
    return { name, password: body.password as string }
  }

  test('opens the board, says who it is and until when, and keeps nothing that a script could read', async () => {
    const { name, signIn } = await somebody({ roles: ['composer', 'approver'] })
    await signIn()
    await expect.poll(who).toMatch(new RegExp(`^${name} \\((composer, approver|approver, composer)\\), until .* UTC$`))
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    expect(await seen.kept()).toEqual([])
    await seen.page.reload()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    expect(await who()).toContain(name)
    expect(await sessions(name)).toHaveLength(1)
  })

  test('ends with signing out: the session is over, and the page empty', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => seen.rows('carriers')).not.toEqual([])
    // The token for it comes with the page, not from the sign-in.
    await seen.page.reload()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await sessions(name)).toEqual([])
    expect(await seen.rows('carriers')).toEqual([])
    expect([await who(), await why(), await focused()]).toEqual(['', '', 'sign-in-name'])
    await seen.page.reload()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await why()).toBe('')
  })

  test('is done by keyboard alone', async () => {
    const { name, codes } = await somebody()
    const { keyboard } = seen.page
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
    await seen.signIn(name, goodPassword, codes[0]?.replace(/^.../, '$& '))
    await expect.poll(who).toContain(name)
  })

  test('says that something is wrong and not what, beside what is missing, and forgets the password', async () => {
    const { name, codes } = await somebody()
    await seen.signIn('', goodPassword)
    expect(await text('#sign-in-name-problem')).toBe('Something is missing here: Name.')
    expect(await focused()).toBe('sign-in-name')
    const problem = () => text('#sign-in > [role=alert]')
    for (const [given, password, code] of [
      [name, 'another password', codes[0]],
      [name, goodPassword, undefined],
      ['nobody', goodPassword, codes[0]],
    ]) {
      await seen.signIn(given as string, password as string, code)
      await expect.poll(problem).toMatch(/^Name, password or code are not right\./)
      expect(await seen.page.locator('#sign-in-password').inputValue()).toBe('')
      expect(await focused()).toBe('sign-in-password')
    }
    await seen.signIn(name, goodPassword, '12345')
    await expect.poll(() => text('#sign-in-code-problem')).toMatch(/^Six digits, or a recovery code/)
    expect(await seen.page.locator('#sign-in-code').getAttribute('aria-invalid')).toBe('true')
    await seen.signIn(name, goodPassword, codes[0])
    await expect.poll(who).toContain(name)
  })

  test('says for how long it is locked', async () => {
    const { name } = await somebody()
    for (let i = 0; i < 5; i++) {
      await api.call(undefined, 'POST', '/v1/sessions', { body: { name, password: 'guessed at random' } })
    }
    await seen.signIn(name, goodPassword)
    await expect
      .poll(() => text('#sign-in > [role=alert]'))
      .toMatch(/^Too many attempts failed\. Try again in 1[0-5] s; a key works meanwhile\.$/)
  })

  test('asks a beginner for a password of his own and a second factor, and gives him recovery codes', async () => {
    const { name, password } = await beginner()
    const own = '네 낱말이면 충분합니다 아마'
    await seen.signIn(name, password)
    await expect.poll(focused).toBe('new-password-password')
    expect(await isVisible('#new-password-current')).toBe(false)
    expect(await seen.page.locator('#whose').inputValue()).toBe(name)
    const choose = async (chosen: string, again = chosen) => {
      await seen.page.locator('#new-password-password').fill(chosen)
      await seen.page.locator('#new-password-repeat').fill(again)
      await seen.page.locator('#new-password button').click()
    }
    await choose(own, `${own}!`)
    expect(await text('#new-password-repeat-problem')).toBe('The two are not the same.')
    await choose('too short')
    await expect.poll(() => text('#new-password-password-problem')).toMatch(/fewer than 12 characters/)
    expect(await focused()).toBe('new-password-password')
    await choose(own)
    await expect.poll(() => text('#second-factor code')).toMatch(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/)
    const secret = ((await text('#second-factor code')) ?? '').replaceAll(' ', '')
    expect(await seen.page.locator('#second-factor a').getAttribute('href')).toMatch(
      new RegExp(`^otpauth://totp/.*secret=${secret}`),
    )
    const confirm = async (code: string) => {
      await seen.page.locator('#second-factor-code').fill(code)
      await seen.page.locator('#second-factor button').click()
    }
    await confirm(codeOf(secret, 20))
    await expect.poll(() => text('#second-factor-code-problem')).toMatch(/^This is not the code of this moment/)
    await confirm(codeOf(secret))
    const codes = seen.page.locator('#codes li')
    await expect.poll(() => codes.count()).toBe(10)
    const recovery = await codes.allTextContents()
    // They are gone with the page, so the browser asks first.
    const question = seen.page.waitForEvent('dialog')
    await seen.page.evaluate(() => {
      const { location } = globalThis as unknown as { location: { reload(): void } }
      setTimeout(() => location.reload())
    })
    const dialog = await question
    expect(dialog.type()).toBe('beforeunload')
    await dialog.dismiss()
    await seen.page.getByRole('button', { name: 'I have kept them' }).click()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    // Nothing of it is left on the page.
    expect(await seen.page.content()).not.toMatch(new RegExp(`${secret}|${recovery.join('|')}`))
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    await seen.signIn(name, own, recovery[0])
    await expect.poll(who).toContain(name)
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
  })

  test('asks again for a password that was right a moment ago and is so no more', async () => {
    const { name, password } = await beginner()
    await seen.signIn(name, password)
    await expect.poll(focused).toBe('new-password-password')
    await api.db.pool.query('UPDATE person SET password_hash = NULL WHERE name = $1', [name])
    for (const field of ['password', 'repeat']) await seen.page.locator(`#new-password-${field}`).fill(goodPassword)
    await seen.page.keyboard.press('Enter')
    await expect.poll(focused).toBe('new-password-current')
    expect(await text('#new-password-current-problem')).toMatch(/^This is not the password/)
    expect(await isVisible('#new-password-current-problem')).toBe(true)
  })

  test('goes on where a beginner was when the page was loaded anew', async () => {
    const { name, password } = await beginner()
    await seen.signIn(name, password)
    await expect.poll(() => isVisible('#new-password')).toBe(true)
    await seen.page.reload()
    await expect.poll(focused).toBe('new-password-current')
    for (const [field, value] of [
      ['current', 'not what it was'],
      ['password', goodPassword],
      ['repeat', goodPassword],
    ]) {
      await seen.page.locator(`#new-password-${field}`).fill(value as string)
    }
    await seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#new-password-current-problem')).toMatch(/^This is not the password/)
    await seen.page.locator('#new-password-current').fill(password)
    await seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#second-factor code')).toMatch(/^[A-Z2-7 ]{39}$/)
    const before = await text('#second-factor code')
    await seen.page.reload()
    await expect.poll(() => text('#second-factor code')).toMatch(/^[A-Z2-7 ]{39}$/)
    expect(await text('#second-factor code')).not.toBe(before)
  })

  test('is over when somebody ends the session: the page says so and shows nothing any more', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => seen.rows('carriers')).not.toEqual([])
    const [session] = await sessions(name)
    expect((await api.call('administrator', 'DELETE', `/v1/sessions/${session.id}`)).status).toBe(204)
    await seen.soon(why).toMatch(/^You are signed out: the session has ended\. .* Sign in again\.$/)
    expect(await seen.page.getByRole('alert').filter({ hasText: 'signed out' }).count()).toBe(1)
    for (const part of ['alerts', 'feeds', 'carriers'] as const) {
      expect(await seen.rows(part)).toEqual([])
      expect(await seen.page.locator(`#${part}`).isVisible()).toBe(false)
    }
    expect(await who()).toBe('')
    // Also to whoever opens the page later.
    await seen.page.reload()
    await expect.poll(why).toMatch(/^You are signed out/)
  })

  test('is not over where the server did not hear of the signing out', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    await seen.page.route('**/v1/sessions/current', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    )
    await signOut()
    await expect.poll(() => text('#trouble')).toMatch(/^You are still signed in: there is no answer/)
    expect(await sessions(name)).toHaveLength(1)
    await seen.page.unroute('**/v1/sessions/current')
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await sessions(name)).toEqual([])
  })

  test('in another tab as somebody else is seen in this one, which signs out whoever it shows', async () => {
    const [one, other] = [await somebody(), await somebody()]
    await one.signIn()
    await expect.poll(who).toContain(one.name)
    const tab = await openTab(seen, world.url)
    await expect.poll(() => tab.page.locator('#who').textContent()).toContain(one.name)
    await tab.page.getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => tab.page.locator('#sign-in').isVisible()).toBe(true)
    await seen.soon(why).toMatch(/^You are signed out/)
    await other.signIn(tab)
    await expect.poll(() => tab.page.locator('#who').textContent()).toContain(other.name)
    await other.signIn(seen)
    await expect.poll(who).toContain(other.name)
    // The tab's own token is of the session before.
    await tab.page.getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => tab.page.locator('#sign-in').isVisible()).toBe(true)
    await seen.soon(why).toMatch(/^You are signed out/)
    await tab.close()
  })

  test('says beforehand that it ends', async () => {
    const { signIn } = await somebody()
    await signIn()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    expect((await seen.notices()).join()).not.toContain('signed out')
    await api.db.pool.query(`UPDATE session SET expires_at = now() + interval '10 minutes' WHERE ended_at IS NULL`)
    await seen
      .soon(seen.notices)
      .toContainEqual(expect.stringMatching(/^You are signed out at .* UTC\. Sign out and in/))
  })

  test('takes no password where the connection is not protected; a key it takes', async () => {
    await seen.page.goto(`${world.url.replace('127.0.0.1', elsewhere)}/console/`)
    await expect.poll(why).toMatch(/^No password is taken over an unprotected connection/)
    expect(await isVisible('#sign-in')).toBe(false)
    await seen.useKey(api.keys.viewer)
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    expect(await who()).toBe('By a key')
  })

  test('names its fields as keepers of passwords know them', async () => {
    const filled = async (form: string) =>
      Object.fromEntries(
        await Promise.all(
          (await seen.page.locator(`#${form} input`).all()).map(async (input) => [
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
      expect(await seen.page.getByLabel(label, { exact: true }).locator('visible=true').count(), label).toBe(1)
    }
  })

  test('is in Korean where the browser is, and in English for whoever wants that', async () => {
    const korean = await openConsole(world.browser, world.url, 'ko-KR')
    const { page } = korean
    await expect.poll(() => page.locator('html').getAttribute('lang')).toBe('ko')
    await page.getByRole('textbox', { name: '이름' }).fill('nobody')
    await page.locator('#sign-in').getByLabel('비밀번호').fill('guessed at random')
    await page.getByRole('button', { name: '로그인' }).click()
    await expect.poll(() => page.locator('#sign-in > [role=alert]').textContent()).toMatch(/맞지 않습니다/)
    await korean.useKey(api.keys.viewer)
    await expect.poll(() => korean.asOf('alerts')).toMatch(/ UTC 현재$/)
    expect((await korean.rows('carriers')).map((one) => one.상황)).toContain('연결됨')
    await page.getByRole('button', { name: 'English' }).click()
    await expect.poll(() => korean.asOf('alerts')).toMatch(/^As of/)
    expect(await page.locator('html').getAttribute('lang')).toBe('en')
    await korean.close()
  })

  test.each(['light', 'dark'] as const)('fits a telephone and can be read at every step, %s', async (colorScheme) => {
    await seen.page.setViewportSize({ width: 360, height: 740 })
    await seen.page.emulateMedia({ colorScheme })
    const legible = async () => {
      const { ratio, text } = await leastContrast(seen.page)
      expect(ratio, text).toBeGreaterThanOrEqual(7)
      expect(await widthOf(seen.page)).toBeLessThanOrEqual(360)
    }
    const { name, password } = await beginner()
    await seen.signIn(name, 'another password', '123')
    await expect.poll(() => text('#sign-in-code-problem')).not.toBe('')
    await legible()
    await seen.signIn(name, password)
    await expect.poll(() => isVisible('#new-password')).toBe(true)
    await seen.page.locator('#new-password button').click()
    await legible()
    for (const field of ['password', 'repeat']) await seen.page.locator(`#new-password-${field}`).fill(goodPassword)
    await seen.page.keyboard.press('Enter')
    await expect.poll(() => text('#second-factor code')).not.toBe('')
    await legible()
    const secret = ((await text('#second-factor code')) ?? '').replaceAll(' ', '')
    await seen.page.locator('#second-factor-code').fill(codeOf(secret))
    await seen.page.keyboard.press('Enter')
    await expect.poll(() => isVisible('#codes')).toBe(true)
    await legible()
    await seen.page.getByRole('button', { name: 'I have kept them' }).click()
    await expect.poll(() => seen.asOf('alerts')).toMatch(/^As of/)
    await legible()
  })
})
