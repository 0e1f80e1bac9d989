import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { startApi, type TestApi } from '../api/support.ts'
import { hasBrowser, startBrowser } from './browser.ts'

export interface World {
  readonly api: TestApi
  /** Where the API and the console are served. */
  readonly url: string
  /** Only where there is one to be had. */
  readonly browser: Browser
  close(): Promise<void>
}

/** One server and one browser for all tests of a file. */
export async function openWorld(): Promise<World> {
  const [api, browser] = await Promise.all([startApi(), hasBrowser ? startBrowser() : undefined])
  await api.app.listen({ host: '127.0.0.1', port: 0 })
  return {
    api,
    url: `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`,
    browser: browser as Browser,
    close: async () => {
      await browser?.close()
      await api.close()
    },
  }
}
