import { bellOf } from '../queue/names.ts'
import type { Queues } from '../queue/queues.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** Rings for each carrier that got chunks, once, for the most urgent of them. */
export function ringCarriers(
  queues: Queues,
  routes: RouteNumbers,
  made: readonly { carriers: readonly number[]; lane: number }[],
): void {
  const lanes = new Map<number, number>()
  for (const { carriers, lane } of made) {
    for (const no of carriers) lanes.set(no, Math.min(lane, lanes.get(no) ?? lane))
  }
  for (const [no, lane] of lanes) {
    const id = routes.profileOf(no)?.id
    if (id !== undefined) void queues.ring(bellOf(id), {}, { priority: lane + 1 })
  }
}
