import { zonesOf } from '../entry/clocks.ts'
import { type Wait, waitOf } from '../entry/due.ts'
import type { Language } from '../entry/fields.ts'
import { type LevelThere, levelOf } from '../entry/levels.ts'
import type { EntrySources, EntryText, Whither } from '../entry/model.ts'
import type { EntryPolicy } from '../entry/policy.ts'
import { policyFor } from '../entry/policy-for.ts'
import { entryTextsFor } from '../entry/texts.ts'
import type { Countries } from '../geo/countries.ts'
import type { Regions } from '../geo/regions.ts'

/** What holds for all who are at a like place: known by country only, or in the same regions of it. */
export interface Ground {
  readonly where: Whither
  readonly policy: EntryPolicy
  /** Rows of entry_policy that it is made of. */
  readonly policyIds: readonly number[]
  readonly level: LevelThere
  /** In the order in which they are sent; none where nothing is to be told. Made when first asked for: who comes back asks the policy only. */
  readonly textsIn: (language: Language) => readonly EntryText[]
}

/** Regions by place, and which is a part of which. */
export type RegionsByPlace = Pick<Regions, 'codesAt' | 'headOf'>

interface Point {
  readonly lon: number
  readonly lat: number
}

/** Whatever entry texts are made of at one moment, looked up once for each like place: a batch enters few. */
export class EntryGrounds {
  readonly now: Date
  /** The newest row of travel_level that these texts know. */
  readonly newestLevel: number
  readonly #sources: EntrySources
  readonly #countries: Countries
  readonly #regions: RegionsByPlace
  readonly #grounds = new Map<string, Ground>()

  constructor(sources: EntrySources, countries: Countries, regions: RegionsByPlace, now: Date) {
    this.now = now
    this.newestLevel = sources.levels.reduce((newest, { id }) => Math.max(newest, id), 0)
    this.#sources = sources
    this.#countries = countries
    this.#regions = regions
  }

  at(countries: readonly string[], place: Point | null): Ground {
    const [only, ...more] = countries
    const regions = place && only !== undefined && more.length === 0 ? this.#regionsAt(place, only) : []
    const key = `${countries.join('/')}:${regions.join('/')}`
    let ground = this.#grounds.get(key)
    if (!ground) {
      ground = this.#groundOf({ countries, regions })
      this.#grounds.set(key, ground)
    }
    return ground
  }

  /** Until when the texts of somebody who entered wait; null: they are due. */
  waitOf({ policy, level, where }: Ground, place: Point | null, enteredAt: Date): Wait | null {
    return waitOf(policy, level, enteredAt, this.now, () => zonesOf(where.countries, place))
  }

  /** Until when texts that are sent again wait; null: they are due. The welcome, and the stay that is no transit, were before. */
  quietAt({ policy, level, where }: Ground, place: Point | null): Wait | null {
    const { now } = this
    return waitOf({ ...policy, delaySeconds: 0, transitMinutes: 0 }, level, now, now, () =>
      zonesOf(where.countries, place),
    )
  }

  /** The widest first. */
  #regionsAt({ lon, lat }: Point, iso2: string): string[] {
    const codes = this.#regions.codesAt(lon, lat, iso2)
    if (codes.length < 2) return codes
    const isPart = (code: string) => (this.#regions.headOf(code)?.parent === undefined ? 0 : 1)
    return codes.sort((a, b) => isPart(a) - isPart(b))
  }

  #groundOf(where: Whither): Ground {
    const { policy, ids } = policyFor(where, this.#sources.policies)
    const nameOf = (country: string, language: Language) => this.#countries.nameOf(country, language)
    const make = (language: Language) => entryTextsFor(where, this.now, language, policy.kinds, this.#sources, nameOf)
    const made: Partial<Record<Language, readonly EntryText[]>> = {}
    return {
      where,
      policy,
      policyIds: ids,
      level: levelOf(where, this.#sources.levels),
      textsIn: (language) => {
        made[language] ??= make(language)
        return made[language]
      },
    }
  }
}
