import { type Browser, chromium, type Page } from 'playwright-core'
import { expect, inject } from 'vitest'

const program = inject('chromiumProgram')

/** Whether there is a browser to be had; without one the tests that need it are skipped. */
export const hasBrowser = program !== undefined

export const startBrowser = (): Promise<Browser> => chromium.launch({ executablePath: program as string })

export interface ConsolePage {
  readonly page: Page
  signIn(key: string): Promise<void>
  /** What the page says at a glance. */
  readonly standing: () => Promise<string | null>
  /** The alarms, the gravest first. */
  readonly alarms: () => Promise<string[]>
  readonly notices: () => Promise<string[]>
  /** The cells of each row of a part, by their columns. */
  rows(part: Part): Promise<Record<string, string>[]>
  /** Of what time a part's figures are. */
  asOf(part: Part): Promise<string>
  /** Closes it; fails where a script failed or the page did what its policy forbids. */
  close(): Promise<void>
}

export type Part = 'alerts' | 'feeds' | 'carriers'

/** A page of the console in a browser context of its own: no tab shares another's storage. */
export async function openConsole(browser: Browser, url: string): Promise<ConsolePage> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (/Content.Security.Policy|Trusted/.test(message.text())) faults.push(message.text())
  })
  await page.goto(`${url}/console/`)
  const part = (id: Part) => page.locator(`#${id}`)
  const items = (kind: string) => page.locator(`li.${kind} > span:first-child`)
  return {
    page,
    signIn: async (key) => {
      await page.getByLabel('API key').fill(key)
      await page.getByRole('button', { name: 'Sign in' }).click()
    },
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
    close: async () => {
      await context.close()
      expect(faults).toEqual([])
    },
  }
}
