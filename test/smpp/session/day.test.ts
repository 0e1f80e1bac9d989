import { beforeAll, describe, expect, it } from 'vitest'
import { prng } from '../../../src/lib/prng.ts'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import { CarrierSide } from './carrier-side.ts'
import { EsmeSide, reconnectMs, timers } from './esme-side.ts'
import { World } from './world.ts'

const hour = 3_600_000
const minute = 60_000

/** From when nothing goes wrong and nothing is said until when. */
const quiet = [0.5 * hour, 3 * hour] as const

/** One day at a carrier, by the clock. */
function liveThrough(seed: number) {
  const world = new World(prng(seed))
  const carrier = new CarrierSide(world)
  const esme = new EsmeSide(world, carrier)
  const at = (when: number, run: () => void) => world.in(when, run)
  at(0, () => esme.connect())
  // Traffic: in the first half hour, and from 07:00 to 20:00, one or none each second.
  world.every(1000, () => {
    const { now } = world
    const busy = now < quiet[0] || (now > 7 * hour && now < 20 * hour)
    if (busy && world.random.next() < 0.5) esme.submit()
  })
  // 03:00 the carrier unbinds for maintenance.
  at(3 * hour, () => carrier.unbindAll())
  // 05:00 a firewall forgets the connection, for ten minutes: nothing arrives, nobody is told.
  at(5 * hour, () => {
    carrier.network.down = true
  })
  at(5 * hour + 10 * minute, () => {
    carrier.network.down = false
  })
  // 08:00 it answers no submit_sm, for five minutes; enquire_link it does answer.
  at(8 * hour, () => {
    carrier.answering = false
  })
  at(8 * hour + 5 * minute, () => {
    carrier.answering = true
  })
  // 12:00 the password is changed; ours is corrected an hour later, by a person who starts the link again.
  at(12 * hour, () => {
    carrier.password = 'changed'
    carrier.unbindAll()
  })
  at(13 * hour, () => {
    esme.password = 'changed'
    esme.connect()
  })
  // 15:00 its process dies, and is away for three minutes.
  at(15 * hour, () => {
    carrier.listening = false
    carrier.crash()
  })
  at(15 * hour + 3 * minute, () => {
    carrier.listening = true
  })
  // 18:00 and a moment: both sides unbind at once.
  at(18 * hour, () => {
    carrier.unbindAll()
    esme.unbind()
  })
  world.runUntil(24 * hour)
  return { carrier, esme }
}

