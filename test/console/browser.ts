import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'

const program = inject('chromiumProgram')

/** Whether there is a browser to be had; without one the tests that need it are skipped. */
export const hasBrowser = program !== undefined

/** A name of this machine that a browser does not take for it: what is asked of it by plain HTTP is not protected. */
export const elsewhere = 'bongsu.elsewhere'

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: program as string, args: [`--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`] })

export interface ConsolePage {
  readonly page: Page
  /** By a key. */
  useKey(key: string): Promise<void>
  signIn(name: string, password: string, code?: string): Promise<void>
  /**
   * Polls what is read of the page, which looks again each time, as it does for whoever comes back to its tab: nobody waits for its
   * next look, five seconds later.
   */
  soon<T>(read: () => Promise<T>): ReturnType<typeof expect.poll<T>>
  /** What the page says at a glance. */
  readonly standing: () => Promise<string | null>
  /** The alarms, the gravest first. */
  readonly alarms: () => Promise<string[]>
  readonly notices: () => Promise<string[]>
  /** The cells of each row of a part, by their columns. */
  rows(part: Part): Promise<Record<string, string>[]>
  /** Of what time a part's figures are. */
  asOf(part: Part): Promise<string>
  /** What the page keeps where its scripts can read it. */
  readonly kept: () => Promise<string[]>
  /** Closes it; fails where a script failed or the page did what its policy forbids. */
  close(): Promise<void>
}

export type Part = 'alerts' | 'approved' | 'submitted' | 'feeds' | 'carriers'

/** What is used of the browser's world, which these types know nothing of. */
interface Window {
  readonly document: { dispatchEvent(event: object): void }
  readonly Event: new (type: string) => object
  readonly sessionStorage: object
  readonly localStorage: object
}

/** A page of the console in a browser context of its own: no tab shares another's storage or cookies. */
export async function openConsole(browser: Browser, url: string, locale = 'en-GB'): Promise<ConsolePage> {
  const context = await browser.newContext({ locale })
  return watched(await context.newPage(), url, () => context.close())
}

/** Another tab of the same browser. */
export const openTab = async (seen: ConsolePage, url: string): Promise<ConsolePage> => {
  const page = await seen.page.context().newPage()
  return watched(page, url, () => page.close())
}

async function watched(page: Page, url: string, close: () => Promise<void>): Promise<ConsolePage> {
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/.test(message.text())) faults.push(message.text())
  })
  await page.goto(`${url}/console/`)
  const part = (id: Part) => page.locator(`#${id}`)
  const items = (kind: string) => page.locator(`li.${kind} > span:first-child`)
  const lookAgain = () =>
    page.evaluate(() => {
      const { document, Event } = globalThis as unknown as Window
      document.dispatchEvent(new Event('visibilitychange'))
    })
  return {
    page,
    useKey: async (key) => {
      await page.locator('#by-key-key').fill(key)
      await page.locator('#by-key button').click()
    },
    signIn: async (name, password, code = '') => {
      await page.locator('#sign-in-name').fill(name)
      await page.locator('#sign-in-password').fill(password)
      await page.locator('#sign-in-code').fill(code)
      await page.locator('#sign-in button').click()
    },
    soon: (read) => expect.poll(() => lookAgain().then(read)),
    standing: () => page.getByRole('status').textContent(),
    alarms: () => items('alarm').allTextContents(),
    notices: () => items('notice').allTextContents(),
    rows: async (id) => {
      const heads = await part(id).locator('thead th').allTextContents()
      const cells = await part(id).locator('tbody th, tbody td').allTextContents()
      return Array.from({ length: cells.length / heads.length }, (_, row) =>
        Object.fromEntries(heads.map((head, i) => [head, cells[row * heads.length + i] as string])),
      )
    },
    asOf: async (id) => (await part(id).locator('.as-of').textContent()) ?? '',
    kept: () =>
      page.evaluate(() => {
        const { sessionStorage, localStorage } = globalThis as unknown as Window
        return [...Object.values(sessionStorage), ...Object.values(localStorage)] as string[]
      }),
    close: async () => {
      await close()
      expect(faults).toEqual([])
    },
  }
}

/** Of what is to be seen; wider than the window, some of it has to be scrolled for. */
export const widthOf = (page: Page): Promise<number> =>
  page.locator('html').evaluate((html: { scrollWidth: number }) => html.scrollWidth)
