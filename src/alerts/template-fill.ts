import type { Corrections } from './approval.ts'
import { formatTime, normaliseTime, offsetOf } from './cap-time.ts'
import { Findings, quote } from './findings.ts'
import { type AlertTemplate, fieldPattern, type TemplateField, type Texts } from './templates.ts'

/** What somebody filled in, by field; texts by language. */
export type FieldValues = Readonly<Record<string, string | number | Texts>>

export interface Filled {
  readonly texts: Texts
  readonly corrections: Corrections
}

/**
 * The texts of a template with what was filled in.
 * @throws Problem `alert-template-fields` (422) with each: `field-missing`, `field-unknown`, `field-language-missing`, `field-value`
 */
export function fillTemplate({ fields, languages, texts, corrections }: AlertTemplate, given: FieldValues): Filled {
  const findings = new Findings()
  for (const name of Object.keys(given).filter((one) => !Object.hasOwn(fields, one))) {
    const hint = `It has ${Object.keys(fields).join(', ')}.`
    findings.problem('field-unknown', `/fields/${name}`, `The template has no field "${name}"`, hint)
  }
  const values = new Map<string, Texts>()
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name]
    const where = `/fields/${name}`
    if (value === undefined) findings.problem('field-missing', where, `"${name}" is missing: ${field.description}`)
    else values.set(name, textsOf(field, value, languages, where, findings))
  }
  findings.throwIfAny('alert-template-fields', 'The template cannot be filled in')
  const fill = (by: Texts): Texts =>
    Object.fromEntries(
      Object.entries(by).map(([language, text]) => [
        language,
        text.replace(fieldPattern, (_, name: string) => values.get(name)?.[language] ?? ''),
      ]),
    )
  return {
    texts: fill(texts),
    corrections: { cancel: fill(corrections.cancel), allClear: fill(corrections.allClear) },
  }
}

function textsOf(
  field: TemplateField,
  value: FieldValues[string],
  languages: readonly string[],
  where: string,
  findings: Findings,
): Texts {
  const wrong = (message: string, hint?: string) => findings.problem('field-value', where, message, hint)
  const inAll = (text: (language: string) => string): Texts =>
    Object.fromEntries(languages.map((language) => [language, text(language)]))
  switch (field.kind) {
    case 'choice': {
      const option = typeof value === 'string' && Object.hasOwn(field.options, value) ? field.options[value] : undefined
      if (!option) wrong('It is none of its options', `One of ${Object.keys(field.options).join(', ')}.`)
      return option ?? {}
    }
    case 'number': {
      const { min = -Infinity, max = Infinity, decimals = 0 } = field
      if (typeof value !== 'number' || value < min || value > max) {
        wrong(`It is no number${min > -Infinity ? ` of ${min}` : ''}${max < Infinity ? ` up to ${max}` : ''}`)
        return {}
      }
      return inAll(() => value.toFixed(decimals))
    }
    case 'time': {
      const time = typeof value === 'string' ? normaliseTime(value) : undefined
      if (time === undefined) wrong('It is no time', 'Write 2024-01-01T16:10:00+09:00, with the offset of the place.')
      return time === undefined ? {} : inAll((language) => told(time, language))
    }
    case 'text':
      return textOf(field.maxLength ?? 100, value, languages, where, findings)
  }
}

function textOf(
  maxLength: number,
  value: FieldValues[string],
  languages: readonly string[],
  where: string,
  findings: Findings,
): Texts {
  if (typeof value !== 'object') {
    const hint = `Give ${languages.map((language) => `"${language}"`).join(', ')}: who reads one language does not read the other.`
    findings.problem('field-language-missing', where, 'It is a text by language', hint)
    return {}
  }
  for (const language of languages) {
    const text = value[language]?.trim() ?? ''
    if (text === '') findings.problem('field-language-missing', where, `The text in ${language} is missing`)
    else if (text.length > maxLength) {
      findings.problem('field-value', `${where}/${language}`, `It is longer than ${maxLength} characters`)
    } else if (/[{}\p{Cc}\p{Cf}]/u.test(text)) {
      findings.problem(
        'field-value',
        `${where}/${language}`,
        `${quote(text)} has a brace, or a character that nobody sees`,
      )
    }
  }
  return Object.fromEntries(Object.entries(value).map(([language, text]) => [language, text.trim()]))
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** As the clocks of its offset show it, without the year. */
function told(time: string, language: string): string {
  const local = formatTime(Date.parse(time), offsetOf(time))
  const [month, day, clock] = [Number(local.slice(5, 7)), Number(local.slice(8, 10)), local.slice(11, 16)]
  const primary = language.split('-')[0]
  if (primary === 'ko') return `${month}월 ${day}일 ${clock}`
  if (primary === 'ja' || primary === 'zh') return `${month}月${day}日 ${clock}`
  if (primary === 'en') return `${clock} on ${day} ${months[month - 1]}`
  return local.slice(0, 16).replace('T', ' ')
}
