import { describe, expect, it } from 'vitest'
import { Evidence, type JudgedMessage } from '../../bench/judge.ts'

const number = '821000000001'

/** The verdict over one message, from lines of one SMSC's log without their time. */
function verdictOf(state: JudgedMessage['state'], ...lines: readonly string[]) {
  const evidence = new Evidence()
  const note = evidence.newLog()
  for (const line of lines) {
    const [kind = '', ...fields] = line.split(' ')
    note(kind, fields)
  }
  return evidence.judge([{ msisdn: number, state }])
}

const taken = (id: string) => `submit 1 7 ${id} ${number} 1/1 - 00`
const receipt = (id: string, state: string, status = 'ESME_ROK') => [
  `receipt 1 3 ${id} ${state}`,
  `ack 1 3 ${id} ${status}`,
]

describe('the judge of the fault benchmark', () => {
  it('calls a message lost that no SMSC took and none refused', () => {
    expect(verdictOf('pending').lost).toHaveLength(1)
    expect(verdictOf('delivered').lost).toHaveLength(1)
    expect(verdictOf('failed').lost).toHaveLength(1)
    expect(verdictOf('failed', `refuse 1 7 ESME_RINVDSTADR ${number}`)).toMatchObject({ lost: [], refused: 1 })
  })

  it('holds the state against the receipts that the engine acknowledged', () => {
    expect(verdictOf('delivered', taken('a'), ...receipt('a', 'DELIVRD')).wrong).toEqual([])
    expect(verdictOf('submitted', taken('a'), ...receipt('a', 'DELIVRD')).wrong).toHaveLength(1)
    expect(verdictOf('failed', taken('a'), ...receipt('a', 'UNDELIV')).wrong).toEqual([])
    expect(verdictOf('delivered', taken('a'), ...receipt('a', 'UNDELIV')).wrong).toHaveLength(1)
    expect(verdictOf('submitted', taken('a'), ...receipt('a', 'ENROUTE')).wrong).toEqual([])
    expect(verdictOf('delivered', taken('a'), ...receipt('a', 'ENROUTE')).wrong).toHaveLength(1)
  })

  it('allows both states where a receipt was written and not acknowledged', () => {
    const lines = [taken('a'), ...receipt('a', 'DELIVRD', 'ESME_RSYSERR')]
    expect(verdictOf('submitted', ...lines).wrong).toEqual([])
    expect(verdictOf('delivered', ...lines).wrong).toEqual([])
    expect(verdictOf('failed', ...lines).wrong).toHaveLength(1)
  })

  it('counts what was taken twice, and lets one delivery outweigh one failure', () => {
    const lines = [taken('a'), ...receipt('a', 'UNDELIV'), taken('b'), ...receipt('b', 'DELIVRD')]
    expect(verdictOf('delivered', ...lines)).toMatchObject({ twice: 1, copies: 1, accepted: 2, wrong: [] })
    expect(verdictOf('failed', ...lines).wrong).toHaveLength(1)
  })

  it('knows the connections that the SMSC cut from those that the engine closed', () => {
    const evidence = new Evidence()
    const note = evidence.newLog()
    note('closed', ['1', 'by the ESME'])
    note('closed', ['2', 'drop'])
    expect(evidence.cuts).toBe(1)
  })
})
