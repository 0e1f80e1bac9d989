import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { codeOf, goodPassword, newcomer } from '../api/people-support.ts'
import { type ConsolePage, openConsole } from './browser.ts'
import { openWorld, type World } from './world.ts'

/** A server and a browser for all tests of a file, with a page of the console of its own for each, and people who sign in there. */
export function signingIn() {
  let world: World
  let seen: ConsolePage

  beforeAll(async () => {
    world = await openWorld()
  })
  afterAll(() => world?.close())
  beforeEach(async () => {
    seen = await openConsole(world.browser, world.url)
  })
  afterEach(async () => {
    await world.api.db.pool.query('TRUNCATE sign_in_attempt')
    await seen.close()
  })

  const text = (selector: string) => seen.page.locator(selector).textContent()

  /** Somebody who may sign in, with codes that were not used yet. */
  async function somebody(more: object = { roles: ['viewer'] }) {
    const name = `Kim ${randomUUID()}`
    const { id, recovery, secret } = await newcomer(world.api, name, { ...more })
    const codes = [codeOf(secret, 1), ...recovery]
    const signIn = (page = seen) => page.signIn(name, goodPassword, codes.shift())
    // What made him a person who may was a browser of its own.
    await world.api.db.pool.query(`UPDATE session SET ended_at = now() WHERE ended_at IS NULL`)
    return { id, name, codes, signIn }
  }
  /** Somebody who has a password that an administrator gave him, and nothing else. */
  async function beginner() {
    const name = `Lee ${randomUUID()}`
    const { body } = await world.api.call('administrator', 'POST', '/v1/people', {
      body: { name, password: true, roles: ['viewer'] },
    })
    return { name, password: body.password as string }
  }

  return {
    get world() {
      return world
    },
    get api() {
      return world.api
    },
    /** The page of the test. */
    get seen() {
      return seen
    },
    text,
    isVisible: (selector: string) => seen.page.locator(selector).isVisible(),
    who: () => text('#who'),
    why: () => text('#why'),
    focused: () => seen.page.locator(':focus').getAttribute('id'),
    signOut: () => seen.page.getByRole('button', { name: 'Sign out' }).click(),
    sessions: async (name: string) =>
      (await world.api.call('administrator', 'GET', '/v1/sessions')).body.sessions.filter(
        ({ person }: { person: string }) => person === name,
      ),
    somebody,
    beginner,
  }
}
