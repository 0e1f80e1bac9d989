import type { Database } from '../store/database.ts'
import type { AudienceRow } from '../store/reports/audience.ts'
import { type DeliveryCount, deliveryCounts } from '../store/reports/delivery.ts'
import type { MessageReason } from '../store/states.ts'
import { groupsToMerge, notToldApart } from './small-counts.ts'
import { timesUpTo } from './time-steps.ts'

/** Seconds from the launch until so many of all that had a way; null: so many never came so far. Half a percent too much at the most. */
export interface Shares {
  readonly p50: number | null
  readonly p90: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** The first selection, or a part of it, over time. */
export interface DeliveryLine {
  /** MSISDNs that some carrier reaches. */
  readonly due: number
  /** The SMSC took it. */
  readonly handedOver: number
  readonly delivered: number
  readonly handedOverSeconds: Shares
  readonly deliveredSeconds: Shares
  /** How many by each of the report's `seconds`. */
  readonly curve: { readonly handedOver: readonly number[]; readonly delivered: readonly number[] }
}

export interface CountryLine extends DeliveryLine {
  /** ISO 3166-1 alpha-2; `*`: several of a few people each; empty: not known any more. */
  readonly country: string
  /** MSISDNs as selection counted them, late entrants included. */
  readonly matched: number
}

export interface DeliveryReport {
  /** The times of all curves, s after the launch: until 99 % of what was handed over and delivered was. */
  readonly seconds: readonly number[]
  readonly all: DeliveryLine
  readonly carriers: Readonly<Record<string, DeliveryLine>>
  /** Those with the most people first. */
  readonly countries: readonly CountryLine[]
  /** Whether a message's country is as selection counted it, or had to be looked up in the registers of now. */
  readonly countriesBy: 'selection' | 'registers'
  /** How many had been told late by each of `seconds`. */
  readonly lateEntrants: { readonly seconds: readonly number[]; readonly n: readonly number[] }
}

/** @param exact also countries of fewer than five people */
export async function deliveryReport(
  db: Database,
  broadcastId: number,
  audience: readonly AudienceRow[],
  exact: boolean,
): Promise<DeliveryReport> {
  const told = audience.filter(({ reason }) => reason !== 'apart')
  const known = countriesOfReasons(told)
  const allKnown = told.every(({ reason }) => known.has(reason as MessageReason))
  const matched = sumBy(told, ({ country }) => country)
  const merged = exact ? new Set<string>() : groupsToMerge(matched)
  const shown = (country: string) => (merged.has(country) ? notToldApart : country)
  const counts = await deliveryCounts(db.pool, broadcastId, known, allKnown)
  const first = counts.filter((count) => count.first)
  const seconds = timesUpTo(Math.max(lastOf(first, 'handedOver'), lastOf(first, 'delivered')))
  const byCountry = grouped(first, ({ country }) => shown(matched.has(country) || exact ? country : notToldApart))
  const matchedShown = sumBy(told, ({ country }) => shown(country))
  const countries = [...new Set([...matchedShown.keys(), ...byCountry.keys()])].map((country) => ({
    country,
    matched: matchedShown.get(country) ?? 0,
    ...lineOf(byCountry.get(country) ?? [], seconds),
  }))
  const byCarrier = grouped(first, ({ carrier }) => carrier ?? '')
  byCarrier.delete('')
  const made = counts.filter(({ mark, ms }) => mark === 'made' && ms !== null)
  const times = timesUpTo(Math.max(0, ...made.map(({ ms }) => (ms as number) / 1000)))
  return {
    seconds,
    all: lineOf(first, seconds),
    carriers: Object.fromEntries([...byCarrier].sort().map(([id, some]) => [id, lineOf(some, seconds)])),
    countries: countries.sort((a, b) => b.matched - a.matched || (a.country < b.country ? -1 : 1)),
    countriesBy: allKnown ? 'selection' : 'registers',
    lateEntrants: { seconds: times, n: curveOf(made, times) },
  }
}

/** Reasons all of whose people are of one country. */
function countriesOfReasons(audience: readonly AudienceRow[]): Map<MessageReason, string> {
  const countries = new Map<MessageReason, string>()
  for (const [reason, rows] of grouped(audience, (row) => row.reason as MessageReason)) {
    if (rows.length === 1) countries.set(reason, (rows[0] as AudienceRow).country)
  }
  return countries
}

function lineOf(counts: readonly DeliveryCount[], seconds: readonly number[]): DeliveryLine {
  const of = (mark: DeliveryCount['mark']) => counts.filter((count) => count.mark === mark && count.ms !== null)
  const handedOver = of('handedOver')
  const delivered = of('delivered')
  const due = total(counts.filter(({ mark, state }) => mark === 'state' && state !== 'suppressed'))
  return {
    due,
    handedOver: total(handedOver),
    delivered: total(delivered),
    handedOverSeconds: sharesOf(handedOver, due),
    deliveredSeconds: sharesOf(delivered, due),
    curve: { handedOver: curveOf(handedOver, seconds), delivered: curveOf(delivered, seconds) },
  }
}

function sharesOf(counts: readonly DeliveryCount[], due: number): Shares {
  const inOrder = [...counts].sort((a, b) => (a.ms as number) - (b.ms as number))
  const at = (share: number) => {
    const seconds = secondsUntil(share * due, inOrder)
    return seconds === null || due === 0 ? null : Number(seconds.toPrecision(3))
  }
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) }
}

/** @param inOrder of time */
function secondsUntil(wanted: number, inOrder: readonly DeliveryCount[]): number | null {
  let sum = 0
  for (const { ms, n } of inOrder) {
    sum += n
    if (sum >= wanted) return (ms as number) / 1000
  }
  return null
}

/** How many by each of the times. */
function curveOf(counts: readonly DeliveryCount[], seconds: readonly number[]): number[] {
  const between = seconds.map(() => 0)
  for (const { ms, n } of counts) {
    const i = seconds.findIndex((time) => (ms as number) <= time * 1000)
    if (i >= 0) between[i] = (between[i] as number) + n
  }
  let sum = 0
  return between.map((n) => {
    sum += n
    return sum
  })
}

/** When 99 % of those that came so far had, s. */
function lastOf(counts: readonly DeliveryCount[], mark: DeliveryCount['mark']): number {
  const some = counts.filter((count) => count.mark === mark && count.ms !== null)
  some.sort((a, b) => (a.ms as number) - (b.ms as number))
  return secondsUntil(0.99 * total(some), some) ?? 0
}

const total = (counts: readonly DeliveryCount[]) => counts.reduce((sum, { n }) => sum + n, 0)

function sumBy<T extends { readonly n: number }>(rows: readonly T[], keyOf: (row: T) => string): Map<string, number> {
  const sums = new Map<string, number>()
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.n)
  return sums
}

function grouped<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group) group.push(row)
    else groups.set(key, [row])
  }
  return groups
}
