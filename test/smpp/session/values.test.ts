import { describe, expect, it } from 'vitest'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import { reconnectDelay } from '../../../src/smpp/session/reconnect.ts'
import { nextSequence } from '../../../src/smpp/session/sequence.ts'
import { enquired, heard, tick } from '../../../src/smpp/session/timers.ts'
import { Window } from '../../../src/smpp/session/window.ts'

describe('the timers', () => {
  const limits = { enquireLinkMs: 30_000, responseMs: 10_000 }
  const fresh = { lastHeardAt: 0, enquiredAt: undefined }

  it('ask for life after a silence', () => {
    expect(tick(fresh, limits, 29_999)).toBe('ok')
    expect(tick(fresh, limits, 30_000)).toBe('enquire')
  })

  it('stop when the question stays unanswered for the response time', () => {
    const asked = enquired(fresh, 30_000)
    expect(tick(asked, limits, 39_999)).toBe('ok')
    expect(tick(asked, limits, 40_000)).toBe('stop')
  })

  it('take any PDU as life, and start again from it', () => {
    const alive = heard(enquired(fresh, 30_000), 31_000)
    expect(tick(alive, limits, 60_999)).toBe('ok')
    expect(tick(alive, limits, 61_000)).toBe('enquire')
  })
})

describe('the pause before connecting again', () => {
  const limits = [1000, 30_000] as const
  const lost = { kind: 'lost', reason: 'cut' } as const
  const refused = (status: number) => ({ kind: 'refused', status }) as const

  it('doubles with each failure up to the longest, jittered between half and all of it', () => {
    expect([0, 1, 2, 3, 9].map((failures) => reconnectDelay(lost, failures, limits, 0))).toEqual([
      500, 1000, 2000, 4000, 15_000,
    ])
    expect(reconnectDelay(lost, 0, limits, 0.999)).toBeCloseTo(1000, -1)
  })

  it('is the longest at once after ESME_RALYBND: the SMSC has not noticed the end of the old bind', () => {
    expect(reconnectDelay(refused(commandStatus.ESME_RALYBND), 0, limits, 0)).toBe(15_000)
    expect(reconnectDelay(refused(commandStatus.ESME_RBINDFAIL), 0, limits, 0)).toBe(500)
  })

  it('is for ever where the credentials are refused', () => {
    for (const status of [commandStatus.ESME_RINVPASWD, commandStatus.ESME_RINVSYSID])
      expect(reconnectDelay(refused(status), 0, limits, 0)).toBeUndefined()
  })
})

describe('sequence numbers', () => {
  it('wrap from 0x7fffffff to 1', () => {
    const never = () => false
    expect([0, 1, 0x7ffffffe, 0x7fffffff].map((before) => nextSequence(before, never))).toEqual([1, 2, 0x7fffffff, 1])
  })

  it('pass over those that still wait, also across the wrap', () => {
    const waiting = new Set([5, 6, 0x7fffffff, 1, 2])
    const waits = (sequence: number) => waiting.has(sequence)
    expect([4, 0x7ffffffe].map((before) => nextSequence(before, waits))).toEqual([7, 3])
  })
})

describe('the window', () => {
  it('refuses what it has no place for', () => {
    const window = new Window<string>(1)
    window.add(1, 'a', 0)
    expect(window.free).toBe(0)
    expect(() => window.add(2, 'b', 0)).toThrow(RangeError)
  })

  it('gives out what others overtook, keeps its place, and knows its late answer once', () => {
    const window = new Window<string>(3)
    window.add(1, 'a', 0)
    window.add(2, 'b', 50)
    window.add(3, 'c', 200)
    expect(window.overtaken(400, 300, 100), 'nothing is answered: all may be slow').toEqual([])
    expect(window.answer(2, 400)).toMatchObject({ context: 'b', late: false })
    expect(window.overtaken(400, 300, 100), 'its neighbour may be a little quicker').toEqual([])
    window.answer(3, 410)
    expect(window.overtaken(299, 300, 100), 'too young').toEqual([])
    expect(window.overtaken(410, 300, 100)).toEqual(['a'])
    expect(window.overtaken(500, 300, 100)).toEqual([])
    expect(window.free).toBe(2)
    expect(window.answer(1, 600)).toMatchObject({ context: 'a', late: true })
    expect(window.answer(1, 600)).toBeUndefined()
    expect(window.free).toBe(3)
  })

  it('knows how long nothing has been answered', () => {
    const window = new Window<string>(3)
    expect(window.silentMs(1000)).toBe(0)
    window.add(1, 'a', 1000)
    window.add(2, 'b', 1100)
    expect(window.silentMs(1300)).toBe(300)
    window.answer(1, 1350)
    expect(window.silentMs(1400)).toBe(50)
  })

  it('hands everything unanswered back at the close, and nothing twice', () => {
    const window = new Window<string>(4)
    for (const [sequence, name] of ['a', 'b', 'c'].entries()) window.add(sequence, name, 0)
    window.add(3, 'd', 100)
    window.answer(1, 100)
    window.answer(3, 100)
    window.add(4, 'e', 300)
    expect(window.overtaken(300, 300, 100)).toEqual(['a', 'c'])
    expect(window.close()).toEqual(['e'])
    expect(window.close()).toEqual([])
    expect(window.answer(0, 300)).toBeUndefined()
  })
})
