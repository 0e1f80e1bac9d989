import { describe, expect, it } from 'vitest'
import type { ErrorPolicy } from '../../src/carriers/error-policy.ts'
import {
  maxUnanswered,
  policyOf,
  refusalsOfADay,
  refusalsPerCarrier,
  retryDelayMs,
} from '../../src/dispatch/error-table.ts'
import { type Flight, lateOutcome, outcomeOf, putOff } from '../../src/dispatch/flight.ts'
import { WorkingChunk } from '../../src/dispatch/working-chunk.ts'
import { commandStatus, statusName } from '../../src/smpp/codec/status.ts'
import type { Session } from '../../src/smpp/session/session.ts'
import type { BroadcastHead } from '../../src/store/chunks/broadcast.ts'

const { ESME_RTHROTTLED, ESME_RMSGQFUL, ESME_RSYSERR, ESME_RINVDSTADR } = commandStatus

interface Counts {
  readonly attempt?: number
  readonly refused?: number
  readonly unanswered?: number
}

function chunk(change: Partial<BroadcastHead> = {}, n = 10, counts: Counts = {}): WorkingChunk {
  const head = { id: 7, resend: true, expiresAt: null, lane: 1, ...change } as BroadcastHead
  const row = {
    id: 1,
    broadcastId: 7,
    lane: 1,
    seqFrom: 1,
    seqTo: n,
    seqs: null,
    attempt: 1,
    refused: 0,
    unanswered: 0,
    epoch: 3,
    fallbacks: [2],
    ...counts,
  }
  const messages = Array.from({ length: n }, (_, i) => ({ seq: i + 1, msisdn: `82100000000${i}`, variant: 1 }))
  return new WorkingChunk(row, head, new Map(), messages)
}

function flight(change: Partial<Flight> & { resend?: boolean; counts?: Counts } = {}): Flight {
  const { resend = true, counts = {}, ...rest } = change
  return {
    chunk: chunk({ resend }, 10, counts),
    message: { seq: 1, msisdn: '821000000000', variant: 1 },
    text: { templates: [], weight: 1 },
    session: {} as Session<never>,
    at: 1000,
    ids: ['a'],
    sent: 1,
    open: 0,
    partRetries: 0,
    unanswered: [],
    refusedWith: undefined,
    settled: false,
    ...rest,
  }
}

describe('the error table', () => {
  const expected: Partial<Record<keyof typeof commandStatus, ErrorPolicy>> = {
    ESME_RTHROTTLED: 'throttle',
    ESME_RMSGQFUL: 'later',
    ESME_RSYSERR: 'retry',
    ESME_RSUBMITFAIL: 'retry',
    ESME_RX_T_APPN: 'retry',
    ESME_RDELIVERYFAILURE: 'retry',
    ESME_RUNKNOWNERR: 'retry',
    ESME_RINVBNDSTS: 'rebind',
    ESME_RINVCMDID: 'rebind',
  }

  it.each(Object.entries(commandStatus).filter(([name]) => name !== 'ESME_ROK'))(
    'has a policy for %s',
    (name, status) => {
      const policy = expected[name as keyof typeof commandStatus] ?? 'permanent'
      expect(policyOf(status, {})).toBe(policy)
      const outcome = outcomeOf(flight({ ids: [undefined], refusedWith: status }), 3, 5000, {})
      expect(outcome.verdict).toBe(policy === 'permanent' ? 'failed' : 'again')
      if (policy === 'permanent') expect(outcome.error).toBe(status)
    },
  )

  it('holds a value that no standard knows for a refusal for good', () => {
    expect(policyOf(0x4ff, {})).toBe('permanent')
  })

  it('gives way to what a carrier means by a status', () => {
    const overrides = { 1279: 'throttle', [ESME_RSYSERR]: 'permanent' } as const
    expect(policyOf(0x4ff, overrides)).toBe('throttle')
    expect(policyOf(ESME_RMSGQFUL, overrides)).toBe('later')
    const refused = flight({ ids: [undefined], refusedWith: ESME_RSYSERR })
    expect(outcomeOf(refused, 3, 5000, overrides)).toMatchObject({ verdict: 'failed', error: ESME_RSYSERR })
  })

  it('waits longer with each try where the SMSC is ill, and a second where it was too fast', () => {
    expect([1, 2, 3, 4, 5, 6].map((n) => retryDelayMs('retry', n))).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000])
    expect(retryDelayMs('throttle', 10)).toBe(1000)
    expect(retryDelayMs('throttle', 13)).toBe(8000)
    expect(retryDelayMs('throttle', 30_000)).toBe(60_000)
  })
})

