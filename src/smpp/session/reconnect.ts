import { commandStatus } from '../codec/status.ts'
import { firstPatience } from './options.ts'
import type { SessionEnd } from './state.ts'

/**
 * How long to wait before the next connection: doubling from `first` to `longest` with each failure in a row, jittered
 * between half and all of it, so that the binds of an account do not come back in one burst (too frequent binds get the
 * address banned). `undefined`: trying again cannot help until a person changes something.
 *
 * @param random uniform in [0, 1).
 */
export function reconnectDelay(
  end: SessionEnd,
  failures: number,
  [first, longest]: readonly [number, number],
  random: number,
): number | undefined {
  if (
    end.kind === 'refused' &&
    (end.status === commandStatus.ESME_RINVPASWD || end.status === commandStatus.ESME_RINVSYSID)
  ) {
    return undefined
  }
  // Already bound: the SMSC has not noticed yet that the old connection died; asking quickly again makes it worse.
  const base =
    end.kind === 'refused' && end.status === commandStatus.ESME_RALYBND
      ? longest
      : Math.min(longest, first * 2 ** failures)
  return base * (0.5 + random / 2)
}

const mostPatience = 32

/**
 * How many response times the next bind may stay without an answer. Twice as many after one that was ended for its silence: an SMSC
 * that is slow, not dead, would otherwise be sent everything again at each new bind. Back to the least once one answered in time.
 */
export function nextPatience(patience: number, end: SessionEnd, answeredInTime: boolean): number {
  if (answeredInTime) return firstPatience
  return end.kind === 'silent' ? Math.min(patience * 2, mostPatience) : patience
}
