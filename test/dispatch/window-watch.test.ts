import { Writable } from 'node:stream'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { RoundTrip } from '../../src/dispatch/round-trip.ts'
import { possibleRate, WindowWatch } from '../../src/dispatch/window-watch.ts'

describe('the round trip', () => {
  it('is measured on one submission at a time, as a mean that moves by an eighth', () => {
    const roundTrip = new RoundTrip()
    const [first, second] = [{}, {}]
    expect(roundTrip.meanMs).toBeUndefined()
    roundTrip.sent(first, 0)
    roundTrip.sent(second, 5)
    roundTrip.answered(second, 6)
    expect(roundTrip.meanMs).toBeUndefined()
    roundTrip.answered(first, 80)
    expect(roundTrip.meanMs).toBe(80)
    roundTrip.sent(second, 100)
    roundTrip.answered(second, 260)
    expect(roundTrip.meanMs).toBe(90)
  })

  it('goes on with another submission when the answer is lost', () => {
    const roundTrip = new RoundTrip()
    const [lost, next] = [{}, {}]
    roundTrip.sent(lost, 0)
    roundTrip.lost(lost)
    roundTrip.sent(next, 1000)
    roundTrip.answered(next, 1040)
    expect(roundTrip.meanMs).toBe(40)
  })
})

describe('an account that its windows hold back', () => {
  const carrier = { id: 'kr', window: 10, throughput: 500 }

  function watch() {
    const lines: Record<string, unknown>[] = []
    const stream = new Writable({
      write(line, _, done) {
        lines.push(JSON.parse(String(line)))
        done()
      },
    })
    return { watch: new WindowWatch(pino(stream)), lines }
  }

  it('says so after a second, with the rate that binds, window and round trip make possible', () => {
    const { watch: watched, lines } = watch()
    for (let now = 0; now <= 1100; now += 100) watched.note(true, carrier, 2, 100, now)
    expect(watched.bound).toBe(true)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ binds: 2, window: 10, roundTripMs: 100, possible: 200, throughput: 500 })
    for (let now = 1200; now <= 50_000; now += 100) watched.note(true, carrier, 2, 100, now)
    expect(lines).toHaveLength(1)
  })

  it('says nothing where it has room now and then, and gives no rate before the first answer', () => {
    const { watch: watched, lines } = watch()
    for (let now = 0; now <= 5000; now += 100) watched.note(now % 900 !== 0, carrier, 2, 100, now)
    expect(lines).toEqual([])
    for (let now = 6000; now <= 7200; now += 100) watched.note(true, carrier, 2, undefined, now)
    expect(lines).toHaveLength(1)
    expect(lines[0]).not.toHaveProperty('possible')
    expect(possibleRate(1, 10, 0)).toBe(10_000)
  })
})