describe('the outcome of an attempt', () => {
  it('keeps a status of 32 bits as the database can hold it', () => {
    const outcome = outcomeOf(flight({ ids: [undefined], refusedWith: 0x80000001 }), 3, 5000, {})
    expect(outcome).toMatchObject({ verdict: 'failed', error: -0x7fffffff })
    expect(statusName(outcome.error as number)).toBe('0x80000001')
  })

  it('is submitted when every part was accepted', () => {
    expect(outcomeOf(flight({ ids: ['a', 'b'] }), 3, 5000, {})).toMatchObject({
      verdict: 'submitted',
      ref: { broadcastId: 7, seq: 1, attempt: 1, carrierNo: 3, parts: 2, at: 1000 },
      accepted: [
        { part: 1, smscId: 'a' },
        { part: 2, smscId: 'b' },
      ],
    })
  })

  it('without an answer is tried again or kept as uncertain, as the alert says; the parts that were taken are known', () => {
    const lost = { ids: ['a', undefined], unanswered: [2] }
    expect(outcomeOf(flight(lost), 3, 5000, {})).toMatchObject({
      verdict: 'again',
      accepted: [{ part: 1, smscId: 'a' }],
      unanswered: [2],
      again: { notBefore: 5500, lane: 1, carrierNo: 3, fallbacks: [2] },
    })
    expect(outcomeOf(flight({ ...lost, resend: false }), 3, 5000, {})).toMatchObject({
      verdict: 'uncertain',
      unanswered: [2],
    })
  })

  it('of which a part could not be sent any more is in doubt too', () => {
    expect(outcomeOf(flight({ ids: ['a', undefined], resend: false }), 3, 5000, {}).verdict).toBe('uncertain')
  })

  it('goes on while the carrier refuses for now, until the time is over; being throttled is none of the tries', () => {
    const refused = (status: number, before: number, expiresAt: number | null) => {
      const { again, verdict } = outcomeOf(
        flight({ chunk: chunk({ expiresAt }, 10, { refused: before }), ids: [undefined], refusedWith: status }),
        3,
        5000,
        {},
      )
      return again?.refused ?? verdict
    }
    for (const status of [ESME_RMSGQFUL, ESME_RSYSERR]) {
      expect(refused(status, 500, 5001)).toBe(501)
      expect(refused(status, 0, 5000)).toBe('failed')
      expect(refused(status, refusalsOfADay - 2, null)).toBe(refusalsOfADay - 1)
      expect(refused(status, refusalsOfADay - 1, null)).toBe('failed')
    }
    expect(refused(ESME_RTHROTTLED, refusalsOfADay + 10, null)).toBe(refusalsOfADay + 10)
  })

  it('is handed to the next carrier of its route after so many refusals, and comes back round', () => {
    const then = (refusals: number) =>
      outcomeOf(
        flight({ ids: [undefined], refusedWith: ESME_RMSGQFUL, counts: { refused: refusals - 1, attempt: 40 } }),
        3,
        5000,
        {},
      ).again
    expect(then(refusalsPerCarrier - 1)).toMatchObject({ carrierNo: 3, fallbacks: [2], notBefore: 37_000 })
    expect(then(refusalsPerCarrier)).toMatchObject({ carrierNo: 2, fallbacks: [3], notBefore: 5000 })
    expect(then(refusalsPerCarrier + 1)).toMatchObject({ carrierNo: 3, fallbacks: [2], notBefore: 65_000 })
  })

  it('without an answer is not sent again for ever; refusals before it take nothing from its budget', () => {
    const lost = (counts: Counts) => outcomeOf(flight({ ids: [undefined], unanswered: [1], counts }), 3, 0, {})
    expect(lost({ unanswered: maxUnanswered - 1, attempt: 6 }).verdict).toBe('uncertain')
    expect(lost({ unanswered: maxUnanswered - 2, refused: 500, attempt: 600 }).again).toMatchObject({
      refused: 500,
      unanswered: maxUnanswered - 1,
    })
  })

  it('that is put off counts as no try, and the message goes out when its destination may take it', () => {
    const working = chunk({}, 2, { attempt: 3, refused: 2, unanswered: 1 })
    working.texts = new Map([[1, { templates: [{} as never, {} as never], weight: 1 }]])
    expect(putOff(working, 3, 5000, 5710)).toEqual({
      ref: { broadcastId: 7, seq: 1, attempt: 3, carrierNo: 3, msisdn: '821000000000', parts: 2, at: 5000 },
      verdict: 'again',
      accepted: [],
      unanswered: [],
      again: { lane: 1, carrierNo: 3, fallbacks: [2], notBefore: 5800, refused: 2, unanswered: 1 },
    })
    expect(working.nextMessage.seq).toBe(2)
    expect(working.open).toBe(0)
  })
})

