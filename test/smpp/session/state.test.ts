import { describe, expect, it } from 'vitest'
import { commandStatus } from '../../../src/smpp/codec/status.ts'
import {
  opened,
  type SessionEffect,
  type SessionEvent,
  type SessionMode,
  type SessionState,
  step,
} from '../../../src/smpp/session/state.ts'

const limits = { enquireLinkMs: 30_000, responseMs: 10_000, patience: 2 }

/** A session by its events, with what it wanted done. */
class Life {
  state: SessionState
  now = 0
  done: string[] = []

  constructor() {
    const first = opened(0)
    this.state = first.state
    this.#note(first.effects)
  }

  /** Effects of one event at a time. */
  at(now: number, event: SessionEvent): string[] {
    this.now = now
    const { state, effects } = step(this.state, event, limits, now)
    this.state = state
    this.done = []
    this.#note(effects)
    return this.done
  }

  tick(
    now: number,
    facts: { heardAt?: number; unanswered?: number; unacknowledged?: number; silentMs?: number } = {},
  ): string[] {
    return this.at(now, { kind: 'tick', heardAt: 0, unanswered: 0, unacknowledged: 0, silentMs: 0, ...facts })
  }

  #note(effects: readonly SessionEffect[]): void {
    for (const effect of effects) {
      if (effect.do === 'request') this.done.push(effect.command)
      else if (effect.do === 'answer') this.done.push(`${effect.pdu.command} ${effect.pdu.sequence}`)
      else this.done.push(effect.do)
    }
  }
}

const accepted = { kind: 'bind-answered', status: 0 } as const
const settled = { kind: 'settled' } as const
const unbind = (unanswered: number, unacknowledged = 0) => ({ kind: 'unbind', unanswered, unacknowledged }) as const
const peerUnbinds = (unanswered: number, unacknowledged = 0) =>
  ({ kind: 'peer-unbinds', sequence: 9, unanswered, unacknowledged }) as const

/** A session in a mode, come there at 1,000 ms; `released` at 1,500. */
function inMode(mode: SessionMode): Life {
  const life = new Life()
  if (mode === 'binding') return life
  life.at(mode === 'bound' ? 1000 : 500, accepted)
  if (mode === 'leaving') life.at(1000, unbind(1))
  if (mode === 'unbinding') life.at(1000, unbind(0))
  if (mode === 'draining') life.at(1000, peerUnbinds(0, 1))
  if (mode === 'released') {
    life.at(500, peerUnbinds(1))
    life.tick(1500, { unanswered: 1 })
  }
  if (mode === 'closing') life.at(1000, { kind: 'lost', reason: 'cut' })
  if (mode === 'closed') life.at(1000, { kind: 'closed' })
  expect(life.state.mode).toBe(mode)
  return life
}

const modes: readonly SessionMode[] = [
  'binding',
  'bound',
  'leaving',
  'unbinding',
  'draining',
  'released',
  'closing',
  'closed',
]

describe('binding', () => {
  it('begins with the bind request, and is bound when it is accepted', () => {
    const life = new Life()
    expect(life.done).toEqual(['bind'])
    expect(life.at(10, accepted)).toEqual(['bound'])
    expect(life.state).toMatchObject({ mode: 'bound', since: 10, end: undefined })
  })

  it('refused, it closes and says with which status', () => {
    const life = new Life()
    expect(life.at(10, { kind: 'bind-answered', status: commandStatus.ESME_RALYBND })).toEqual(['finish'])
    expect(life.state).toMatchObject({ mode: 'closing', end: { kind: 'refused', status: 5 } })
    expect(life.at(20, { kind: 'closed' })).toEqual(['ended'])
    expect(life.state.end).toEqual({ kind: 'refused', status: 5 })
  })

  it('is given up after the response timer, whatever else the peer says', () => {
    const life = new Life()
    expect(life.tick(10_000, { heardAt: 9999 })).toEqual([])
    expect(life.tick(10_001, { heardAt: 9999 })).toEqual(['destroy'])
    expect(life.state.end).toEqual({ kind: 'lost', reason: 'no answer to the bind request' })
  })

  it('ended by the owner, it is cut: there is nothing to unbind', () => {
    expect(new Life().at(5, unbind(0))).toEqual(['destroy'])
  })

  it('never happens twice: a second bind response changes nothing', () => {
    const life = inMode('bound')
    expect(life.at(2000, { kind: 'bind-answered', status: 5 })).toEqual([])
    expect(life.state.mode).toBe('bound')
  })
})

