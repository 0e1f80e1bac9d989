import { describe, expect, test } from 'vitest'
import { hasBrowser, openTab } from './browser.ts'
import { signingIn } from './signing-in.ts'

describe.skipIf(!hasBrowser)('a session at the console', () => {
  const at = signingIn()
  const { text, isVisible, who, why, focused, signOut, sessions, somebody } = at

  test('ends with signing out: the session is over, and the page empty', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.rows('carriers')).not.toEqual([])
    // The token for it comes with the page, not from the sign-in.
    await at.seen.page.reload()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await sessions(name)).toEqual([])
    expect(await at.seen.rows('carriers')).toEqual([])
    expect([await who(), await why(), await focused()]).toEqual(['', '', 'sign-in-name'])
    await at.seen.page.reload()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await why()).toBe('')
  })

  test('is over when somebody ends the session: the page says so and shows nothing any more', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.rows('carriers')).not.toEqual([])
    const [session] = await sessions(name)
    expect((await at.api.call('administrator', 'DELETE', `/v1/sessions/${session.id}`)).status).toBe(204)
    await at.seen.soon(why).toMatch(/^You are signed out: the session has ended\. .* Sign in again\.$/)
    expect(await at.seen.page.getByRole('alert').filter({ hasText: 'signed out' }).count()).toBe(1)
    for (const part of ['alerts', 'feeds', 'carriers'] as const) {
      expect(await at.seen.rows(part)).toEqual([])
      expect(await at.seen.page.locator(`#${part}`).isVisible()).toBe(false)
    }
    expect(await who()).toBe('')
    // Also to whoever opens the page later.
    await at.seen.page.reload()
    await expect.poll(why).toMatch(/^You are signed out/)
  })

  test('is not over where the server did not hear of the signing out', async () => {
    const { name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    await at.seen.page.route('**/v1/sessions/current', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    )
    await signOut()
    await expect.poll(() => text('#trouble')).toMatch(/^You are still signed in: there is no answer/)
    expect(await sessions(name)).toHaveLength(1)
    await at.seen.page.unroute('**/v1/sessions/current')
    await signOut()
    await expect.poll(() => isVisible('#sign-in')).toBe(true)
    expect(await sessions(name)).toEqual([])
  })

  test('in another tab as somebody else is seen in this one, which signs out whoever it shows', async () => {
    const [one, other] = [await somebody(), await somebody()]
    await one.signIn()
    await expect.poll(who).toContain(one.name)
    const tab = await openTab(at.seen, at.world.url)
    await expect.poll(() => tab.page.locator('#who').textContent()).toContain(one.name)
    await tab.page.getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => tab.page.locator('#sign-in').isVisible()).toBe(true)
    await at.seen.soon(why).toMatch(/^You are signed out/)
    await other.signIn(tab)
    await expect.poll(() => tab.page.locator('#who').textContent()).toContain(other.name)
    await other.signIn(at.seen)
    await expect.poll(who).toContain(other.name)
    // The tab's own token is of the session before.
    await tab.page.getByRole('button', { name: 'Sign out' }).click()
    await expect.poll(() => tab.page.locator('#sign-in').isVisible()).toBe(true)
    await at.seen.soon(why).toMatch(/^You are signed out/)
    await tab.close()
  })

  test('says beforehand that it ends', async () => {
    const { signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.asOf('alerts')).toMatch(/^As of/)
    expect((await at.seen.notices()).join()).not.toContain('signed out')
    await at.api.db.pool.query(`UPDATE session SET expires_at = now() + interval '10 minutes' WHERE ended_at IS NULL`)
    await at.seen
      .soon(at.seen.notices)
      .toContainEqual(expect.stringMatching(/^You are signed out at .* UTC\. Sign out and in/))
  })

  test('is not used by a page that asks by its own clock: it says when it ends, and a key or a click keeps it', async () => {
    const { signIn, name } = await somebody()
    await signIn()
    // Whatever was touched to sign in has been told by then.
    await at.seen.page.waitForResponse((answered) => answered.request().headers()['x-idle'] === '1')
    const unused = (minutes: number) =>
      at.api.db.pool.query('UPDATE session SET seen_at = now() - make_interval(mins => $1) WHERE ended_at IS NULL', [
        minutes,
      ])
    const warning = expect.stringMatching(/^Nobody has touched this page .* at .* UTC\. Press a key or click/)
    for (const touch of [() => at.seen.page.keyboard.press('Shift'), () => at.seen.page.mouse.click(1, 1)]) {
      await unused(25)
      await at.seen.soon(at.seen.notices).toContainEqual(warning)
      expect(Date.parse((await sessions(name))[0].seenAt)).toBeLessThan(Date.now() - 20 * 60_000)
      await touch()
      await at.seen.soon(at.seen.notices).not.toContainEqual(warning)
    }
    await unused(31)
    await at.seen.soon(why).toMatch(/30 minutes without use/)
    expect(await at.seen.rows('carriers')).toEqual([])
  })

  test('ends when its person may see nothing here any more', async () => {
    const { id, name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.rows('carriers')).not.toEqual([])
    await at.api.db.pool.query(`UPDATE person SET roles = '{}' WHERE id = $1`, [id])
    await at.seen.soon(why).toMatch(/^You may not see the console\./)
    expect(await at.seen.rows('carriers')).toEqual([])
    expect(await sessions(name)).toEqual([])
    expect(await isVisible('#sign-out')).toBe(false)
  })

  test('that could not be ended then is ended by signing out', async () => {
    const { id, name, signIn } = await somebody()
    await signIn()
    await expect.poll(() => at.seen.rows('carriers')).not.toEqual([])
    await at.seen.page.route('**/v1/sessions/current', (route) =>
      route.request().method() === 'DELETE' ? route.abort() : route.continue(),
    )
    await at.api.db.pool.query(`UPDATE person SET roles = '{}' WHERE id = $1`, [id])
    await at.seen.soon(why).toMatch(/^You may not see the console\./)
    expect(await text('#trouble')).toMatch(/^You are still signed in: there is no answer/)
    expect(await sessions(name)).toHaveLength(1)
    await at.seen.page.unroute('**/v1/sessions/current')
    await signOut()
    await expect.poll(() => sessions(name)).toEqual([])
    await expect.poll(() => isVisible('#sign-out')).toBe(false)
  })
})
