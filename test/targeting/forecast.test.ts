import { describe, expect, test } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import { laneShares } from '../../src/alerts/lane-shares.ts'
import { LaneChooser } from '../../src/dispatch/lanes.ts'
import { prng } from '../../src/lib/prng.ts'
import { type CarrierLoad, forecastOf, forecastOfAll } from '../../src/targeting/forecast.ts'

const idle = (change: Partial<CarrierLoad> = {}): CarrierLoad => ({
  rate: 100,
  messages: 1000,
  units: 2000,
  ahead: 0,
  behind: [],
  ...change,
})

const tenths = (seconds: number) => Math.ceil(seconds * 10 - 1e-4) / 10

describe('a forecast', () => {
  test('of an idle carrier is the share of its segments at the contracted rate', () => {
    const random = prng(5)
    for (let i = 0; i < 200; i++) {
      const load = idle({ rate: 1 + random.int(5000), messages: 1 + random.int(1e6), units: 1 + random.int(3e6) })
      const expected = {
        p50: tenths((0.5 * load.units) / load.rate),
        p90: tenths((0.9 * load.units) / load.rate),
        p99: tenths((0.99 * load.units) / load.rate),
      }
      expect(forecastOf(load)).toEqual(expected)
      expect(forecastOfAll([load])).toEqual(expected)
    }
  })

  test('waits for all that goes before', () => {
    expect(forecastOf(idle({ ahead: 500 }))).toEqual({ p50: 15, p90: 23, p99: 24.8 })
  })

  test('of several carriers is of their messages together, the slow one last', () => {
    const fast = idle({ rate: 1000, messages: 9000, units: 9000 })
    const slow = idle({ rate: 10, messages: 1000, units: 1000 })
    // At 9 s the fast one is done, and the slow one has handed over 90.
    expect(forecastOfAll([fast, slow])).toEqual({ p50: 5, p90: 9, p99: 90 })
    expect(forecastOfAll([])).toEqual({ p50: 0, p90: 0, p99: 0 })
  })

  test('is what the lanes do: entry texts and lesser alerts behind get their shares, and no more than they have', () => {
    const rate = 100
    const shares = laneShares(rate, 0.05)
    const units = 20_000
    for (const waiting of [
      { [LANES.entry]: 1e9 },
      { [LANES.entry]: 100, [LANES.other]: 1e9 },
      { [LANES.severe]: 1e9, [LANES.entry]: 1e9, [LANES.other]: 50 },
    ]) {
      const queues = new Map([
        [LANES.extreme as number, units],
        ...Object.entries(waiting).map(([lane, n]) => [Number(lane), n] as const),
      ])
      const chooser = new LaneChooser(shares)
      let out = 0
      let half = 0
      while ((queues.get(LANES.extreme) as number) > 0) {
        const lane = chooser.choose([...queues].flatMap(([lane, n]) => (n > 0 ? [lane] : []))) as number
        queues.set(lane, (queues.get(lane) as number) - 1)
        chooser.sent(lane)
        out++
        if (half === 0 && (queues.get(LANES.extreme) as number) === units / 2) half = out
      }
      const behind = Object.entries(waiting).map(([lane, n]) => ({ units: n, share: shares[Number(lane)] as never }))
      const { p50, p99 } = forecastOf({ rate, messages: units, units, ahead: 0, behind })
      expect(Math.abs(p50 - half / rate)).toBeLessThan(0.01 * p50)
      expect(p99).toBeGreaterThan((0.98 * out) / rate)
      expect(p99).toBeLessThan(out / rate)
    }
  })
})
