import { didYouMean, likely } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { type Allowed, notAllowed } from './allow-list.ts'
import { FIELDS, type Field, fieldsOfKind, type Language, languageOf, languageWords, type Values } from './fields.ts'
import type { TextKind } from './policy.ts'
import { fieldPattern, render } from './render.ts'
import { type Ground, type Place, valuesAt } from './where.ts'

/** 42 million a year: each segment more of a general text is millions of submissions. Korean has 67 characters a segment. */
export const maxSegments = 4

export interface TextCheck {
  readonly kind: TextKind
  readonly language: string
  readonly places: readonly Place[]
  readonly allowed: Allowed
  /** What its fields tell of a level. */
  readonly here: Parameters<typeof valuesAt>[2]
  /** A JSON pointer. */
  readonly where: string
}

/** Everything that is wrong with one text; the longest that it can become is what is measured. */
export function checkText(body: string, check: TextCheck, ground: Ground): Problem[] {
  const problems: Problem[] = []
  const { where, kind, language, places, allowed } = check
  const problem = (code: string, message: string, hint?: string) =>
    problems.push(new Problem(code, message, { status: 422, where, ...(hint === undefined ? {} : { hint }) }))
  if (body.trim() === '') {
    problem('entry-text-empty', 'The text is empty', 'To take a text back, set it to null.')
    return problems
  }
  // Of format: between digits, or right to left, they hide what a telephone shows.
  const odd = body.match(/(?!\n)[\p{Cc}\p{Cf}]/u)
  if (odd) {
    const code = (odd[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
    problem('entry-text-invisible', `The text has a character that nobody sees: U+${code}`)
    return problems
  }
  const used = [...body.matchAll(fieldPattern)].map(([, name]) => name as string)
  const offered = fieldsOfKind[kind]
  for (const name of new Set(used)) {
    if ((offered as readonly string[]).includes(name)) continue
    if (name.trim() === '') {
      problem('entry-field-empty', 'A field has no name: {}', `It may be ${listed(offered)}.`)
    } else if (Object.hasOwn(FIELDS, name)) {
      problem(
        'entry-field-elsewhere',
        `{${name}} says nothing in a text of kind ${kind}`,
        `It may be ${listed(offered)}.`,
      )
    } else {
      problem(
        'entry-field-unknown',
        `There is no field {${name}}`,
        didYouMean(likely(name, offered)) ?? `It may be ${listed(offered)}.`,
      )
    }
  }
  const literal = body.replace(fieldPattern, ' ')
  if (/[{}]/.test(literal)) {
    problem(
      'entry-field-open',
      'A brace has no counterpart',
      'A field is written {country}; a text has no other braces.',
    )
  }
  for (const found of new Set(notAllowed(literal, allowed))) {
    problem(
      'entry-not-allowed',
      `"${found}" is no number or address that is allowed here`,
      'Use the fields {contacts}, {phone}, {callCentre}, {emergency}; quantities as 5,000; hosts as in GET /v1/entry/facts.',
    )
  }
  if (problems.length > 0) return problems
  const at = places.map((place) => ({ place, values: valuesAt(place, language, check.here, ground) }))
  for (const name of new Set(used as Field[])) {
    const lacking = at.filter(({ values }) => values[name] === undefined)
    if (lacking.length > 0) problem('entry-field-without-value', ...withoutValue(name, lacking, places.length))
  }
  if (problems.length > 0) return problems
  const tooLong = longest(body, languageOf(language), at, ground)
  if (tooLong) problems.push(new Problem(tooLong.code, tooLong.message, { ...tooLong, status: 422, where }))
  return problems
}

const listed = (fields: readonly string[]) => fields.map((field) => `{${field}}`).join(', ')

function withoutValue(name: Field, lacking: readonly { place: Place }[], of: number): [string, string] {
  const some = lacking
    .slice(0, 5)
    .map(({ place }) => place.join('/'))
    .join(', ')
  const more = lacking.length > 5 ? ` and ${lacking.length - 5} more` : ''
  const instead = name === 'phone' || name === 'mission' ? ' {contacts} has a value everywhere.' : ''
  const others = name === 'emergency' ? ' {localHelp} is a sentence that is left out there.' : ''
  return [
    `{${name}} has no value in ${some}${more}, of ${of} places where the text may be used`,
    `Set the fact for them, or write the text without it.${instead}${others}`,
  ]
}

/** What is wrong with the longest text that it makes, if anything. */
function longest(
  body: string,
  language: Language,
  at: readonly { place: Place; values: Values }[],
  { segmentsOf }: Ground,
): { code: string; message: string; hint?: string } | undefined {
  let most = { segments: 0, place: '', length: 0 }
  for (const { place, values } of at) {
    const text = render(body, values) as string
    try {
      const segments = segmentsOf(text)
      const length = [...text].length
      if (segments > most.segments || (segments === most.segments && length > most.length)) {
        most = { segments, place: place.join('/'), length }
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      const { code, message, hint } = error
      const fields = fieldsThatThrow(body, values, segmentsOf).map((name) => `{${name}}`)
      const by = fields.length === 0 ? '' : `, by ${fields.join(', ')}`
      return {
        code,
        message: `${message} (the ${languageWords[language]} text, in ${place.join('/')}${by})`,
        ...(hint === undefined ? {} : { hint }),
      }
    }
  }
  if (most.segments <= maxSegments) return undefined
  return {
    code: 'entry-text-too-long',
    message: `The text has ${most.segments} segments (${most.length} characters) in ${most.place}; it may have ${maxSegments}`,
    hint: 'Shorten it: a segment holds 67 Korean characters, or 153 of GSM 7 bit.',
  }
}

/** The fields of the text whose value a carrier cannot write: then it is not the operator's words that are wrong. */
function fieldsThatThrow(body: string, values: Values, segmentsOf: Ground['segmentsOf']): Field[] {
  const used = new Set([...body.matchAll(fieldPattern)].map(([, name]) => name as Field))
  return [...used].filter((name) => {
    try {
      segmentsOf(values[name] as string)
      return false
    } catch {
      return true
    }
  })
}
