import { createRequire } from 'node:module'
import { isCountry } from '../geo/iso3166.ts'
import type { Area, NamedValue } from './model.ts'

/** Names of countries in one language, as `i18n-iso-countries` has them: one, or several. */
type Names = { countries: Record<string, string | string[]> }

const languages = ['en', 'ko']

/** Where the codes of the National Weather Service lie: the United States and its territories. */
const unitedStates = ['US', 'PR', 'GU', 'AS', 'VI', 'MP', 'UM']

/** What the European Union writes where ISO 3166 has another code. */
const european: Record<string, string> = { EL: 'GR', UK: 'GB' }

let byName: Map<string, string> | undefined

/**
 * Countries (ISO 3166-1 alpha-2) that an area seems to lie in by its other codes and its name: SAME and UGC are American,
 * CAP-CP is Canadian, EMMA_ID and NUTS begin with a country; `Noto, Japan` and `일본 노토반도` name one. A clue, no more: there are
 * a Georgia and a Jordan that are no countries.
 */
export function namedCountries(area: Area): string[] {
  return [...new Set([...area.geocode.flatMap(countriesOfCode), ...countriesInText(area.areaDesc)])]
}

function countriesOfCode({ valueName, value }: NamedValue): string[] {
  const name = valueName.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')
  if (name === 'SAME' || name === 'FIPS6' || name === 'UGC') return unitedStates
  if (name.startsWith('PROFILECAPCP')) return ['CA']
  if (name !== 'EMMAID' && !/^NUTS[0-3]?$/.test(name)) return []
  const prefix = value.trim().slice(0, 2).toUpperCase()
  const iso2 = european[prefix] ?? prefix
  return isCountry(iso2) ? [iso2] : []
}

/** A part between commas or brackets, or in Korean the first or last word, that is the name of a country. */
function countriesInText(text: string): string[] {
  byName ??= readNames()
  const parts = text.split(/[,;()/·]/).map((part) => part.trim())
  const words = text.split(/[\s,;()/·]+/).filter((word) => /^\p{Script=Hangul}+$/u.test(word))
  return [...parts, ...words.slice(0, 1), ...words.slice(-1)].flatMap((part) => byName?.get(part.toLowerCase()) ?? [])
}

/** Some 600 names, read when the first area is looked at. */
function readNames(): Map<string, string> {
  const require = createRequire(import.meta.url)
  const names = new Map<string, string>()
  for (const language of languages) {
    const { countries } = require(`i18n-iso-countries/langs/${language}.json`) as Names
    for (const [iso2, name] of Object.entries(countries)) {
      for (const one of [name].flat()) names.set(one.toLowerCase(), iso2)
    }
  }
  return names
}
