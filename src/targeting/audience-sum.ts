import { NumberSet } from '../lib/number-set.ts'
import type { Group, GroupCount } from '../store/audience/groups.ts'
import type { Holder } from '../store/audience/holders.ts'
import type { GroupMessage } from '../store/audience/insert-slice.ts'
import type { LinkedRow } from '../store/audience/linked.ts'
import type { LookedAt } from '../store/audience/looked-at.ts'
import type { PersonRow } from '../store/audience/persons.ts'
import { isByPerson, type Source } from './audience.ts'
import type { AudiencePlan } from './audience-plan.ts'
import { type Because, type Concern, concernOf, type Standing, standingAt } from './concern.ts'
import type { GroupBook } from './group-book.ts'
import { type NumberRows, numbersOfPersons, toldNumbers } from './linked-person.ts'
import { personOf } from './person.ts'

interface Found {
  readonly row: PersonRow
  readonly concern: Extract<Concern, { told: true }>
}

/** People of one group who stand alike to the zone; `holder`: they may have the text that is corrected. */
export interface Counted {
  readonly group: GroupMessage
  readonly standing: Standing | 'holder'
  n: number
}

export interface AudienceCount {
  /** Different MSISDNs. */
  readonly matched: number
  readonly counted: readonly Counted[]
  /** Those whom the rule for the unplaced leaves out, by country. */
  readonly apart: ReadonlyMap<string, number>
  /** Those near the border whom the rule for uncertain places leaves out. */
  readonly uncertain: number
  /** Further numbers of people who are told on another first. */
  readonly otherNumbers: number
}

/** Adds an audience up, from all that finds people. */
export class AudienceSum {
  readonly book: GroupBook
  /** Numbers of those who may have the text that is corrected. */
  readonly holders = new NumberSet()
  readonly #plan: AudiencePlan
  readonly #sources: readonly Source[]
  readonly #counted = new Map<string, Counted>()
  readonly #apart = new Map<string, number>()
  #uncertain = 0
  #otherNumbers = 0

  constructor(plan: AudiencePlan, book: GroupBook, sources: readonly Source[]) {
    this.#plan = plan
    this.#sources = sources
    this.book = book
  }

  add(group: Group, standing: Standing, n: number): void {
    const index = this.book.indexOf(group)
    this.#put(`${index}`, this.book.groups[index] as GroupMessage, standing, n)
  }

  /** Whom the rule for the unplaced leaves out. */
  readonly leaveApart = (country: string, n: number): void => {
    this.#apart.set(country, (this.#apart.get(country) ?? 0) + n)
  }

