import type { CarrierProfile } from '../carriers/schema.ts'
import type { Bind, BindPlace } from './bind.ts'

/** What makes the binds of an account those of its profile. */
export interface RollPlan<T> {
  /** Binds to be replaced, one at a time, by one at the given place. */
  readonly replace: readonly { readonly old: Bind<T>; readonly place: BindPlace }[]
  readonly add: readonly BindPlace[]
  readonly end: readonly Bind<T>[]
}

/**
 * What is to be done so that `binds` are those of `profile`. A bind that the carrier refused counts as one of another profile:
 * reading the profiles again is how people say that it may be tried again.
 */
export function planRoll<T>(binds: readonly Bind<T>[], profile: CarrierProfile): RollPlan<T> {
  const places = placesOf(profile)
  const surplus = binds.filter(({ place }) => !places.some((wanted) => same(wanted, place)))
  const missing = places.filter((wanted) => !binds.some(({ place }) => same(wanted, place)))
  const stale = binds.filter((bind) => !surplus.includes(bind) && (bind.isRefused || !bind.fits(profile)))
  // Other kinds of binds take over from those there are; what remains is more or fewer than there were.
  const inTurn = Math.min(surplus.length, missing.length)
  const replace = [
    ...stale.map((old) => ({ old, place: old.place })),
    ...surplus.slice(0, inTurn).map((old, i) => ({ old, place: missing[i] as BindPlace })),
  ]
  // What is down cannot become worse: by it is seen whether the carrier takes the new ones.
  replace.sort((a, b) => Number(a.old.session !== undefined) - Number(b.old.session !== undefined))
  return { replace, add: missing.slice(inTurn), end: surplus.slice(inTurn) }
}

/** The places of `binds` binds: one each for transceivers, else for a transmitter and a receiver; spread over the addresses. */
export function placesOf({ bind, binds }: CarrierProfile): BindPlace[] {
  const kinds = bind === 'transceiver' ? (['transceiver'] as const) : (['transmitter', 'receiver'] as const)
  return Array.from({ length: binds }, (_, startAt) => kinds.map((kind) => ({ kind, startAt }))).flat()
}

const same = (a: BindPlace, b: BindPlace) => a.kind === b.kind && a.startAt === b.startAt
