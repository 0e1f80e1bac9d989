import { isDeepStrictEqual } from 'node:util'
import { Problem } from '../lib/problem.ts'
import type { CarrierProfile } from './schema.ts'

/** What reading the profiles again did to one carrier. */
export interface CarrierChange {
  readonly id: string
  readonly change: 'unchanged' | 'changed' | 'added' | 'removed'
  /** The keys of a changed one, as the file names them; never a value. */
  readonly keys: readonly string[]
}

/** Keys that the engine names otherwise than the file. */
const written: Readonly<Record<string, string>> = { downAfterMs: 'downAfter' }

/**
 * How the profiles differ, by id.
 * @throws Problem `carrier-live-changed`: texts of an exercise may be queued for a carrier that would be live in a moment.
 */
export function changesOf(
  before: readonly CarrierProfile[],
  after: readonly CarrierProfile[],
): readonly CarrierChange[] {
  const old = new Map(before.map((profile) => [profile.id, profile]))
  const changes = after.map((profile): CarrierChange => {
    const known = old.get(profile.id)
    old.delete(profile.id)
    if (!known) return { id: profile.id, change: 'added', keys: [] }
    const keys = differing(known, profile)
    return { id: profile.id, change: keys.length > 0 ? 'changed' : 'unchanged', keys }
  })
  const switched = changes.filter(({ keys }) => keys.includes('live') || keys.includes('simulated'))
  if (switched.length > 0) {
    throw new Problem(
      'carrier-live-changed',
      '`live` and `simulated` of a carrier cannot change while the engine runs',
      {
        status: 409,
        details: switched.map(
          ({ id, keys }) =>
            new Problem('carrier-live-changed', `${id} would change between rehearsals, exercises and real alerts`, {
              where: `${id}.yaml/${keys.includes('live') ? 'live' : 'simulated'}`,
              hint: 'Give the carrier another id there, or restart the engine.',
            }),
        ),
      },
    )
  }
  const removed = [...old.keys()].map((id): CarrierChange => ({ id, change: 'removed', keys: [] }))
  return [...changes, ...removed].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function differing(before: CarrierProfile, after: CarrierProfile): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof CarrierProfile)[]
  return keys
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => written[key] ?? key)
    .sort()
}
