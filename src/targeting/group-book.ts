import { Prefixes } from '../carriers/prefixes.ts'
import type { Use } from '../lib/use.ts'
import type { Group, Grouping } from '../store/audience/groups.ts'
import type { GroupMessage } from '../store/audience/insert-slice.ts'
import type { PersonRow } from '../store/audience/persons.ts'
import type { MessageReason } from '../store/states.ts'
import type { ZonePlan } from './audience-plan.ts'
import type { VariantChooser } from './audience-text.ts'
import { placeOf } from './concern.ts'
import { personOf } from './person.ts'
import type { RouteNumbers } from './route-numbers.ts'

/** What decides carriers and text of a group. */
export interface Choosers {
  readonly routes: RouteNumbers
  readonly variantOf: VariantChooser
  readonly use: Use
  /** Numbers that asked for no more texts, where the alert is one that can be refused; undefined where it is not. */
  readonly refusedBy: ReadonlySet<string> | undefined
}

/** The groups of an audience and what each gets, decided once a group: thousands, where the people are millions. */
export class GroupBook {
  readonly groups: GroupMessage[] = []
  readonly grouping: Grouping
  readonly #choosers: Choosers
  readonly #prefixes: Prefixes
  readonly #numbers = new Map<string, number>()

  constructor(choosers: Choosers) {
    const routes = choosers.routes.asOfNow()
    this.#choosers = { ...choosers, routes }
    this.#prefixes = new Prefixes(routes.prefixes())
    this.grouping = { thresholds: this.#prefixes.thresholds, refusable: choosers.refusedBy !== undefined }
  }

  /** The index of a group in `groups`; one that is new is added. */
  indexOf(group: Group): number {
    const { population, country, trait, bucket, unplaced, refused } = group
    const key = `${population}|${country}|${trait}|${bucket}|${unplaced}|${refused}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.groups.push(this.#messageOf({ population, country, trait, bucket, unplaced, refused }))
    this.#numbers.set(key, this.groups.length - 1)
    return this.groups.length - 1
  }

  /** The same for somebody who is looked at alone. @param country that he is told for */
  ofPerson(row: PersonRow, plan: ZonePlan, country: string | null): number {
    const { msisdn, population, language, hplmn } = row
    return this.indexOf({
      population,
      country,
      trait: population === 'residents' ? language : hplmn,
      bucket: this.#prefixes.bucketOf(msisdn),
      unplaced: placeOf(plan, personOf(row)) === null,
      refused: this.#choosers.refusedBy?.has(String(msisdn)) ?? false,
    })
  }

  /** What somebody gets because he may have the text that is corrected: by the carrier that took it, and whatever he asked for since. */
  correctionOf(holder: {
    readonly population: Group['population']
    readonly country: string | null
    readonly trait: string | null
    readonly msisdn: number
    readonly carrierNo: number
    readonly reason: MessageReason
  }): GroupMessage {
    const { population, country, trait, msisdn, carrierNo, reason } = holder
    const group = {
      population,
      country,
      trait,
      bucket: this.#prefixes.bucketOf(msisdn),
      unplaced: reason.endsWith('-unplaced'),
      refused: false,
    }
    return { ...this.#messageOf(group, carrierNo), reason }
  }

  #messageOf(group: Group, preferred?: number): GroupMessage {
    const { routes, variantOf, use } = this.#choosers
    const { population, country, trait, bucket, unplaced, refused } = group
    const hplmn = population === 'roamers' ? (trait ?? undefined) : undefined
    const to = { population, msisdn: this.#prefixes.exampleOf(bucket), hplmn, country: country ?? undefined }
    const route = refused ? [] : routes.find(to, use, preferred)
    const one = population === 'residents' ? 'resident' : 'roamer'
    return {
      ...group,
      route,
      variant: variantOf(population === 'residents' ? trait : null, route),
      reason: unplaced ? `${one}-unplaced` : one,
    }
  }
}