describe('a late answer', () => {
  it('makes the message submitted once no part is missing', () => {
    expect(lateOutcome({ flight: flight({ ids: ['a', 'b'] }), part: 2 }, 3, 0)).toMatchObject({
      verdict: 'submitted',
      accepted: [{ part: 2, smscId: 'b' }],
      lateParts: [2],
    })
  })

  it('says nothing of the message while another part is missing', () => {
    expect(lateOutcome({ flight: flight({ ids: ['a', undefined] }), part: 1 }, 3, 0)).toMatchObject({
      verdict: 'unchanged',
      accepted: [{ part: 1, smscId: 'a' }],
    })
  })

  it('that refuses, for now or for good, says that it was not taken', () => {
    const late = { flight: flight({ ids: [undefined], unanswered: [1] }), part: 1 }
    expect(lateOutcome(late, 3, ESME_RINVDSTADR)).toMatchObject({ verdict: 'failed', error: 0x0b, lateParts: [1] })
    expect(lateOutcome(late, 3, ESME_RTHROTTLED)).toMatchObject({ verdict: 'failed', accepted: [], lateParts: [1] })
  })
})

describe('a chunk in hand', () => {
  it('lets nothing out beyond the mark, nor when the mark is stale', () => {
    const working = chunk()
    expect(working.mayGo(0)).toBe(false)
    working.marked(2, 100)
    expect(working.mayGo(1099)).toBe(true)
    expect(working.mayGo(1100)).toBe(false)
    working.take()
    working.take()
    expect(working.mayGo(101)).toBe(false)
  })

  it('lets nothing out after the broadcast has expired, whatever is marked', () => {
    const working = chunk({ expiresAt: Date.now() - 1 })
    working.marked(5, 0)
    expect(working.mayGo(1)).toBe(false)
  })

  it('wants its mark moved on when little is left of it, and made anew when it ages', () => {
    const working = chunk()
    expect(working.wantsMark(2, 0)).toBe(true)
    expect(working.nextMark(2, 4)).toBe(4)
    working.marked(4, 0)
    expect(working.wantsMark(2, 100)).toBe(false)
    expect(working.wantsMark(2, 501)).toBe(true)
    // Anew means no further: what is marked and not sent is in doubt after a crash.
    expect(working.nextMark(2, 4)).toBe(4)
    working.take()
    working.take()
    expect(working.wantsMark(2, 100)).toBe(true)
    expect(working.nextMark(2, 4)).toBe(8)
  })

  it('ended, lets nothing more out and is finished when what is on the wire has its outcome', () => {
    const working = chunk()
    working.marked(4, 0)
    working.take()
    working.open = 1
    working.end('release')
    expect(working.mayGo(1)).toBe(false)
    expect(working.finished).toBe(false)
    working.open = 0
    expect(working.finished).toBe(true)
    expect(working.sentUpto).toBe(1)
  })

  it('of which all is out does not go back to the queue', () => {
    const working = chunk({}, 2)
    working.marked(2, 0)
    working.take()
    working.take()
    working.end('release')
    expect(working.ending).toBeUndefined()
  })
})
