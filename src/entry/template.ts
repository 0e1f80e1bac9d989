import { Problem } from '../lib/problem.ts'
import { allowedIn } from './allow-list.ts'
import { areaProblems } from './area-problems.ts'
import { checkText } from './check-text.ts'
import { LANGUAGES, type Language, languageWords } from './fields.ts'
import { lesserNamed } from './level-words.ts'
import type { StoredTemplate } from './model.ts'
import type { TravelLevel } from './policy.ts'
import { fieldPattern } from './render.ts'
import { type Ground, placesOf } from './where.ts'

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

/** Languages that a text needs, or does not know. */
export function languageProblems(texts: Readonly<Record<string, unknown>>, needed: readonly Language[]): Problem[] {
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
          new Problem('entry-language-missing', `The text is missing in ${languageWords[language]}`, {
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
  const general = area.startsWith('*')
  const problems =
    general && Object.values(texts).includes(null)
      ? [
          new Problem(
            'entry-general-text',
            `The text of ${area} is what is left where no other fits: it cannot be taken back`,
            {
              status: 422,
              where: '/texts',
              hint: 'Replace it: write it in Korean and English together (set-text with --ko and --en).',
            },
          ),
        ]
      : languageProblems(texts, general ? LANGUAGES : [])
  if (Object.keys(texts).length === 0) problems.push(problem('There is no text', '/texts'))
  if (kind === 'mission' && (level !== null || special)) {
    problems.push(problem('Only a text of kind level is of a level or of the special travel advisory', '/level'))
  }
  return problems
}

/** A text of level 3 or 4, or of the special advisory, has to say so; none may name a lesser level, or be the text of one. */
function warningProblems(
  body: string,
  language: string,
  where: string,
  { area, level, special }: TemplateDraft,
  { sources }: Ground,
): Problem[] {
  const problems: Problem[] = []
  const says = (code: string, message: string, hint: string) =>
    problems.push(new Problem(code, message, { status: 422, where, hint }))
  for (const word of lesserNamed(body.replace(fieldPattern, '|'), { level, special })) {
    const own = level === null ? 'the special travel advisory' : `level ${level}`
    says(
      'entry-level-lesser',
      `"${word}" is of a lesser level than ${own}`,
      `Write ${level === null ? '{special}' : '{level}'} where it is named.`,
    )
  }
  const grave = special || (level ?? 0) >= 3
  if (!grave) return problems
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
