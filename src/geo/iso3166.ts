import { createRequire } from 'node:module'

/** Alpha-2, alpha-3, numeric of ISO 3166-1. Only this table is read: the package's 80 languages of names stay on disk. */
const codes = createRequire(import.meta.url)('i18n-iso-countries/codes.json') as [string, string, string][]

const alpha2ByNumeric = new Map(codes.map(([alpha2, , numeric]) => [numeric, alpha2]))

/** XK, Kosovo, is user-assigned in ISO 3166-1, and in every telephone and network list. */
const known = new Set([...alpha2ByNumeric.values(), 'XK'])

/** Whether a text is an ISO 3166-1 alpha-2 code (or XK), in capitals; territories have codes of their own. */
export function isCountry(iso2: string): boolean {
  return known.has(iso2)
}

/** All alpha-2 codes, in order. */
export function countryCodes(): string[] {
  return [...known].sort()
}

/** `408` or `036` into alpha-2. */
export function alpha2OfNumeric(numeric: string): string | undefined {
  return alpha2ByNumeric.get(numeric.padStart(3, '0'))
}

/** As the Ministry of Foreign Affairs writes them, where CLDR differs from that. */
const koreanNames: Record<string, string> = { MM: '미얀마', HK: '홍콩', MO: '마카오', PS: '팔레스타인' }
const englishNames: Record<string, string> = { MM: 'Myanmar', HK: 'Hong Kong', MO: 'Macao', PS: 'Palestine' }

const display = {
  en: new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' }),
  ko: new Intl.DisplayNames(['ko'], { type: 'region', fallback: 'none' }),
}

/** The country's name as a person says it (CLDR, which follows renamings: Türkiye is 튀르키예); the code where unknown. */
export function nameOf(iso2: string, lang: 'en' | 'ko'): string {
  if (!isCountry(iso2)) return iso2
  return (lang === 'ko' ? koreanNames : englishNames)[iso2] ?? display[lang].of(iso2) ?? iso2
}
