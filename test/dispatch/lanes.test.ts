import { afterEach, describe, expect, it } from 'vitest'
import { LANES } from '../../src/alerts/lane.ts'
import { laneShares } from '../../src/alerts/lane-shares.ts'
import { LaneChooser } from '../../src/dispatch/lanes.ts'
import { type Bench, dispatchBench } from './harness.ts'
import { testProfile } from './profile.ts'

describe('the lane chooser', () => {
  const chooser = (entryShare: number, throughput = 100) => new LaneChooser(laneShares(throughput, entryShare))

  function sent(choose: LaneChooser, lanes: readonly number[], n: number): Map<number, number> {
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
    const counts = sent(chooser(0.05), [LANES.extreme, LANES.entry], 2000)
    expect(counts.get(LANES.entry)).toBeGreaterThanOrEqual(94)
    expect(counts.get(LANES.entry)).toBeLessThanOrEqual(100)
  })

  it('starves no lane: each behind a flood of danger has its share, in the long run', () => {
    const lanes = [LANES.extreme, LANES.severe, LANES.entry, LANES.other]
    const choose = chooser(0.05)
    sent(choose, lanes, 1000)
    const counts = sent(choose, lanes, 10_000)
    for (const lane of [LANES.severe, LANES.other]) {
      expect(counts.get(lane), `lane ${lane}`).toBeGreaterThanOrEqual(85)
      expect(counts.get(lane), `lane ${lane}`).toBeLessThanOrEqual(105)
    }
    expect(counts.get(LANES.entry)).toBeGreaterThanOrEqual(450)
    expect(counts.get(LANES.entry)).toBeLessThanOrEqual(500)
    expect(counts.get(LANES.extreme)).toBeGreaterThanOrEqual(9300)
  })

  it('yields everything but the floor of entry texts for the first five seconds of danger, each time that it comes', () => {
    const choose = chooser(0.05)
    const lanes = [LANES.extreme, LANES.severe, LANES.entry]
    expect(sent(choose, lanes, 500).get(LANES.severe)).toBeUndefined()
    expect(sent(choose, lanes, 1000).get(LANES.severe)).toBeGreaterThan(0)
    // The danger is over; the lesser lane has the account, and then danger comes again.
    sent(choose, [LANES.severe], 100)
    expect(sent(choose, lanes, 500).get(LANES.severe)).toBeUndefined()
  })

  it('gives a slow account a segment in five seconds for what is behind', () => {
    const choose = chooser(0.05, 10)
    sent(choose, [LANES.extreme, LANES.other], 51)
    expect(sent(choose, [LANES.extreme, LANES.other], 510).get(LANES.other)).toBe(10)
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

  it('starve nobody behind a flood of danger: each lane that waits has its share', async () => {
    bench = await dispatchBench()
    const { recorded } = bench.smsc
    const waiting = { severe: LANES.severe, entry: LANES.entry, other: LANES.other }
    const firsts = { severe: 200_000, entry: 300_000, other: 400_000 }
    for (const [name, lane] of Object.entries(waiting))
      await bench.broadcast(300, { lane, first: firsts[name as keyof typeof firsts] })
    const danger = await bench.broadcast(1200, { lane: LANES.extreme })
    await bench.dispatch(testProfile(bench.smsc.port, ['throughput: 150', 'window: 50']))
    await bench.until(danger, { delivered: 1200 })
    const isDanger = ({ destination }: { destination: string }) => destination < '821000100000'
    const during = recorded.slice(0, recorded.findLastIndex(isDanger) + 1).map(({ destination }) => Number(destination))
    const share = (first: number) =>
      during.filter((n) => n >= 821_000_000_000 + first && n < 821_000_100_000 + first).length / during.length
    // Of 1,200 segments of danger the first 750, five seconds' worth, go out before others than entry texts have any.
    for (const first of [firsts.severe, firsts.other]) {
      expect(share(first)).toBeGreaterThan(0.002)
      expect(share(first)).toBeLessThan(0.008)
    }
    expect(share(firsts.entry)).toBeGreaterThan(0.04)
    expect(share(firsts.entry)).toBeLessThan(0.06)
  })

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
