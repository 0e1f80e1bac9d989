import { afterEach, describe, expect, it } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import { LaneChooser } from '../../src/dispatch/lanes.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

describe('the lane chooser', () => {
  const chooser = (floor: number) => new LaneChooser({ floorLane: LANES.entry, floor })

  function sent(lanes: readonly number[], n: number, floor: number): Map<number, number> {
    const choose = chooser(floor)
    const counts = new Map<number, number>()
    for (let i = 0; i < n; i++) {
      const lane = choose.choose(lanes) as number
      choose.sent(lane)
      counts.set(lane, (counts.get(lane) ?? 0) + 1)
    }
    return counts
  }

  it('takes the most urgent lane that has work', () => {
    const choose = chooser(0.05)
    expect(choose.choose([LANES.other, LANES.extreme, LANES.severe])).toBe(LANES.extreme)
    expect(choose.choose([LANES.extreme, LANES.extremeCorrection])).toBe(LANES.extremeCorrection)
    expect(choose.choose([])).toBeUndefined()
  })

  it('leaves entry texts their share while danger is sent', () => {
    const counts = sent([LANES.extreme, LANES.entry, LANES.other], 2000, 0.05)
    expect(counts.get(LANES.entry)).toBeGreaterThanOrEqual(94)
    expect(counts.get(LANES.entry)).toBeLessThanOrEqual(100)
    expect(counts.get(LANES.other)).toBeUndefined()
  })

  it('lets entry texts save up no share for later: danger that comes has nearly all of the account', () => {
    const choose = chooser(0.5)
    for (let i = 0; i < 1000; i++) choose.sent(LANES.extreme)
    let entries = 0
    for (let i = 0; i < 4; i++) {
      const lane = choose.choose([LANES.extreme, LANES.entry]) as number
      choose.sent(lane)
      if (lane === LANES.entry) entries++
    }
    expect(entries).toBeLessThanOrEqual(3)
  })
})

describe('lanes of an account', () => {
  let bench: Bench
  afterEach(() => bench.close())

  it('danger launched behind a long queue goes out within a second and first; entry texts keep their floor', async () => {
    bench = await dispatchBench()
    const { recorded } = bench.smsc
    const entries = await bench.broadcast(2000, { lane: LANES.entry, first: 100_000 })
    const lesser = await bench.broadcast(2000, { lane: LANES.severe })
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 200', 'window: 50']))
    await expect.poll(() => recorded.length, { timeout: 10_000, interval: 10 }).toBeGreaterThan(100)
    const before = recorded.length
    const danger = await bench.broadcast(300, { lane: LANES.extreme, first: 200_000 })
    const { rows } = await bench.db.pool.query<{ at: Date }>('SELECT now() AS at')
    await bench.until(danger, { delivered: 300 })
    const { rows: first } = await bench.db.pool.query<{ at: Date }>(
      'SELECT first_submit_at AS at FROM broadcast WHERE id = $1',
      [danger],
    )
    expect(Number(first[0]?.at) - Number(rows[0]?.at)).toBeLessThan(1000)
    const kind = (destination: string) =>
      destination > '821000200000' ? 'danger' : destination > '821000100000' ? 'entry' : 'lesser'
    const kinds = recorded.slice(before).map(({ destination }) => kind(destination))
    const during = kinds.slice(kinds.indexOf('danger'), kinds.lastIndexOf('danger') + 1)
    expect(during.filter((k) => k === 'lesser')).toEqual([])
    const share = during.filter((k) => k === 'entry').length / during.length
    expect(share).toBeGreaterThan(0.035)
    expect(share).toBeLessThan(0.06)
    await bench.cancel(entries)
    await bench.cancel(lesser)
  })
})