describe('bound', () => {
  it('asks for life after a silence, once, and is cut when no answer comes', () => {
    const life = inMode('bound')
    expect(life.tick(30_999, { heardAt: 1000 })).toEqual([])
    expect(life.tick(31_000, { heardAt: 1000 })).toEqual(['enquire_link'])
    expect(life.tick(40_999, { heardAt: 1000 })).toEqual([])
    expect(life.tick(41_000, { heardAt: 1000 })).toEqual(['destroy'])
    expect(life.state.end).toMatchObject({ kind: 'lost', reason: expect.stringContaining('half open') })
  })

  it('takes anything heard as life', () => {
    const life = inMode('bound')
    life.tick(31_000, { heardAt: 1000 })
    expect(life.tick(41_000, { heardAt: 31_500 })).toEqual([])
    expect(life.tick(61_500, { heardAt: 31_500 })).toEqual(['enquire_link'])
  })

  it('with a window in which nothing moves for two response times is cut', () => {
    const life = inMode('bound')
    expect(life.tick(21_000, { heardAt: 21_000, unanswered: 3, silentMs: 19_999 })).toEqual([])
    expect(life.tick(21_001, { heardAt: 21_000, unanswered: 3, silentMs: 20_000 })).toEqual(['destroy'])
    expect(life.state.end).toEqual({ kind: 'silent', waitedMs: 20_000 })
  })
})

describe('the end that the owner wants', () => {
  it('is said at once where nothing is unanswered, and closes with the answer', () => {
    const life = inMode('bound')
    expect(life.at(2000, unbind(0))).toEqual(['unbind'])
    expect(life.at(2100, { kind: 'unbind-answered' })).toEqual(['finish'])
    expect(life.state).toMatchObject({ mode: 'closing', end: { kind: 'unbound' } })
  })

  it('waits for the answers under way', () => {
    const life = inMode('leaving')
    expect(life.tick(2000, { unanswered: 1 })).toEqual([])
    expect(life.at(3000, settled)).toEqual(['unbind'])
  })

  it('waits for what was delivered to be acknowledged, and no longer than the response timer', () => {
    const life = inMode('bound')
    expect(life.at(2000, unbind(0, 1))).toEqual([])
    expect(life.tick(12_000, { unacknowledged: 1 })).toEqual([])
    expect(life.tick(12_001, { unacknowledged: 1 })).toEqual(['unbind'])
  })

  it('waits no longer than the response timer, nor for the answer to unbind', () => {
    const life = inMode('leaving')
    expect(life.tick(11_000, { unanswered: 1 })).toEqual([])
    expect(life.tick(11_001, { unanswered: 1 })).toEqual(['unbind'])
    expect(life.tick(21_001)).toEqual([])
    expect(life.tick(21_002)).toEqual(['destroy'])
    expect(life.state.end).toEqual({ kind: 'lost', reason: 'no answer to unbind' })
  })

  it('crossed by the peer`s unbind is answered and over', () => {
    const life = inMode('unbinding')
    expect(life.at(2000, peerUnbinds(0))).toEqual(['unbind_resp 9', 'finish'])
    expect(life.state.end).toEqual({ kind: 'unbound' })
  })
})

