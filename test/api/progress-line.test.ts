import { expect, test } from 'vitest'
import { progressLine } from '../../src/app/cli/alert-launch.ts'
import type { BroadcastProgress } from '../../src/reporting/broadcast-summary.ts'
import { noStates } from '../../src/store/states.ts'

/** Of a broadcast that is open, and has found and settled its first selection. */
function lineOf(states: Partial<BroadcastProgress['states']>, change: Partial<BroadcastProgress> = {}): string {
  const matched = Object.values(states).reduce((sum, n) => sum + n, 0)
  return progressLine({
    state: 'sending',
    matched,
    states: { ...noStates(), ...states },
    unreachable: {},
    initialDone: true,
    ended: false,
    pausedSince: null,
    ...change,
  } as BroadcastProgress)
}

test('says that it is sending only while there is something to send', () => {
  expect(lineOf({ pending: 1, delivered: 2 }, { initialDone: false })).toBe(
    'sending: matched 3 = pending 1 + delivered 2',
  )
  expect(lineOf({ delivered: 3 })).toBe('live, all that were found are told: matched 3 = delivered 3')
  expect(lineOf({ failed: 1, delivered: 2 })).toBe('live, nothing waits to be sent: matched 3 = failed 1 + delivered 2')
  expect(lineOf({})).toBe('live, nobody was found yet: matched 0')
})

test('says that it is sending again when somebody has entered', () => {
  expect(lineOf({ submitted: 1, delivered: 2 })).toBe('sending: matched 3 = submitted 1 + delivered 2')
})
