import { afterAll, expect, it } from 'vitest'
import { bongsu, endAll } from './cli-process.ts'

interface Summary {
  broadcasts: {
    msgType: string
    matched: number
    states: Record<string, number>
    segments: number
    firstSubmitMs: number
    carriers: Record<string, unknown>
  }[]
  entryTexts: { notifications: number; sent: number; suppressed: Record<string, number> }
  segments: { submitted: number; acceptedBySmscs: number }
}

afterAll(endAll)

it('plays the whole story, and its books hold', async () => {
  const demo = bongsu(['demo', '--exit', '--json', '--people', '2000'])
  expect(await demo.ended, demo.err()).toBe(0)
  const summary = JSON.parse(demo.out().trimEnd().split('\n').at(-1) as string) as Summary
  const [alert, update, allClear] = summary.broadcasts as [
    Summary['broadcasts'][0],
    Summary['broadcasts'][0],
    Summary['broadcasts'][0],
  ]
  expect(summary.broadcasts.map(({ msgType }) => msgType)).toEqual(['Alert', 'Update', 'Update'])
  for (const { matched, states } of summary.broadcasts) {
    expect(matched).toBeGreaterThan(0)
    expect(Object.values(states).reduce((sum, n) => sum + n, 0)).toBe(matched)
    expect(states).toMatchObject({ pending: 0, submitted: 0, suppressed: 0, cancelled: 0 })
  }
  // Everybody who came in late was told; the update reaches the newly inside; the all-clear nobody who may not have either.
  expect(demo.out()).toContain('200 travellers come into the zone')
  expect(update.matched).toBeGreaterThan(alert.matched - (alert.states.failed ?? 0) - (alert.states.expired ?? 0) - 1)
  expect(allClear.matched).toBeLessThanOrEqual(alert.matched + update.matched)
  expect(summary.segments.submitted).toBe(summary.segments.acceptedBySmscs)
  const { notifications, sent, suppressed } = summary.entryTexts
  expect(sent + Object.values(suppressed).reduce((sum, n) => sum + n, 0)).toBe(notifications)
  expect(Object.keys(suppressed)).toEqual(expect.arrayContaining(['duplicate', 'already-here', 'home']))
})
