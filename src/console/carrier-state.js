import { instant } from './time.js'
import { words } from './words.js'

/** A bind that broke is bound anew within a second or two: that is no alarm. */
const bindsAgainMs = 5_000

/**
 * How a carrier is, in words, by `GET /v1/carriers`.
 *
 * @param {any} carrier
 * @returns {{ level: 'good' | 'fair' | 'bad' | 'unknown', down: boolean, text: string }}
 */
export function carrierState({ binds, bindsWanted, held, downMs, pausedAt, rollHalted }) {
  const paused = pausedAt === null ? [] : [words.paused(instant(pausedAt))]
  const refused = rollHalted === null ? [] : [words.rollHalted(rollHalted)]
  const known = binds !== null
  const here = known && held
  const down = here && binds === 0 && downMs >= bindsAgainMs
  const short = here && binds < bindsWanted
  const state = !known
    ? words.unknownHere
    : !here
      ? words.elsewhere
      : down
        ? words.down
        : binds === 0
          ? words.connecting
          : short
            ? words.partlyUp(binds, bindsWanted)
            : words.up
  const level = down ? 'bad' : short || paused.length + refused.length > 0 ? 'fair' : here ? 'good' : 'unknown'
  return { level, down, text: [state, ...paused, ...refused].join('; ') }
}

/** Why one of its binds ended last, of those that are not up. @param {any} carrier @returns {string | undefined} */
export function lastTrouble({ each }) {
  const ended = (each ?? []).filter((/** @type {any} */ bind) => bind.boundAt === null && bind.lastEnd !== null)
  return ended[0]?.lastEnd.reason
}
