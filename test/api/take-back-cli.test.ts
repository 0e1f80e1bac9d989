import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { catchOutput, type ServedApi, serveApi } from './command-line.ts'
import { alertBody, type Desk, openDesk } from './desk.ts'

let api: ServedApi
let desk: Desk
let out = ''
let err = ''

beforeAll(async () => {
  api = await serveApi()
  desk = openDesk(api)
})

afterAll(() => api.close())
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

async function run(...args: string[]) {
  out = ''
  err = ''
  catchOutput('stdout', (text) => (out += text))
  catchOutput('stderr', (text) => (err += text))
  return api.run(args)
}

test('an alert is retracted, or ended, by its id or identifier', async () => {
  const id = await desk.live(alertBody({ identifier: 'cli-1' }))
  expect(await run('alert', 'retract', 'cli-1', '--reason', 'the wrong window', '--json')).toBeUndefined()
  const taken = /^retracted by (\S+), launched as broadcast (\d+)$/m.exec(err)
  expect(JSON.parse(out)).toMatchObject({ id: Number(taken?.[2]), msgType: 'Cancel', matched: 0 })
  expect((await desk.view(taken?.[1] as string)).body.lifecycle.approval.inAdvance).toBe(id)

  expect(await run('alert', 'end', await desk.live(), '--reason', 'over')).toBeUndefined()
  expect(err).toMatch(/^ended by /)
})

test('nobody is told that a draft is over, nor without a reason', async () => {
  const id = await desk.draft()
  expect((await run('alert', 'end', id, '--reason', 'over'))?.code).toBe('nothing-to-take-back')
  expect((await run('alert', 'retract', id, '--reason', ' '))?.code).toBe('reason-missing')
})

test('a template is listed, shown, changed, used and taken back', async () => {
  await run('templates', 'list')
  expect(out).toMatch(/^tsunami@\d+ {2}Tsunami, Extreme, ko en: place \(text\), action \(choice\)$/m)
  await run('templates', 'show', 'tsunami')
  const body = { ...JSON.parse(out), title: 'Tsunami, tried' }
  const file = await api.file('tsunami.json', JSON.stringify(body))
  expect(await run('templates', 'set', 'tsunami', file, '--note', 'a trial')).toBeUndefined()
  expect(out).toMatch(/^tsunami@\d+\n$/)
  await run('templates', 'history', 'tsunami')
  expect(out).toMatch(/person:composer {2}Tsunami, tried: a trial\n.*migration/)

  const use = {
    template: 'tsunami',
    status: 'Actual',
    fields: { place: { ko: '일본 노토반도', en: 'Noto, Japan' }, action: 'away-from-coast' },
    areas: [{ areaDesc: 'Noto', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
  }
  expect(await run('templates', 'use', await api.file('use.json', JSON.stringify(use)))).toBeUndefined()
  expect((await desk.view(out.trim())).body.template).toMatch(/^tsunami@/)
  expect(err).toContain('en: [MOFA Korea] Tsunami danger, Noto, Japan.')

  await run('templates', 'take-back', 'tsunami')
  expect(out).toBe('tsunami is taken back\n')
  expect((await run('templates', 'use', await api.file('use.json', JSON.stringify(use))))?.code).toBe(
    'template-unknown',
  )
  expect((await run('templates', 'set', 'x', await api.file('bad.json', '{')))?.code).toBe('not-json')
})
