import type { Page } from 'playwright-core'

/** What is used of the browser's world, which these types know nothing of. */
interface Element {
  readonly parentElement: Element | null
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>
  checkVisibility(): boolean
}
interface Window {
  readonly document: { readonly body: { querySelectorAll(selector: string): Iterable<Element> } }
  getComputedStyle(element: Element): { readonly color: string; readonly backgroundColor: string }
}

export interface Contrast {
  readonly ratio: number
  readonly text: string
}

/** The text of the page that has the least contrast with what is behind it (WCAG 2.2, 1.4.6). */
export function leastContrast(page: Page): Promise<Contrast> {
  return page.evaluate(() => {
    const { document, getComputedStyle } = globalThis as unknown as Window
    const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number)
    const luminance = (colour: string) => {
      const [r = 0, g = 0, b = 0] = channels(colour).map((c) =>
        c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
      )
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const behind = (element: Element): string => {
      const colour = getComputedStyle(element).backgroundColor
      const seenThrough = channels(colour)[3] === 0
      return seenThrough && element.parentElement ? behind(element.parentElement) : colour
    }
    let least = { ratio: 21, text: '' }
    for (const element of document.body.querySelectorAll('*')) {
      const text = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent)
      if (text.join('').trim() === '' || !element.checkVisibility()) continue
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))]
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      if (ratio < least.ratio) least = { ratio, text: text.join('') }
    }
    return least
  })
}