  /** Somebody near the border. */
  lookAt(one: LookedAt): void {
    const standing = standingAt(this.#plan, { ...one, at: null }, one.country)
    if (standing === 'uncertain-place') this.#uncertain++
    else if (standing !== 'elsewhere') this.add(one, standing, 1)
  }

  /** People whose network serves several countries: as `concernOf` has it. Their places, where they count, are another source's. */
  perhaps({ n, candidates, ...group }: GroupCount & { readonly candidates: readonly string[] }): void {
    const { countries, touched, rules } = this.#plan
    const whole = candidates.find((country) => countries.includes(country))
    const touching = candidates.find((country) => touched.includes(country))
    if (whole !== undefined) this.add({ ...group, country: whole }, 'country', n)
    else if (!group.unplaced || touching === undefined) return
    else if (rules.unplaced === 'include') this.add({ ...group, country: touching }, 'unplaced', n)
    else this.leaveApart(touching, n)
  }

  /** Somebody who is asked about alone. */
  person(row: PersonRow): void {
    const concern = concernOf(this.#plan, personOf(row))
    if (concern.told) this.#one(row, concern.standing, concern.country, 1)
    else if (concern.because === 'unplaced') this.#leaveApart(row, 1)
    else if (concern.because === 'uncertain-place') this.#uncertain++
  }

  /** A person of several numbers: he is counted once, unless he may have the text that is corrected. */
  linked(numbers: readonly NumberRows[]): void {
    if (numbers.some(([row]) => row !== undefined && this.holders.has(row.msisdn))) return
    const [first, ...others] = toldNumbers(this.#plan, numbers)
    this.#otherNumbers += others.length
    if (first) {
      this.#one(first.row, first.concern.standing, first.concern.country, 1)
      return
    }
    const rows = numbers.flat()
    const because = rows.map((row) => this.#because(row))
    const unplaced = rows[because.indexOf('unplaced')]
    if (unplaced) this.#leaveApart(unplaced, 1)
    else if (because.includes('uncertain-place')) this.#uncertain++
  }

  /** Numbers that both populations have counted: all but one are taken off. */
  twice(rows: readonly LinkedRow[]): void {
    for (const both of numbersOfPersons(rows).flat()) {
      const { told, unplaced, uncertain } = this.#verdicts(both)
      for (const { row, concern } of told.slice(1)) this.#one(row, concern.standing, concern.country, -1)
      for (const row of unplaced.slice(told.length > 0 ? 0 : 1)) this.#leaveApart(row, -1)
      this.#uncertain -= told.length + unplaced.length > 0 ? uncertain : Math.max(0, uncertain - 1)
    }
  }

  holder({ msisdn, population, country, language, hplmn, carrierNo, reason }: Holder): void {
    const trait = population === 'residents' ? language : hplmn
    const group = this.book.correctionOf({ population, country, trait, msisdn: Number(msisdn), carrierNo, reason })
    this.#put(`holder|${population}|${country}|${trait}|${group.route.join()}|${reason}`, group, 'holder', 1)
  }

  /** Rows of holders: whom the zone finds as well is not counted there. Whoever is in both populations is taken off once more, as `twice`. */
  alsoFound(rows: readonly (PersonRow & { readonly linked: boolean })[]): void {
    // Persons of several numbers are not counted at all where one is a holder.
    const counted = rows.filter(({ linked }) => !(linked && isByPerson(this.#plan)))
    for (const ofNumber of numbersOfPersons(counted).flat()) {
      const { told, unplaced, uncertain } = this.#verdicts(ofNumber)
      const [first] = told
      if (first) this.#one(first.row, first.concern.standing, first.concern.country, -1)
      else if (unplaced[0]) this.#leaveApart(unplaced[0], -1)
      else if (uncertain > 0) this.#uncertain--
    }
  }

  result(): AudienceCount {
    const counted = [...this.#counted.values()].filter(({ n }) => n !== 0)
    return {
      matched: counted.reduce((sum, { n }) => sum + n, 0),
      counted,
      apart: this.#apart,
      uncertain: this.#uncertain,
      otherNumbers: this.#otherNumbers,
    }
  }

  /**
   * What becomes of the rows of one number: who is told, in the order in which the sources find them, because the first
   * makes the message; and whom the rules for the unplaced and the uncertain leave out.
   */
  #verdicts(rows: readonly PersonRow[]): { told: Found[]; unplaced: PersonRow[]; uncertain: number } {
    const found: Found[] = []
    const unplaced: PersonRow[] = []
    let uncertain = 0
    for (const row of rows.toSorted((a, b) => (a.population < b.population ? -1 : 1))) {
      const concern = concernOf(this.#plan, personOf(row))
      if (concern.told) found.push({ row, concern })
      else if (concern.because === 'unplaced') unplaced.push(row)
      else if (concern.because === 'uncertain-place') uncertain++
    }
    const rank = ({ row, concern }: Found) => this.#sources.findIndex((source) => finds(source, row, concern.standing))
    return { told: found.sort((a, b) => rank(a) - rank(b)), unplaced, uncertain }
  }

  #because(row: PersonRow): Because | undefined {
    const concern = concernOf(this.#plan, personOf(row))
    return concern.told ? undefined : concern.because
  }

  #leaveApart({ countries }: PersonRow, n: number): void {
    this.leaveApart(countries.find((country) => this.#plan.touched.includes(country)) as string, n)
  }

  #one(row: PersonRow, standing: Standing, country: string | null, n: number): void {
    const index = this.book.ofPerson(row, this.#plan, country)
    this.#put(`${index}`, this.book.groups[index] as GroupMessage, standing, n)
  }

  #put(key: string, group: GroupMessage, standing: Counted['standing'], n: number): void {
    const at = `${key}|${standing}`
    const known = this.#counted.get(at)
    if (known) known.n += n
    else this.#counted.set(at, { group, standing, n })
  }
}

/** Whether a source is the one that has somebody who is told, as one of his rows has him. */
function finds(source: Source, { population, countries }: PersonRow, standing: Standing): boolean {
  const [country] = countries
  const isCertain = countries.length === 1
  const isPlaced = standing === 'inside' || standing === 'ring'
  switch (source.kind) {
    case 'country':
      if (population !== source.population || !isCertain || country !== source.country) return false
      return standing === (source.which === 'all' ? 'country' : 'unplaced')
    case 'part':
      return population === source.population && isCertain && country === source.country
    case 'placed':
      // Before this one comes what has the parts of countries.
      return population === source.population && isPlaced
    case 'perhaps':
      return population === 'roamers' && !isCertain && !isPlaced
    default:
      return false
  }
}
