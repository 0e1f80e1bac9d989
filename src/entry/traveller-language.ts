import type { Language } from './fields.ts'

/**
 * The language in which a traveller gets his texts. Of whom none is known gets Korean: roamers are subscribers of Korean carriers, most of them
 * nationals. Whoever is known to read another language reads English rather than Korean.
 *
 * @param tag BCP 47 in its canonical form (`ko-KR`, not `kor_KR`); null: not known
 */
export function travellerLanguage(tag: string | null): Language {
  return tag === null || tag === 'ko' || tag.startsWith('ko-') ? 'ko' : 'en'
}
