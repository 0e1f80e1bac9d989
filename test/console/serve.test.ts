import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { bongsu, type CliProcess, endAll } from '../app/cli-process.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { type ConsolePage, hasBrowser, openConsole, startBrowser } from './browser.ts'

const adminKey = 'bootstrap-key-of-the-tests'

let dir: string
let smsc: Smsc
let database: TestDatabase
let engine: CliProcess
let url: string
let browser: Browser
let seen: ConsolePage

const serve = async (): Promise<CliProcess> => {
  const started = bongsu(['serve'], {
    DATABASE_URL: database.url,
    BONGSU_PORT: new URL(url).port,
    BONGSU_CARRIERS_DIR: dir,
    BONGSU_BOOTSTRAP_KEY: adminKey,
  })
  await started.says(/bongsu is up/)
  return started
}

describe.skipIf(!hasBrowser)('the console of an engine', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bongsu-console-'))
    smsc = await startSmsc({ password: 'secret' })
    await writeFile(
      join(dir, 'one.yaml'),
      `id: one
name: <b>Carrier One</b>
reaches: [{ population: residents }]
links: [{ host: 127.0.0.1, port: ${smsc.port} }]
systemId: bongsu
password: secret
throughput: 100
source: { addr: "82232100404" }
timers: { reconnect: [50ms, 500ms] }
`,
    )
    database = await cloneDatabase()
    url = `http://127.0.0.1:${await freePort()}`
    engine = await serve()
    browser = await startBrowser()
  })

  afterAll(async () => {
    await browser?.close()
    await endAll()
    await smsc?.close()
    await database?.drop()
    await rm(dir, { recursive: true, force: true })
  })

  beforeEach(async () => {
    seen = await openConsole(browser, url)
    await seen.useKey(adminKey)
  })
  afterEach(() => seen.close())

  const carrier = async () => (await seen.rows('carriers'))[0]

  it('raises an alarm for a carrier of which no bind is up, says why, and takes it down', async () => {
    await seen.soon(carrier).toMatchObject({ Carrier: '<b>Carrier One</b> (one)', State: 'up', Binds: '1 of 1' })
    expect(await seen.standing()).toBe('No alarm')
    await smsc.close()
    await seen
      .soon(seen.alarms)
      .toEqual([
        expect.stringMatching(/^The carrier <b>Carrier One<\/b> is down: none of its binds is up\. .*ECONNREFUSED/),
      ])
    expect(await carrier()).toMatchObject({ State: 'down', Binds: '0 of 1' })
    smsc = await startSmsc({ password: 'secret', port: smsc.port })
    await seen.soon(seen.alarms).toEqual([])
    expect(await carrier()).toMatchObject({ State: 'up' })
  })

  it('notes a carrier that somebody paused', async () => {
    const act = (what: string) =>
      fetch(`${url}/v1/carriers/one/${what}`, { method: 'POST', headers: { authorization: `Bearer ${adminKey}` } })
    await act('pause')
    await seen.soon(seen.notices).toEqual([expect.stringMatching(/^The carrier .*: up; paused since .* UTC\.$/)])
    expect(await seen.standing()).toBe('No alarm, 1 notice')
    await act('resume')
    await seen.soon(seen.notices).toEqual([])
  })

  it('says that the server stopped and since when, shows no figure as new, and goes on when it is back', async () => {
    await seen.soon(() => seen.asOf('carriers')).toMatch(/^As of/)
    engine.child.kill('SIGTERM')
    await engine.ended
    await seen.soon(seen.alarms).toEqual([expect.stringMatching(/^The server has not answered since .* UTC\.$/)])
    expect(await seen.standing()).toBe('Not all is known; 1 alarm')
    for (const part of ['alerts', 'feeds', 'carriers'] as const) {
      expect(await seen.asOf(part)).toMatch(/^Not current: as it was at .* UTC$/)
    }
    engine = await serve()
    await seen.soon(seen.alarms).toEqual([])
    expect(await seen.asOf('carriers')).toMatch(/^As of/)
  })
})
