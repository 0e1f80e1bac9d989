import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { alertBody, openDesk } from '../api/desk.ts'
import type { TestApi } from '../api/support.ts'
import { type ConsolePage, hasBrowser, openConsole, widthOf } from './browser.ts'
import { leastContrast } from './contrast.ts'
import { openWorld, type World } from './world.ts'

/** Counts what happens to an element, in an attribute of its own. Runs in the browser, which these types know nothing of. */
function countChanges(element: { setAttribute(name: string, value: string): void }): void {
  const { MutationObserver } = globalThis as unknown as {
    MutationObserver: new (then: () => void) => { observe(target: object, what: object): void }
  }
  let changes = 0
  element.setAttribute('data-changes', '0')
  new MutationObserver(() => element.setAttribute('data-changes', String(++changes))).observe(element, {
    childList: true,
    characterData: true,
    subtree: true,
  })
}

const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC'
/** A name that would do something, were it ever taken for HTML. */
const hostile = '<img src=x onerror="document.title=1"><b>x'

let world: World
let api: TestApi

beforeAll(async () => {
  world = await openWorld()
  api = world.api
})

afterAll(() => world.close())

test('is served with headers that let it load and ask nothing but its own server', async () => {
  const answered = await api.call(undefined, 'GET', '/console/')
  expect(answered.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  })
  const policy = String(answered.headers['content-security-policy']).split('; ')
  expect(policy).toEqual(
    expect.arrayContaining([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]),
  )
  expect(policy.join()).not.toContain('unsafe')
  const script = await api.call(undefined, 'GET', '/console/main.js')
  expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8')
  expect((await api.call(undefined, 'GET', '/console')).headers.location).toBe('console/')
})

test('gives away no other file', async () => {
  for (const path of ['tsconfig.json', '..%2fmain.ts', '%2e%2e/main.ts', '..%5cmain.ts']) {
    expect((await api.call(undefined, 'GET', `/console/${path}`)).status, path).toBe(404)
  }
})

