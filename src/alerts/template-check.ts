import { Findings } from './findings.ts'
import { type LockedTerm, nearMisses } from './locked-terms.ts'
import { type AlertTemplate, fieldPattern, type Texts } from './templates.ts'

export interface TemplateContext {
  readonly terms: readonly LockedTerm[]
  /** Numbers and addresses that are not allowed anywhere: a template is for every country. */
  readonly notAllowed: (text: string) => readonly string[]
}

/**
 * Whether a template is whole: who uses it has no time to look.
 * @throws Problem `alert-template` (422) with every finding as a detail: `template-language-missing`, `template-language-unknown`,
 * `template-field-unknown`, `template-field-unused`, `template-field-open`, `template-place-missing`, `template-issuer-missing`,
 * `template-contact`, `term-misspelt`
 */
export function checkTemplate(template: AlertTemplate, context: TemplateContext): void {
  const findings = new Findings()
  const { languages, senderName, event, texts, corrections, fields } = template
  for (const [where, given] of [
    ['/senderName', senderName],
    ['/event', event],
    ['/texts', texts],
    ['/corrections/cancel', corrections.cancel],
    ['/corrections/allClear', corrections.allClear],
    ...Object.entries(fields).flatMap(([name, field]) =>
      field.kind === 'choice'
        ? Object.entries(field.options).map(([id, option]): [string, Texts] => [
            `/fields/${name}/options/${id}`,
            option,
          ])
        : [],
    ),
  ] as [string, Texts][]) {
    checkLanguages(given, languages, where, findings)
    for (const [language, text] of Object.entries(given))
      checkText(text, language, `${where}/${language}`, template, context, findings)
  }
  for (const language of languages) {
    const text = texts[language] ?? ''
    const where = `/texts/${language}`
    if (!text.includes('{place}')) {
      findings.problem('template-place-missing', where, 'The text does not say where', 'Name {place} in it.')
    }
    if (!/^\s*[[【(［]/.test(text)) {
      const hint = 'Begin with the issuer in brackets: [MOFA Korea].'
      findings.problem('template-issuer-missing', where, 'The text does not begin with who issues it', hint)
    }
  }
  if (fields.place?.kind !== 'text') {
    findings.problem('template-place-missing', '/fields', 'There is no field "place" of kind text')
  }
  const used = new Set(Object.values(texts).flatMap((text) => fieldsIn(text)))
  for (const name of Object.keys(fields).filter((one) => !used.has(one))) {
    findings.problem('template-field-unused', `/fields/${name}`, `No text has {${name}}`)
  }
  findings.throwIfAny('alert-template', 'The template cannot be used')
}

function checkLanguages(texts: Texts, languages: readonly string[], where: string, findings: Findings): void {
  for (const language of languages.filter((one) => !texts[one]?.trim())) {
    findings.problem('template-language-missing', where, `The text in ${language} is missing`)
  }
  for (const language of Object.keys(texts).filter((one) => !languages.includes(one))) {
    const hint = 'Every language of a template has all of its texts: add it to "languages", or leave it out.'
    findings.problem('template-language-unknown', `${where}/${language}`, `The template has no ${language}`, hint)
  }
}

function checkText(
  text: string,
  language: string,
  where: string,
  { fields }: AlertTemplate,
  { terms, notAllowed }: TemplateContext,
  findings: Findings,
): void {
  for (const name of new Set(fieldsIn(text))) {
    if (Object.hasOwn(fields, name)) continue
    const hint = `It may be ${Object.keys(fields)
      .map((one) => `{${one}}`)
      .join(', ')}.`
    findings.problem('template-field-unknown', where, `There is no field {${name}}`, hint)
  }
  const literal = text.replace(fieldPattern, ' ')
  if (/[{}]/.test(literal)) findings.problem('template-field-open', where, 'A brace has no counterpart')
  for (const found of new Set(notAllowed(literal))) {
    const hint = 'A template names the call centre alone: the number of a mission is right in its country only.'
    findings.problem('template-contact', where, `"${found}" is no number or address that is allowed everywhere`, hint)
  }
  for (const { found, term } of nearMisses(literal, language, terms)) {
    findings.problem(
      'term-misspelt',
      where,
      `"${found}" is nearly "${term}"`,
      'A word that is right is added to the terms.',
    )
  }
}

const fieldsIn = (text: string): string[] => [...text.matchAll(fieldPattern)].map(([, name]) => name as string)
