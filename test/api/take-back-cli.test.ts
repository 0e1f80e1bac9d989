import { beforeAll, expect, test } from 'vitest'
import type { CarrierProfile } from '../../src/carriers/schema.ts'
import { openTerminal } from './command-line.ts'
import { alertBody, type Desk, openDesk } from './desk.ts'

const cli = openTerminal()
let desk: Desk

beforeAll(() => {
  desk = openDesk(cli.api)
})

async function run(...args: string[]) {
  cli.out = ''
  cli.err = ''
  return cli.api.run(args)
}

test('an alert is retracted, or ended, by its id or identifier', async () => {
  const id = await desk.live(alertBody({ identifier: 'cli-1' }))
  expect(await run('alert', 'retract', 'cli-1', '--reason', 'the wrong window', '--json')).toBeUndefined()
  const taken = /^retracted by (\S+), launched as broadcast (\d+)$/m.exec(cli.err)
  expect(JSON.parse(cli.out)).toMatchObject({ id: Number(taken?.[2]), msgType: 'Cancel', matched: 0 })
  expect((await desk.view(taken?.[1] as string)).body.lifecycle.approval.inAdvance).toBe(id)

  expect(await run('alert', 'end', await desk.live(), '--reason', 'over')).toBeUndefined()
  expect(cli.err).toMatch(/^ended by /)
})

test('what takes back an Exercise, or what one person approved alone, is marked first', async () => {
  const exercise = await desk.live(alertBody({ status: 'Exercise' }))
  await run('alert', 'end', exercise, '--reason', 'over')
  expect(cli.err).toMatch(/^\*\*\* EXERCISE \*\*\* ended by /)
  const alone = await desk.submitted()
  await desk.act(alone, 'break-glass', 'approver', { reason: '혼자 근무' })
  await desk.act(alone, 'launch', 'composer')
  await run('alert', 'retract', alone, '--reason', 'in error')
  expect(cli.err).toMatch(
    /^!!! GLASS BROKEN by approver, who did not write it and could have approved it plainly: 혼자 근무\n!!! .*\nretracted by /,
  )
})

test('carriers that cannot write the words are named, by the answer and at the terminal', async () => {
  const id = await desk.live(alertBody({ identifier: 'cli-2' }))
  const carriers: { profiles: readonly CarrierProfile[] } = cli.api.deps.carriers
  const { profiles } = carriers
  const north = profiles[0] as CarrierProfile
  carriers.profiles = [
    ...profiles,
    { ...north, id: 'short', text: { ...north.text, long: 'refuse', segmentOctets: 40 } },
  ]
  try {
    expect(await run('alert', 'retract', 'cli-2', '--reason', 'the wrong window')).toBeUndefined()
  } finally {
    carriers.profiles = profiles
  }
  expect(cli.err).toContain('NOT EVERYBODY IS TOLD: short cannot write these words')
  const again = await desk.act(id, 'retract', 'approver', { reason: 'again' })
  expect(again.body).toMatchObject({ unable: ['short'] })
})

test('nobody is told that a draft is over, nor without a reason', async () => {
  const id = await desk.draft()
  expect((await run('alert', 'end', id, '--reason', 'over'))?.code).toBe('nothing-to-take-back')
  expect((await run('alert', 'retract', id, '--reason', ' '))?.code).toBe('reason-missing')
})

test('a template is listed, shown, changed, used and taken back', async () => {
  await run('templates', 'list')
  expect(cli.out).toMatch(/^tsunami@\d+ {2}Tsunami, Extreme, ko en: place \(text\), action \(choice\)$/m)
  const before = cli.out.match(/^tsunami@\d+/m)?.[0] as string
  await run('templates', 'show', 'tsunami')
  const body = { ...JSON.parse(cli.out), title: 'Tsunami, tried' }
  const file = await cli.api.file('tsunami.json', JSON.stringify(body))
  expect(await run('templates', 'set', 'tsunami', file, '--note', 'a trial')).toBeUndefined()
  expect(cli.out).toMatch(/^tsunami@\d+\n$/)
  const now = cli.out.trim()
  await run('templates', 'show', now)
  expect(JSON.parse(cli.out).title).toBe('Tsunami, tried')
  await run('templates', 'show', before)
  expect(JSON.parse(cli.out).title).toBe('Tsunami')
  expect(await run('templates', 'show', 'tsunami@0')).toMatchObject({
    code: 'template-version-unknown',
    hint: `There are ${now}, ${before}.`,
  })
  await run('templates', 'history', 'tsunami')
  expect(cli.out).toMatch(/person:composer {2}Tsunami, tried: a trial\n.*migration/)

  const use = {
    template: 'tsunami',
    status: 'Actual',
    fields: { place: { ko: '일본 노토반도', en: 'Noto, Japan' }, action: 'away-from-coast' },
    areas: [{ areaDesc: 'Noto', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
  }
  expect(await run('templates', 'use', await cli.api.file('use.json', JSON.stringify(use)))).toBeUndefined()
  expect((await desk.view(cli.out.trim())).body.template).toMatch(/^tsunami@/)
  expect(cli.err).toContain('en: [MOFA Korea] Tsunami danger, Noto, Japan.')

  await run('templates', 'take-back', 'tsunami')
  expect(cli.out).toBe('tsunami is taken back\n')
  expect((await run('templates', 'use', await cli.api.file('use.json', JSON.stringify(use))))?.code).toBe(
    'template-unknown',
  )
  expect((await run('templates', 'set', 'x', await cli.api.file('bad.json', '{')))?.code).toBe('not-json')
})