describe.skipIf(!hasBrowser)('the console in a browser', () => {
  let seen: ConsolePage

  beforeEach(async () => {
    seen = await openConsole(world.browser, world.url)
  })
  afterEach(async () => {
    api.state.ready = true
    await api.db.pool.query(`UPDATE alert SET phase = 'ended'; TRUNCATE feed, feed_hour, feed_reject`)
    await seen.close()
  })

  const tell = (key: string) =>
    api.call(undefined, 'POST', '/v1/roaming-notifications', {
      key,
      body: { msisdn: '821012345678', country: 'JP', at: '2026-11-21T03:04:05Z', event: 'enter' },
    })
  /** A feed that was heard of two hours ago, and the key to be heard of again. */
  async function silentFeed(name: string): Promise<string> {
    const key = await addKey(api.db, name, 'carrier', 'test')
    await api.db.pool.query(
      `INSERT INTO feed (source, last_at, newest) VALUES ($1, now() - interval '2 hours', '2026-11-21T03:04:05Z')`,
      [name],
    )
    return key
  }

  test('raises an alarm for a feed that fell silent, and takes it down when it is heard again', async () => {
    const key = await silentFeed('tel-a')
    await seen.useKey(api.keys.viewer)
    await seen
      .soon(seen.alarms)
      .toEqual([
        expect.stringMatching(
          new RegExp(`^The feed tel-a is silent: nothing has come since ${time}. .* is of 2026-11-21 03:04:05 UTC.$`),
        ),
      ])
    expect(await seen.page.getByRole('alert').filter({ hasText: 'tel-a' }).count()).toBe(1)
    expect(await seen.standing()).toMatch(/^1 alarm\b/)
    expect(await seen.page.title()).toMatch(/^\(1\)/)
    const row = async () => (await seen.rows('feeds')).find(({ Feed }) => Feed === 'tel-a')
    expect(await row()).toMatchObject({ State: 'silent', 'Silent after': '1 h' })
    await tell(key)
    await seen.soon(seen.alarms).toEqual([])
    expect(await row()).toMatchObject({ State: 'flowing', 'Today (UTC)': '1 taken, 0 refused' })
    expect(await seen.standing()).toMatch(/^No alarm\b/)
  })

  test('does not announce an alarm again while it goes on, though it tells for how long', async () => {
    await silentFeed('tel-b')
    await seen.useKey(api.keys.viewer)
    await seen.soon(seen.alarms).toHaveLength(1)
    const alarm = seen.page.getByRole('alert').filter({ hasText: 'tel-b' })
    await alarm.evaluate(countChanges)
    const before = await seen.asOf('feeds')
    // By the page's own clock, as it is on a wall.
    await expect.poll(() => seen.asOf('feeds')).not.toBe(before)
    expect(await alarm.getAttribute('data-changes')).toBe('0')
    expect(await seen.page.locator('li.alarm [aria-hidden=true]').textContent()).toMatch(/For 2 h/)
  })

  test('shows names as text, whatever is in them', async () => {
    await silentFeed(hostile)
    await seen.useKey(api.keys.viewer)
    await seen.soon(seen.alarms).toEqual([expect.stringContaining(`The feed ${hostile} is silent`)])
    expect((await seen.rows('feeds')).map(({ Feed }) => Feed)).toContain(hostile)
    expect(await seen.page.locator('img, b').count()).toBe(0)
  })

  test('says of a key that is wrong what is wrong, and shows nothing', async () => {
    const board = seen.page.locator('#feeds')
    const problem = () => seen.page.locator('#why').textContent()
    await seen.useKey('no such key')
    expect(await seen.page.locator('#by-key-key-problem').textContent()).toContain('This is no key')
    expect(await seen.page.locator('#by-key-key').getAttribute('aria-invalid')).toBe('true')
    await seen.useKey('nosuchkey')
    await seen.soon(problem).toContain('not known, or it was revoked')
    await seen.useKey(api.keys.carrier)
    await seen.soon(problem).toContain('may not see the console. The role carrier may not do this')
    expect(await board.isVisible()).toBe(false)
    expect(await seen.kept()).toEqual([])
  })

  test('keeps the key over a reload and forgets it on signing out, by keyboard alone', async () => {
    const { keyboard } = seen.page
    await seen.page.locator('#sign-in-name:focus').waitFor()
    // Past name, password, code and the button: the name has the focus.
    for (let i = 0; i < 4; i++) await keyboard.press('Tab')
    await keyboard.type(api.keys.auditor)
    await keyboard.press('Enter')
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^As of/)
    await seen.page.reload()
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^As of/)
    expect(await seen.kept()).toEqual([api.keys.auditor])
    // Past the other language.
    for (let i = 0; i < 2; i++) await keyboard.press('Tab')
    await keyboard.press('Enter')
    await seen.soon(() => seen.page.getByLabel('API key').isVisible()).toBe(true)
    expect(await seen.kept()).toEqual([])
    expect(await seen.rows('carriers')).toEqual([])
    await seen.page.reload()
    await seen.soon(() => seen.page.getByLabel('API key').inputValue()).toBe('')
  })

  test('shuts out whose key is revoked', async () => {
    await seen.useKey(await addKey(api.db, 'leaver', 'viewer', 'test'))
    await seen.soon(() => seen.rows('feeds')).not.toEqual([])
    await api.db.pool.query(
      `UPDATE api_key SET revoked_at = now() WHERE person_id = (SELECT id FROM person WHERE name = 'leaver')`,
    )
    await seen.soon(() => seen.page.getByText('it was revoked').isVisible()).toBe(true)
    expect(await seen.rows('feeds')).toEqual([])
  })

  test('says that the engine is not ready', async () => {
    api.state.ready = false
    await seen.useKey(api.keys.viewer)
    await seen.soon(seen.alarms).toEqual([expect.stringMatching(/^The engine is not ready since .*draining/)])
    api.state.ready = true
    await seen.soon(seen.alarms).toEqual([])
  })

  test('says of a part that cannot be read since when, and of what time its figures are', async () => {
    await seen.useKey(api.keys.viewer)
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^As of/)
    await api.db.pool.query('ALTER TABLE feed RENAME TO hidden')
    try {
      await seen.soon(seen.alarms).toEqual([expect.stringMatching(/^Feeds .* cannot be read since/)])
      expect(await seen.standing()).toMatch(/^Not all is known/)
      expect(await seen.asOf('feeds')).toMatch(new RegExp(`^Not current: as it was at ${time}$`))
      expect(await seen.asOf('carriers')).toMatch(new RegExp(`^As of ${time}$`))
    } finally {
      await api.db.pool.query('ALTER TABLE hidden RENAME TO feed')
    }
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^As of/)
    expect(await seen.alarms()).toEqual([])
  })

  test('takes no figures for new after the machine slept, nor while the server hangs', async () => {
    await seen.page.clock.install()
    await seen.page.reload()
    await seen.useKey(api.keys.viewer)
    await expect.poll(() => seen.asOf('feeds')).toMatch(/^As of/)
    const blocker = new Client({ connectionString: api.db.url })
    await blocker.connect()
    try {
      await blocker.query('BEGIN; LOCK TABLE api_key, feed IN ACCESS EXCLUSIVE MODE')
      await seen.page.clock.setSystemTime(Date.now() + 600_000)
      await seen.soon(seen.alarms).toEqual([expect.stringMatching(/^The server has not answered since/)])
      expect(await seen.asOf('alerts')).toMatch(/^Not current/)
      // As long as it is patient with a server that hangs.
      await seen.page.clock.fastForward('00:08')
      await expect.poll(seen.alarms).toContainEqual(expect.stringMatching(/^Feeds .*: there is no answer$/))
    } finally {
      await blocker.end()
    }
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^As of/)
  })

  test.each(['light', 'dark'] as const)('fits a telephone and can be read, %s', async (colorScheme) => {
    await silentFeed('a-feed-with-a-name-that-is-longer-than-a-telephone-is-wide-by-far')
    await openDesk(api).live(alertBody({ status: 'Exercise' }))
    await seen.page.setViewportSize({ width: 360, height: 740 })
    await seen.page.emulateMedia({ colorScheme })
    expect((await leastContrast(seen.page)).ratio).toBeGreaterThanOrEqual(7)
    await seen.useKey(api.keys.viewer)
    await seen.soon(seen.alarms).toHaveLength(1)
    expect(await seen.notices()).toEqual([expect.stringMatching(/^Not known here.*: south\./)])
    expect(await widthOf(seen.page)).toBeLessThanOrEqual(360)
    const { ratio, text } = await leastContrast(seen.page)
    expect(ratio, text).toBeGreaterThanOrEqual(7)
  })
})
