import { didYouMean, likely } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { allowedIn } from './allow-list.ts'
import { checkText } from './check-text.ts'
import { LANGUAGES } from './fields.ts'
import type { StoredTemplate } from './model.ts'
import type { TravelLevel } from './policy.ts'
import { fieldPattern } from './render.ts'
import { type Ground, isArea, placesOf } from './where.ts'

/** What somebody wants to be said in an area from now on. */
export interface TemplateDraft {
  readonly area: string
  readonly kind: StoredTemplate['kind']
  readonly level: TravelLevel | null
  readonly special: boolean
  /** By language; null takes the text of a language back. */
  readonly texts: Readonly<Record<string, string | null>>
}

/** @throws Problem `entry-template` (422) with everything that is wrong as a detail */
export function checkTemplate(draft: TemplateDraft, ground: Ground): void {
  const details = [...areaProblems(draft.area, ground), ...shapeProblems(draft)]
  if (details.length === 0) {
    const countries = draft.area.startsWith('*') ? undefined : [draft.area.slice(0, 2)]
    const check = {
      kind: draft.kind,
      places: placesOf(draft.area, ground),
      allowed: allowedIn(countries, ground.sources),
      here: { level: draft.level, special: draft.special, regional: true },
    }
    for (const [language, body] of Object.entries(draft.texts)) {
      if (body === null) continue
      const where = `/texts/${language}`
      details.push(...checkText(body, { ...check, language, where }, ground))
      if (draft.kind === 'level') details.push(...warningProblems(body, language, where, draft, ground))
    }
  }
  if (details.length === 0) return
  throw new Problem('entry-template', 'The text cannot be used', { status: 422, details })
}

export function areaProblems(area: string, ground: Ground, where = '/area'): Problem[] {
  if (isArea(area, ground)) return []
  return [
    new Problem('entry-area', `"${area}" is no country and no region`, {
      status: 422,
      where,
      hint:
        didYouMean(likely(area, ground.countries)) ??
        'It is *, **, an ISO 3166-1 code like JP or an ISO 3166-2 code like JP-17.',
    }),
  ]
}

/** Languages that a text needs, or does not know. */
export function languageProblems(texts: Readonly<Record<string, unknown>>, needed: readonly string[]): Problem[] {
  const known: readonly string[] = LANGUAGES
  const unknown = Object.keys(texts).filter((language) => !known.includes(language))
  return [
    ...unknown.map(
      (language) =>
        new Problem('entry-language', `Texts are in ${known.join(' and ')}; "${language}" would reach nobody`, {
          status: 422,
          where: `/texts/${language}`,
        }),
    ),
    ...needed
      .filter((language) => typeof texts[language] !== 'string')
      .map(
        (language) =>
          new Problem('entry-language-missing', `The text is missing in ${language === 'ko' ? 'Korean' : 'English'}`, {
            status: 422,
            where: `/texts/${language}`,
            hint: `Give ${needed.join(' and ')} together, so that they say the same.`,
          }),
      ),
  ]
}

function shapeProblems({ area, kind, level, special, texts }: TemplateDraft): Problem[] {
  const problem = (message: string, where: string) =>
    new Problem('entry-template-shape', message, { status: 422, where })
  // A general text is what is left where no other is: it can be replaced, not taken back.
  const problems = languageProblems(texts, area.startsWith('*') ? LANGUAGES : [])
  if (Object.keys(texts).length === 0) problems.push(problem('There is no text', '/texts'))
  if (kind === 'mission' && (level !== null || special)) {
    problems.push(problem('Only a text of kind level is of a level or of the special travel advisory', '/level'))
  }
  return problems
}

/** A text of level 3 or 4, or of the special advisory, has to say so, and may not be the text of a lesser level. */
function warningProblems(
  body: string,
  language: string,
  where: string,
  { area, level, special }: TemplateDraft,
  { sources }: Ground,
): Problem[] {
  const grave = special || (level ?? 0) >= 3
  if (!grave) return []
  const problems: Problem[] = []
  const says = (code: string, message: string, hint: string) =>
    problems.push(new Problem(code, message, { status: 422, where, hint }))
  if (level !== null && level >= 3 && !body.includes('{level}')) {
    says('entry-level-unsaid', `A text of level ${level} has to say so`, 'Write {level} where the level is named.')
  }
  if (special && !body.includes('{special}')) {
    says('entry-special-unsaid', 'A text of the special travel advisory has to say so', 'Write {special}.')
  }
  const lesser = sources.templates.find(
    (other) =>
      other.kind === 'level' &&
      other.language === language &&
      (other.area === area || other.area.startsWith('*')) &&
      !other.special &&
      (other.level ?? 0) < 3 &&
      wordsOf(other.body) === wordsOf(body),
  )
  if (lesser) {
    const of = lesser.level === null ? 'parts of a country' : `level ${lesser.level}`
    says('entry-level-same', `It says what the text of ${of} says`, 'A graver level needs words of its own.')
  }
  return problems
}

/** Without fields, spaces and marks: what makes texts differ for a reader. */
const wordsOf = (body: string) => body.replace(fieldPattern, '').replace(/[\s\p{P}]/gu, '')