describe('the end that the peer wants', () => {
  it('is answered and closed where nothing is unanswered', () => {
    expect(inMode('bound').at(2000, peerUnbinds(0))).toEqual(['unbind_resp 9', 'finish'])
  })

  it('is answered when the answers under way have come', () => {
    const life = inMode('bound')
    expect(life.at(2000, peerUnbinds(2))).toEqual([])
    expect(life.at(2500, unbind(2))).toEqual([])
    expect(life.tick(2600, { unanswered: 1 })).toEqual([])
    expect(life.at(2700, settled)).toEqual(['unbind_resp 9', 'finish'])
    expect(life.state.end).toEqual({ kind: 'unbound' })
  })

  it('is answered after a second without them; they may still come within the response timer', () => {
    const life = inMode('bound')
    life.at(2000, peerUnbinds(2))
    expect(life.tick(2999, { unanswered: 1 })).toEqual([])
    expect(life.tick(3000, { unanswered: 1 })).toEqual(['unbind_resp 9'])
    expect(life.tick(13_000, { unanswered: 1 })).toEqual([])
    expect(life.tick(13_001, { unanswered: 1 })).toEqual(['finish'])
    expect(inMode('released').at(2000, settled)).toEqual(['finish'])
  })

  it('is answered when what was delivered is acknowledged, and no later than the response timer', () => {
    const life = inMode('bound')
    expect(life.at(2000, peerUnbinds(0, 2))).toEqual([])
    expect(life.tick(5000, { unacknowledged: 1 })).toEqual([])
    expect(life.at(6000, settled)).toEqual(['unbind_resp 9', 'finish'])
    const slow = inMode('draining')
    expect(slow.tick(11_000, { unacknowledged: 1 })).toEqual([])
    expect(slow.tick(11_001, { unacknowledged: 1 })).toEqual(['unbind_resp 9', 'finish'])
  })

  it('comes while the owner is leaving: what is open is waited for all the same', () => {
    const life = inMode('leaving')
    expect(life.at(2000, peerUnbinds(1, 1))).toEqual([])
    expect(life.at(2500, settled)).toEqual(['unbind_resp 9', 'finish'])
  })

  it('said again is answered again, and does not begin anew', () => {
    const life = inMode('released')
    expect(life.at(9000, peerUnbinds(1))).toEqual(['unbind_resp 9'])
    expect(life.tick(11_501, { unanswered: 1 })).toEqual(['finish'])
    const draining = inMode('draining')
    expect(draining.at(9000, { ...peerUnbinds(0, 1), sequence: 10 })).toEqual([])
    expect(draining.tick(11_001, { unacknowledged: 1 })).toEqual(['unbind_resp 10', 'finish'])
  })
})

describe('closing', () => {
  it('cuts a peer that does not close its side', () => {
    const life = inMode('bound')
    life.at(2000, peerUnbinds(0))
    expect(life.tick(12_000)).toEqual([])
    expect(life.tick(12_001)).toEqual(['destroy'])
    expect(life.at(12_002, { kind: 'closed' })).toEqual(['ended'])
    expect(life.state.end).toEqual({ kind: 'unbound' })
  })

  it('says nothing more', () => {
    const life = inMode('closing')
    expect(life.at(2000, { kind: 'enquired', sequence: 4 })).toEqual([])
    expect(life.at(2000, peerUnbinds(0))).toEqual([])
    expect(life.at(2000, unbind(0))).toEqual([])
  })
})

describe('in every mode', () => {
  it.each(modes.filter((mode) => mode !== 'closed'))('%s: the end of the socket is the end, told once', (mode) => {
    const life = inMode(mode)
    expect(life.at(2000, { kind: 'closed' })).toEqual(['ended'])
    expect(life.at(2000, { kind: 'closed' })).toEqual([])
    expect(life.state.mode).toBe('closed')
  })

  it.each(modes.filter((mode) => mode !== 'closed'))('%s: a lost connection is destroyed', (mode) => {
    expect(inMode(mode).at(2000, { kind: 'lost', reason: 'reset' })).toEqual(['destroy'])
  })

  it.each(['binding', 'bound', 'leaving', 'unbinding', 'draining', 'released'] as const)(
    '%s: enquire_link is answered',
    (mode) => {
      expect(inMode(mode).at(2000, { kind: 'enquired', sequence: 4 })).toEqual(['enquire_link_resp 4'])
    },
  )

  it('the first cause of the end is the one that is told', () => {
    const life = inMode('bound')
    life.at(2000, { kind: 'lost', reason: 'first' })
    life.at(2001, { kind: 'lost', reason: 'second' })
    life.at(2002, { kind: 'closed' })
    expect(life.state.end).toEqual({ kind: 'lost', reason: 'first' })
  })

  it('no event but time moves a session by itself, and none of them throws', () => {
    const events: SessionEvent[] = [
      accepted,
      settled,
      unbind(1),
      peerUnbinds(1),
      { kind: 'unbind-answered' },
      { kind: 'enquired', sequence: 1 },
      { kind: 'closed' },
    ]
    for (const mode of modes) {
      for (const event of events) {
        const life = inMode(mode)
        const { since } = life.state
        life.at(2000, event)
        if (life.state.mode === mode) expect(life.state.since, `${mode} ${event.kind}`).toBe(since)
        else expect(life.state.since).toBe(2000)
      }
    }
  })
})
