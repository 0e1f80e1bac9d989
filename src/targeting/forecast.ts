import { growth, type LaneShare } from '../alerts/lane-shares.ts'

/** What one carrier has to hand over, in what its contract counts: segments, or PDUs. */
export interface CarrierLoad {
  /** A second. */
  readonly rate: number
  readonly messages: number
  readonly units: number
  /** What waits in the same lane and in more urgent ones: it leaves before. */
  readonly ahead: number
  /** What waits in the lanes behind, the most urgent first: they get their shares. */
  readonly behind: readonly { readonly units: number; readonly share: LaneShare }[]
}

/** Seconds after the first message could leave, until so many of all messages are handed over. */
export interface Forecast {
  readonly p50: number
  readonly p90: number
  readonly p99: number
}

const shares = { p50: 0.5, p90: 0.9, p99: 0.99 } as const

/** When one carrier has handed over half, nine tenths and 99 % of its messages: long and short ones in an even mixture. */
export function forecastOf(load: CarrierLoad): Forecast {
  return quantiles((share) => secondsFor(load, share * load.units))
}

/** The same for the messages of all carriers together. */
export function forecastOfAll(loads: readonly CarrierLoad[]): Forecast {
  const sending = loads.filter(({ messages }) => messages > 0)
  const all = sending.reduce((sum, { messages }) => sum + messages, 0)
  const last = Math.max(0, ...sending.map((load) => secondsFor(load, load.units)))
  return quantiles((share) => {
    const out = (seconds: number) => sending.reduce((sum, load) => sum + messagesBy(load, seconds), 0)
    return firstAt((seconds) => out(seconds) >= share * all, last)
  })
}

const quantiles = (at: (share: number) => number): Forecast => ({
  p50: rounded(at(shares.p50)),
  p90: rounded(at(shares.p90)),
  p99: rounded(at(shares.p99)),
})

/** When so many units are out: the lanes behind grow their credits with each segment ahead of them, as `LaneChooser` has it. */
function secondsFor({ rate, ahead, behind }: CarrierLoad, units: number): number {
  let out = ahead + units
  for (const lane of behind) {
    out += Math.min(lane.units, Math.max(0, out - lane.share.after) * growth(lane.share))
  }
  return out / rate
}

function messagesBy(load: CarrierLoad, seconds: number): number {
  if (secondsFor(load, load.units) <= seconds) return load.messages
  const units = firstAt((some) => secondsFor(load, some) >= seconds, load.units)
  return load.messages * (load.units === 0 ? 1 : units / load.units)
}

/** The least of 0 to `most` for which it holds; it holds from there on, and for `most`. */
function firstAt(holds: (x: number) => boolean, most: number): number {
  let low = 0
  let high = most
  // Each step halves: of a billion a ten-thousandth is left.
  for (let i = 0; i < 45; i++) {
    const middle = (low + high) / 2
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}

/** Up to the next tenth, but for what is an error of the arithmetic. */
const rounded = (seconds: number) => Math.max(0, Math.ceil(seconds * 10 - 1e-4)) / 10
