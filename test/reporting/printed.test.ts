import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Alert } from '../../src/alerts/model.ts'
import { type ServedApi, serveApi } from '../api/command-line.ts'
import { hasBrowser, startBrowser } from '../console/browser.ts'
import { leastContrast } from '../console/contrast.ts'
import { choose, currentAlert, launched, move } from './broadcast.ts'

let api: ServedApi

beforeAll(async () => {
  api = await serveApi()
})

afterAll(() => api.close(), 20_000)

interface Box {
  readonly scrollWidth: number
  readonly clientWidth: number
  readonly className: string
  readonly textContent: string
}

/** What is wider than its place. Runs in the browser, which these types know nothing of. */
const tooWide = (page: Page, selector: string): Promise<string[]> =>
  page.evaluate((some) => {
    const { document } = globalThis as unknown as { document: { querySelectorAll(all: string): Iterable<Box> } }
    return [...document.querySelectorAll(some)]
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth + 1)
      .map(({ className, textContent }) => `${className}: ${textContent.slice(0, 60)}`)
  }, selector)

const all = 'html, main, main *:not(svg, svg *, span, bdi)'
/** On a telephone a table moves sideways in its place. */
const butTables = 'html, main, main *:not(svg, svg *, span, bdi, .scroll, .scroll *)'

/** Long words without a blank, many carriers' and countries' lines, a wave of late entrants: whatever might run out of the page. */
async function fullReport(status: Alert['status']): Promise<string> {
  const long = 'Überschwemmungsgebietsverordnungsgeltungsbereich'.repeat(4)
  const { alertId, broadcastId } = await launched(
    api.db,
    currentAlert({
      status,
      infos: currentAlert().infos.map((info) => ({
        ...info,
        event: long,
        headline: long,
        instruction: '가'.repeat(300),
      })),
    }),
  )
  const countries = ['JP', 'US', 'CN', 'VN', 'PH', 'DE', 'FR', 'GP/MQ', 'BA', 'GB']
  for (const [i, country] of countries.entries()) {
    const seqs = await choose(api.db, broadcastId, { n: 6 + i, country, carrier: i % 2 === 0 ? 'north' : 'south' })
    await move(api.db, broadcastId, seqs, 'delivered', { afterMs: 20_000 * (i + 1), receiptMs: 4_000 })
  }
  await choose(api.db, broadcastId, { n: 12_345, reason: 'roamer', country: 'TH', carrier: 'north' })
  await choose(api.db, broadcastId, { n: 9, reason: 'late-entrant', carrier: 'south' })
  return alertId
}

describe.skipIf(!hasBrowser)('the report in a browser', () => {
  let browser: Browser
  let dir: string

  beforeAll(async () => {
    browser = await startBrowser()
    dir = await mkdtemp(join(tmpdir(), 'bongsu-report-'))
  })
  afterAll(async () => {
    await browser?.close()
    await rm(dir, { recursive: true, force: true })
  })

  /** Opens a file as somebody does who was sent it; what its policy forbids, or what it asks of anybody, is a fault. */
  async function opened(file: string, work: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext()
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => faults.push(message.text()))
    page.on('request', (request) => {
      if (request.url() !== `file://${file}`) faults.push(request.url())
    })
    await page.goto(`file://${file}`)
    await work(page)
    await context.close()
    expect(faults).toEqual([])
  }

  async function reportFile(status: Alert['status']): Promise<string> {
    const file = join(dir, `${status}.html`)
    const alertId = await fullReport(status)
    expect(await api.run(['report', alertId, '--html', file], { BONGSU_API_KEY: api.keys.auditor })).toBeUndefined()
    return file
  }

  test('runs out of no page, wide or narrow, and prints on A4 with the mark of an exercise on each', async () => {
    const file = await reportFile('Exercise')
    await opened(file, async (page) => {
      await page.setViewportSize({ width: 1280, height: 900 })
      // Its style sheet is in force, though the policy forbids all others: the mark covers the window.
      expect((await leastContrast(page)).ratio).toBeGreaterThanOrEqual(4.5)
      expect(
        await page.locator('.watermark').evaluate((mark) => (mark as unknown as { offsetHeight: number }).offsetHeight),
      ).toBe(900)
      for (const width of [1280, 794, 400]) {
        await page.setViewportSize({ width, height: 900 })
        expect(await tooWide(page, width < 700 ? butTables : all), `at ${width} px`).toEqual([])
      }
      // A4 less its margins, at 96 px an inch.
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 687, height: 1000 })
      expect(await tooWide(page, all), 'in print').toEqual([])
      const pdf = await page.pdf({ preferCSSPageSize: true })
      const text = pdf.toString('latin1')
      expect(text.match(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/g)?.length).toBeGreaterThanOrEqual(2)
    })
  })

  test('is for whoever asked for it alone', async () => {
    const file = await reportFile('Actual')
    expect((await readFile(file, 'utf8')).startsWith('<!DOCTYPE html>')).toBe(true)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  test('runs no script, should one ever get into it', async () => {
    const file = join(dir, 'with-script.html')
    const page = await readFile(await reportFile('Actual'), 'utf8')
    await writeFile(
      file,
      page.replace(
        '<main>',
        '<main><script>document.title = "run"</script><img src="x" onerror="document.title = 1" alt=""/>',
      ),
    )
    const context = await browser.newContext()
    const seen = await context.newPage()
    await seen.goto(`file://${file}`)
    expect(await seen.title()).toMatch(/^After-action report/)
    await context.close()
  })
})
