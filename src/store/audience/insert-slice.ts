import { int4Column, int8Column } from '../columns.ts'
import type { Client } from '../database.ts'
import type { MessageReason } from '../states.ts'
import { type Choice, Values } from './choice.ts'
import { type Group, type Grouping, groupColumns, ofCountries } from './groups.ts'
import { noCarrier } from './insert-messages.ts'
import { type PeopleRange, placedIn, rangesFor } from './people-ranges.ts'

/** A group, and what its people get. */
export interface GroupMessage extends Group {
  readonly variant: number
  readonly reason: MessageReason
  /** Carriers that reach them, the preferred one first; none: their messages are made as suppressed. */
  readonly route: readonly number[]
}

/** Whom a slice takes without looking at their places. */
export type Taken =
  | { readonly kind: 'placed'; readonly ranges: readonly PeopleRange[] }
  | {
      readonly kind: 'country'
      readonly country: string
      readonly which: 'all' | 'unplaced'
      readonly from: number
      readonly to: number
    }

export interface Slice {
  readonly broadcastId: number
  readonly choice: Choice
  readonly taken: Taken
  /** Who was looked at and is in: his number, and the index of his group. */
  readonly lookedAt: readonly { readonly msisdn: number; readonly group: number }[]
  readonly groups: readonly GroupMessage[]
  readonly grouping: Grouping
  /** The first of the numbers that were reserved for this slice, and how many. */
  readonly firstSeq: number
  readonly room: number
  /**
   * Others may have made messages of this broadcast: each person is looked up (0.6 us). Without, one of these ends the transaction by
   * unique_violation.
   */
  readonly othersToo: boolean
}

export interface MadeSlice {
  /** How many messages each group got, in the order of their routes: those of one route follow each other in seq. */
  readonly made: readonly { readonly group: number; readonly n: number }[]
  /** People of groups that nobody knew, or for whom there was no room: to be made one by one, now. */
  readonly rest: readonly number[]
}

/**
 * Makes the messages of a slice in one statement, on the server: nobody's row comes here but those that are left over. Nobody gets
 * a second one. In the caller's transaction, which has to hold the broadcast (`holdBroadcast`) and to have `audienceSettings`. 4 us of
 * the server's time a message: 2.4 to insert it into the table and two unique indexes, the rest to find, order and number it.
 */
export async function insertSlice(client: Client, slice: Slice): Promise<MadeSlice> {
  const { broadcastId, choice, groups, grouping, firstSeq, room } = slice
  const values = new Values()
  const id = values.add(broadcastId, 'bigint')
  const routes = routeNumbers(groups)
  const keys = [
    values.add(
      groups.map((g) => g.country ?? ''),
      'char(2)[]',
    ),
    values.add(
      groups.map((g) => g.trait ?? ''),
      'text[]',
    ),
    values.add(
      int4Column(groups, (g) => g.bucket),
      'int[]',
    ),
    values.add(
      groups.map((g) => g.unplaced),
      'bool[]',
    ),
    values.add(
      groups.map((g) => g.refused),
      'bool[]',
    ),
    values.add(
      int4Column(routes, (no) => no),
      'int[]',
    ),
    values.add(
      int4Column(groups, (g) => g.route[0] ?? noCarrier),
      'int[]',
    ),
    values.add(
      int4Column(groups, (g) => g.variant),
      'int[]',
    ),
    values.add(
      groups.map((g) => g.reason),
      'text[]',
    ),
  ]
  const looked = [
    values.add(
      int8Column(slice.lookedAt, (one) => one.msisdn),
      'bigint[]',
    ),
    values.add(
      int4Column(slice.lookedAt, (one) => one.group + 1),
      'int[]',
    ),
  ]
  const first = values.add(firstSeq, 'int')
  const most = values.add(room, 'int')
  const { rows } = await client.query<{ i: number | null; n: number; rest: number[] | null }>(
    `WITH keys AS MATERIALIZED (
       SELECT country, trait, bucket, unplaced, refused, route, carrier_no::smallint, variant::smallint, reason::message_reason,
              CASE WHEN carrier_no = ${noCarrier} THEN 'suppressed' ELSE 'pending' END::message_state AS state,
              CASE WHEN carrier_no = ${noCarrier} THEN now() END AS final_at, i::int
         FROM unnest(${keys.join()}) WITH ORDINALITY
           AS k (country, trait, bucket, unplaced, refused, route, carrier_no, variant, reason, i)),
     found AS (
       SELECT t.msisdn, ${gets} FROM (${takenPeople(slice, groupColumns(choice, grouping, values, kindOf(slice.taken)), values)}) t
         LEFT JOIN keys k ON k.country = coalesce(t.country, '') AND k.trait = coalesce(t.trait, '') AND k.bucket = t.bucket
              AND k.unplaced = t.unplaced AND k.refused = t.refused
       UNION ALL SELECT l.msisdn, ${gets} FROM unnest(${looked.join()}) AS l (msisdn, i) JOIN keys k ON k.i = l.i),
     fresh AS MATERIALIZED (
       SELECT f.*, CASE WHEN i IS NOT NULL THEN row_number() OVER (ORDER BY route, msisdn) END AS n
         FROM found f ${slice.othersToo ? withoutMessage(id) : ''}),
     made AS (
       INSERT INTO message (broadcast_id, recipient_key, msisdn, seq, carrier_no, variant, reason, state, made_at, final_at)
       SELECT ${id}, msisdn, msisdn, ${first} + n - 1, carrier_no, variant, reason, state, now(), final_at
         FROM fresh WHERE n <= ${most})
     SELECT i, n, rest FROM (
       SELECT i, count(*)::int AS n, NULL::bigint[] AS rest, min(route) AS route FROM fresh WHERE n <= ${most} GROUP BY i
       UNION ALL SELECT NULL, count(*)::int, array_agg(msisdn), NULL FROM fresh WHERE n IS NULL OR n > ${most}) r
      ORDER BY route, i`,
    values.list,
  )
  return {
    made: rows.flatMap(({ i, n }) => (i === null ? [] : [{ group: i - 1, n }])),
    rest: rows.flatMap(({ rest }) => rest ?? []),
  }
}

/** What a group gets, by table `k`. */
const gets = 'k.i, k.route, k.carrier_no, k.variant, k.reason, k.state, k.final_at'

const withoutMessage = (id: string) => `LEFT JOIN LATERAL (
    SELECT true AS there FROM message m WHERE m.broadcast_id = ${id} AND m.recipient_key = f.msisdn LIMIT 1) m ON true
  WHERE m.there IS NULL`

const kindOf = (taken: Taken) => (taken.kind === 'placed' ? 'placed' : taken.which)

function takenPeople({ choice, taken }: Slice, columns: string, values: Values): string {
  if (taken.kind === 'country') {
    return `SELECT p.msisdn, ${columns} FROM ${ofCountries(choice, [taken.country], taken.which, taken, values)}`
  }
  const whole = rangesFor(choice, taken.ranges, 'whole')
  return `SELECT p.* FROM ${placedIn(choice, whole, 'whole', `p.msisdn, ${columns}`, values)}`
}

/** Routes that are the same have the same number, by first appearance. */
function routeNumbers(groups: readonly GroupMessage[]): number[] {
  const numbers = new Map<string, number>()
  return groups.map(({ route }) => {
    const key = route.join()
    const no = numbers.get(key) ?? numbers.size + 1
    numbers.set(key, no)
    return no
  })
}
