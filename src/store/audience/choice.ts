export type Population = 'residents' | 'roamers'

/** Which of a population may be chosen, whatever their place: what the database can decide row by row. */
export interface Choice {
  readonly population: Population
  /** Primary language subtags; `und`: not known. */
  readonly languages?: readonly string[] | undefined
  readonly missions?: readonly string[] | undefined
  readonly homeNetworks?: readonly string[] | undefined
  readonly seenSince?: Date | undefined
  /** A place that is older does not count: its people are unplaced. */
  readonly placedSince?: Date | undefined
  /** Numbers that are looked at one by one are left out here. */
  readonly withoutLinked: boolean
  /** Only those of whom it is known that they are in this country. */
  readonly onlyIn?: string | undefined
  /** Those of whom it is known that they are in one of these are left out: another source has them. */
  readonly notIn: readonly string[]
  /** Those who may be in one of these, by a network that serves several, are left out too. */
  readonly notPerhapsIn: readonly string[]
}

/** The values of a statement that is put together, by the number of their place. */
export class Values {
  readonly list: unknown[] = []

  /** The place of the value, with its type: `$3::text[]`. */
  add(value: unknown, type: string): string {
    this.list.push(value)
    return `$${this.list.length}::${type}`
  }
}

export const tableOf = { residents: 'resident', roamers: 'roamer' } as const

/** What tells the people of one population apart where routes and texts are chosen: language of residents, home network of roamers. */
export const traitOf = { residents: 'language', roamers: 'hplmn' } as const

/** Nobody of the population can be chosen: there is nothing to ask. */
export function isNobody({ population, languages }: Choice): boolean {
  return population === 'roamers' && languages !== undefined && !languages.includes('und')
}

/**
 * Conditions on the rows of table `p`. What is not chosen is not asked: a column that is named, and is in no index, costs a look at
 * every row.
 */
export function conditions(choice: Choice, values: Values): string {
  const { population, languages, missions, homeNetworks, seenSince, onlyIn, notIn, notPerhapsIn } = choice
  const all: string[] = []
  if (onlyIn !== undefined) all.push(`p.country = ${values.add(onlyIn, 'char(2)')}`)
  if (population === 'residents') {
    if (languages) {
      all.push(`coalesce(split_part(lower(p.language), '-', 1), 'und') = ANY (${values.add(languages, 'text[]')})`)
    }
    if (missions) all.push(`p.mission = ANY (${values.add(missions, 'text[]')})`)
    if (notIn.length > 0) all.push(`p.country <> ALL (${values.add(notIn, 'char(2)[]')})`)
  } else {
    if (homeNetworks) all.push(`p.hplmn = ANY (${values.add(homeNetworks, 'text[]')})`)
    if (seenSince) all.push(`p.seen_at >= ${values.add(seenSince.toISOString(), 'timestamptz')}`)
    if (notIn.length > 0) all.push(`(p.country IS NULL OR p.country <> ALL (${values.add(notIn, 'char(2)[]')}))`)
    if (notPerhapsIn.length > 0) {
      all.push(`(p.country IS NOT NULL OR NOT p.candidates && ${values.add(notPerhapsIn, 'char(2)[]')})`)
    }
  }
  if (choice.withoutLinked) all.push('NOT EXISTS (SELECT FROM linked_number l WHERE l.msisdn = p.msisdn)')
  return all.map((one) => ` AND ${one}`).join('')
}

/** A condition on table `p`: no place of theirs counts. */
export function unplaced({ population, placedSince }: Choice, values: Values): string {
  if (population === 'residents' || !placedSince) return 'p.cell IS NULL'
  return `(p.cell IS NULL OR p.placed_at < ${values.add(placedSince.toISOString(), 'timestamptz')})`
}

/** A condition on table `p`, whose cell is not null: their place counts. */
export function freshlyPlaced({ population, placedSince }: Choice, values: Values): string {
  if (population === 'residents' || !placedSince) return ''
  return ` AND (p.placed_at IS NULL OR p.placed_at >= ${values.add(placedSince.toISOString(), 'timestamptz')})`
}

/**
 * Settings of transactions that go through an audience. Young tables have no statistics, and the planner would read all of them for
 * each handful of numbers.
 */
export const audienceSettings = 'SET LOCAL enable_seqscan = off'
