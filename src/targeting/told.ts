/** Texts that somebody got of a country, or of several in one of which he was. */
export interface Told {
  /** The entry for which he got them, or will. */
  readonly at: Date
  /** They are not due yet. */
  readonly waits: boolean
}

/** Whether a place that may be any of `countries` is surely one of `wider`: the same, or a surer report of it. */
export const isWithin = (countries: readonly string[], wider: readonly string[]): boolean =>
  countries.length > 0 && countries.every((country) => wider.includes(country))

/** Which texts people got or wait for. Those of several countries, in one of which somebody is, count as those of each. */
export class ToldTexts {
  readonly #byCountry = new Map<string, Told>()
  /** Hardly anybody has any. */
  readonly #ofSeveral = new Map<string, (readonly string[])[]>()

  /** @param country several candidates joined by `/` */
  set(msisdn: string, country: string, told: Told): void {
    this.#byCountry.set(`${msisdn}:${country}`, told)
    if (!country.includes('/')) return
    const several = this.#ofSeveral.get(msisdn)
    if (several) several.push(country.split('/'))
    else this.#ofSeveral.set(msisdn, [country.split('/')])
  }

  /** Those of the newest entry that told him of wherever he is. */
  of(msisdn: string, countries: readonly string[]): Told | undefined {
    const [only] = countries
    let newest = countries.length === 1 ? this.#byCountry.get(`${msisdn}:${only}`) : undefined
    for (const several of this.#ofSeveral.get(msisdn) ?? []) {
      if (!isWithin(countries, several)) continue
      const told = this.#byCountry.get(`${msisdn}:${several.join('/')}`)
      if (told && (newest === undefined || told.at > newest.at)) newest = told
    }
    return newest
  }
}
