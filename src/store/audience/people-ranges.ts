import { int8Column } from '../columns.ts'
import { type Choice, conditions, freshlyPlaced, tableOf, type Values } from './choice.ts'

/** A run of cells, from one (cell, MSISDN) to another, both inclusive; ranges ascend and lie apart. */
export interface PeopleRange {
  readonly from: number
  readonly fromMsisdn: number
  readonly to: number
  readonly toMsisdn: number
  /** Of the others, those whose uncertainty (metres) is not above `over` are all in the zone (inside), or none of them is. */
  readonly inside: boolean
  /** Whose uncertainty is above this has to be looked at one by one; below 0: everybody, Infinity: nobody. */
  readonly over: number
}

/** Above every MSISDN: they have 15 digits at most. */
export const beyondAll = Number.MAX_SAFE_INTEGER

/** Everybody of the cells from `from` to `to`. */
export const wholeCells = (from: number, to: number): Pick<PeopleRange, 'from' | 'fromMsisdn' | 'to' | 'toMsisdn'> => ({
  from,
  fromMsisdn: 0,
  to,
  toMsisdn: beyondAll,
})

const uncertainty = 'coalesce(p.radius_m, 0)'

/**
 * The placed of the ranges, as `p`, those that are taken whole or those that are looked at: what follows FROM. One index scan a range:
 * both bounds are rows, because with a range of cells and a row to go on from the scan would begin at the row, and skip.
 */
export function placedIn(
  choice: Choice,
  ranges: readonly PeopleRange[],
  which: 'whole' | 'looked-at' | 'all',
  columns: string,
  values: Values,
): string {
  const arrays = [
    values.add(
      int8Column(ranges, (r) => r.from),
      'bigint[]',
    ),
    values.add(
      int8Column(ranges, (r) => r.fromMsisdn),
      'bigint[]',
    ),
    values.add(
      int8Column(ranges, (r) => r.to),
      'bigint[]',
    ),
    values.add(
      int8Column(ranges, (r) => r.toMsisdn),
      'bigint[]',
    ),
    values.add(
      ranges.map((r) => r.over),
      'float8[]',
    ),
  ]
  const byUncertainty =
    choice.population === 'residents' || which === 'all'
      ? ''
      : which === 'whole'
        ? ` AND ${uncertainty} <= r.above`
        : ` AND ${uncertainty} > r.above`
  return `unnest(${arrays.join()}) WITH ORDINALITY AS r (lo, lo_msisdn, hi, hi_msisdn, above, i)
    CROSS JOIN LATERAL (
      SELECT ${columns} FROM ${tableOf[choice.population]} p
       WHERE p.cell IS NOT NULL AND (p.cell, p.msisdn) >= (r.lo, r.lo_msisdn) AND (p.cell, p.msisdn) <= (r.hi, r.hi_msisdn)
             ${byUncertainty}${freshlyPlaced(choice, values)}${conditions(choice, values)}) p`
}

/** The ranges that `which` of `placedIn` is about: the others need no scan. */
export function rangesFor(choice: Choice, ranges: readonly PeopleRange[], which: 'whole' | 'looked-at'): PeopleRange[] {
  if (which === 'whole') return ranges.filter((r) => r.inside && r.over >= 0)
  // Of residents every place is exact.
  return ranges.filter((r) => (choice.population === 'residents' ? r.over < 0 : r.over < Infinity))
}