describe.each([1, 2, 3])('a day at a carrier, seed %i', (seed) => {
  let day: ReturnType<typeof liveThrough>
  beforeAll(() => {
    day = liveThrough(seed)
  })
  const between = (from: number, to: number, times: readonly number[]) =>
    times.filter((time) => time >= from && time < to).length

  it('ends bound, with every submit answered or handed back', () => {
    const { carrier, esme } = day
    expect(esme.mode).toBe('bound')
    expect(carrier.bound).toBe(1)
    expect(esme.submitted).toBeGreaterThan(20_000)
    expect(esme.answered + esme.handedBack).toBe(esme.submitted)
    expect(esme.inFlight).toBe(0)
    expect(carrier.submits).toBeLessThanOrEqual(esme.submitted)
  })

  it('never has two binds at once', () => {
    expect(day.carrier.mostAtOnce).toBe(1)
  })

  it('binds as often as it was unbound, and not once more', () => {
    const { carrier, esme } = day
    const cause = (what: (end: (typeof esme.ends)[number]['end']) => boolean) =>
      esme.ends.filter(({ end }) => what(end)).length
    const silent = cause(({ kind }) => kind === 'silent')
    // The start, 03:00, 05:00, 13:00, 15:00, 18:00, and after each silence.
    expect(esme.binds.length).toBe(6 + silent)
    expect(carrier.binds).toBe(esme.binds.length)
    expect(cause((end) => end.kind === 'lost' && end.reason.includes('half open'))).toBe(1)
    expect(cause(({ kind }) => kind === 'unbound')).toBe(3)
    expect(carrier.unbindResponses).toBeGreaterThanOrEqual(2)
  })

  it('asks for life every 30 s of silence, and never sooner', () => {
    const { esme } = day
    const asked = esme.enquiries.filter(({ at }) => at >= quiet[0] && at < quiet[1])
    for (const { silentMs } of esme.enquiries) {
      expect(silentMs).toBeGreaterThanOrEqual(timers.enquireLinkMs)
      // The timers are looked at every 100 ms.
      expect(silentMs).toBeLessThanOrEqual(timers.enquireLinkMs + 100)
    }
    // An answer takes up to 130 ms, and the next question is counted from it.
    const span = quiet[1] - quiet[0]
    expect(asked.length).toBeLessThanOrEqual(span / timers.enquireLinkMs)
    expect(asked.length).toBeGreaterThanOrEqual(Math.floor(span / (timers.enquireLinkMs + 300)))
    // Asked of so often, the carrier has no reason to ask itself, and never found us dead but behind the firewall.
    expect(day.carrier.droppedForSilence).toBe(1)
  })

  it('leaves a half-open connection one question and one response time after it was last heard', () => {
    const { esme } = day
    const halfOpen = esme.ends.find(({ end }) => end.kind === 'lost' && end.reason.includes('half open'))
    const { at } = halfOpen as { at: number }
    expect(at).toBeGreaterThan(5 * hour)
    expect(at).toBeLessThanOrEqual(5 * hour + timers.enquireLinkMs + timers.responseMs + 300)
  })

  it('comes back slowly where the carrier has not noticed the end of the old bind', () => {
    const { carrier, esme } = day
    const already = esme.ends.filter(({ end }) => end.kind === 'refused' && end.status === commandStatus.ESME_RALYBND)
    expect(already.length).toBe(carrier.refusals.filter((status) => status === commandStatus.ESME_RALYBND).length)
    for (const { delay } of already) expect(delay).toBeGreaterThanOrEqual(reconnectMs[1] / 2)
    expect(between(5 * hour, 6 * hour, esme.binds)).toBe(1)
  })

  it('backs off: each attempt waits half to all of a time that doubles up to the longest', () => {
    const { esme } = day
    for (const { end, failures, delay } of esme.ends) {
      if (delay === undefined || end.kind === 'refused') continue
      const base = Math.min(reconnectMs[1], reconnectMs[0] * 2 ** failures)
      expect(delay).toBeGreaterThanOrEqual(base / 2)
      expect(delay).toBeLessThanOrEqual(base)
    }
    // Ten minutes behind the firewall: each attempt takes the response time, then waits 15 to 30 s.
    expect(between(5 * hour, 5 * hour + 10 * minute, esme.attempts)).toBeLessThanOrEqual(30)
    // Three minutes of refused connections: 1, 2, 4, 8, 16, 30 s, ... at most.
    expect(between(15 * hour, 15 * hour + 3 * minute, esme.attempts)).toBeLessThanOrEqual(16)
    for (let minuteOfDay = 0; minuteOfDay < 1440; minuteOfDay++) {
      const from = minuteOfDay * minute
      expect(between(from, from + minute, esme.attempts)).toBeLessThanOrEqual(8)
    }
  })

  it('is more patient with each silent bind, so that a slow carrier is not sent everything again and again', () => {
    const waits = day.esme.ends.flatMap(({ at, end }) =>
      end.kind === 'silent' && at > 8 * hour && at < 9 * hour ? [end.waitedMs] : [],
    )
    // The first had answered in time before; the carrier is back before the last is given up.
    const expected = [20_000, 20_000, 40_000, 80_000, 160_000]
    expect(waits.length).toBe(expected.length)
    for (const [i, waited] of waits.entries()) {
      expect(waited).toBeGreaterThanOrEqual(expected[i] as number)
      expect(waited).toBeLessThanOrEqual((expected[i] as number) + 100)
    }
  })

  it('does not try a wrong password twice: it waits for a person', () => {
    const { carrier, esme } = day
    expect(carrier.refusals.filter((status) => status === commandStatus.ESME_RINVPASWD)).toHaveLength(1)
    expect(between(12 * hour + minute, 13 * hour, esme.attempts)).toBe(0)
    expect(between(13 * hour, 13 * hour + minute, esme.binds)).toBe(1)
  })
})
