import { afterAll, beforeAll, expect, test } from 'vitest'
import { entryTextRows, entryTextSummary } from '../../src/reporting/entry-text-summary.ts'
import { EntryWorld } from './entry-world.ts'

let world: EntryWorld

beforeAll(async () => {
  world = await EntryWorld.start()
  await world.reset()
})

afterAll(() => world.engine.close())

test('each notification is counted once, to the carrier of its text, before what waits is settled and after', async () => {
  const { db } = world.engine
  const rows = () => entryTextRows(db, {}, ['country', 'carrier'])
  await world.policy('JP', { delaySeconds: 600 })
  await world.report(
    world.event(0, '821', 'JP'),
    world.event(0, '822', 'JP', { hplmn: '45005' }),
    world.event(0, '823', 'JP'),
    world.event(0, '824', 'CN'),
    world.event(0, '824', 'CN'),
    world.event(0, '825', 'KR'),
  )
  expect(await rows()).toEqual([
    { country: 'CN', carrier: 'home', notifications: 1, sent: 1, suppressed: {} },
    { country: 'CN', carrier: null, notifications: 1, sent: 0, suppressed: { duplicate: 1 } },
    { country: 'JP', carrier: null, notifications: 3, sent: 0, suppressed: { waits: 3 } },
    { country: 'KR', carrier: null, notifications: 1, sent: 0, suppressed: { home: 1 } },
  ])
  await world.leave(5, '823', 'JP')
  await world.at(120)
  expect((await rows()).filter(({ country }) => country === 'JP')).toEqual([
    { country: 'JP', carrier: 'hangul', notifications: 1, sent: 1, suppressed: {} },
    { country: 'JP', carrier: 'home', notifications: 1, sent: 1, suppressed: {} },
    { country: 'JP', carrier: null, notifications: 2, sent: 0, suppressed: { left: 1, 'left-before': 1 } },
  ])
  const { notifications, sent, suppressed } = await entryTextSummary(db)
  expect([notifications, sent + Object.values(suppressed).reduce((sum, n) => sum + n, 0)]).toEqual([7, 7])
})
