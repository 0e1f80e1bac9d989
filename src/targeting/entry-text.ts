import type { Countries } from '../geo/countries.ts'
import type { EntrySources } from '../store/roaming/entry-texts.ts'

/** The consular call centre, reachable from everywhere (+82-2-3210-0404). */
const callCentre = '+82-2-3210-0404'

export interface EntryText {
  readonly key: string
  readonly language: string
  readonly text: string
}

/**
 * The text for somebody who enters these countries, or undefined where nothing is to be told. One country has its own text or
 * the general one; several, of which he is in one, get a text that is right for all of them: the general one without a mission.
 */
export function entryTextFor(
  entered: readonly string[],
  language: string,
  { templates, missions }: EntrySources,
  countries: Countries,
): EntryText | undefined {
  const [only] = entered
  if (only === undefined) return undefined
  const inLanguage = templates.filter((template) => template.language === language)
  const find = (country: string) => inLanguage.find((template) => template.country === country)
  const mission = entered.length === 1 ? missions.find(({ country }) => country === only) : undefined
  const template = (entered.length === 1 ? find(only) : undefined) ?? find(mission ? '*' : '**')
  if (!template) return undefined
  const name = entered.map((country) => countries.nameOf(country, language === 'ko' ? 'ko' : 'en')).join('/')
  const fields: Record<string, string> = {
    country: name,
    mission: (language === 'ko' ? mission?.nameKo : mission?.nameEn) ?? '',
    phone: mission?.phone ?? '',
    callCentre,
  }
  const text = template.body.replace(/\{(\w+)\}/g, (whole, field: string) => fields[field] ?? whole)
  return { key: `${entered.join('/')}:${language}`, language, text }
}
