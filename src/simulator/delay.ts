import type { Prng } from '../lib/prng.ts'
import { Problem } from '../lib/problem.ts'

export const distributions = ['uniform', 'normal', 'lognormal', 'pareto'] as const
export type Distribution = (typeof distributions)[number]

/** How long something takes. */
export interface DelayOptions {
  /** Milliseconds on average. */
  mean: number
  /** How far it varies: the furthest either way if `uniform`, else the standard deviation; milliseconds. */
  jitter: number
  /** `lognormal` and `pareto` have heavy tails: most come early and a few very late. */
  distribution: Distribution
}

/** Draws one delay, never below 0; ms. */
export type Delay = (random: Prng) => number

/** @throws Problem `bad-delay` for a negative time, or a heavy tail around a mean of 0. */
export function delayOf({ mean, jitter, distribution }: DelayOptions, where: string): Delay {
  if (!(mean >= 0 && jitter >= 0 && Number.isFinite(mean + jitter))) {
    throw new Problem('bad-delay', `${mean} ms, give or take ${jitter} ms, is no delay`, { where })
  }
  if (jitter === 0) return () => mean
  if (mean === 0 && (distribution === 'lognormal' || distribution === 'pareto')) {
    throw new Problem('bad-delay', `no ${distribution} distribution has a mean of 0`, {
      where,
      hint: 'Give a mean above 0, or take the uniform or the normal distribution.',
    })
  }
  switch (distribution) {
    case 'uniform':
      return (random) => Math.max(0, mean + jitter * (2 * random.next() - 1))
    case 'normal':
      return (random) => Math.max(0, mean + jitter * random.normal())
    case 'lognormal': {
      const variance = Math.log(1 + (jitter / mean) ** 2)
      const middle = Math.log(mean) - variance / 2
      const deviation = Math.sqrt(variance)
      return (random) => Math.exp(middle + deviation * random.normal())
    }
    case 'pareto': {
      // The shape whose deviation is `jitter`: 1 / (a (a - 2)) = (jitter / mean)².
      const shape = 1 + Math.sqrt(1 + (mean / jitter) ** 2)
      const least = (mean * (shape - 1)) / shape
      return (random) => least * (1 - random.next()) ** (-1 / shape)
    }
  }
}
