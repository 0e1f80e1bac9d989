import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { describe, expect, test } from 'vitest'
import { parseAlertJson } from '../../src/alerts/alert-json.ts'
import { checkContent } from '../../src/alerts/content-rules.ts'
import { alertOfTemplate } from '../../src/alerts/template-alert.ts'
import { checkTemplate } from '../../src/alerts/template-check.ts'
import { fillTemplate } from '../../src/alerts/template-fill.ts'
import { templateSchema } from '../../src/alerts/template-schema.ts'
import type { AlertTemplate, TemplateField } from '../../src/alerts/templates.ts'
import { messageText } from '../../src/alerts/text.ts'
import { allowedIn, notAllowed } from '../../src/entry/allow-list.ts'
import { encodeText } from '../../src/smpp/text/encode.ts'
import { detailsOf } from './sample.ts'

const sql = readFileSync(new URL('../../migrations/0020_control.sql', import.meta.url), 'utf8')
/** The templates that come with the engine. */
const builtIn = [...sql.matchAll(/^\('([a-z]+)', '(\{.*?\n\})', 'comes with/gms)].map(
  ([, id, body]): [string, AlertTemplate] => [id as string, JSON.parse((body as string).replaceAll("''", "'"))],
)
const terms = [...sql.matchAll(/^ {2}\('(\w+)', '([^']+)', '([\w-]+)'\)/gm)].map(([, language, term, meaning]) => ({
  language: language as string,
  term: term as string,
  meaning: meaning as string,
}))
const allowed = allowedIn(undefined, { missions: [], emergency: [], hosts: [] } as never)
const context = { terms, notAllowed: (text: string) => notAllowed(text, allowed) }

const example = (field: TemplateField, languages: readonly string[]) => {
  if (field.kind === 'number') return 7.6
  if (field.kind === 'time') return '2024-01-01T16:10:00+09:00'
  if (field.kind === 'choice') return Object.keys(field.options)[0] as string
  return Object.fromEntries(
    languages.map((language) => [language, language === 'ko' ? '일본 노토반도' : 'Noto, Japan']),
  )
}
const filledIn = ({ fields, languages }: AlertTemplate) =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, example(field, languages)]))

const earthquake = builtIn.find(([id]) => id === 'earthquake')?.[1] as AlertTemplate

describe('the templates that come with the engine', () => {
  test('are for the dangers that come most often', () => {
    expect(builtIn.map(([id]) => id)).toEqual(['earthquake', 'tsunami', 'flood', 'unrest', 'terror', 'disease'])
  })

  test.each(builtIn)('%s is whole: nothing is missing in any language, also not what takes it back', (_, template) => {
    expect(() => checkTemplate(template, context)).not.toThrow()
    const validate = new Ajv({ strict: false }).compile(templateSchema)
    expect([validate(template), validate.errors]).toEqual([true, null])
  })

  test.each(builtIn)('%s makes an alert that says all, in at most four segments of any text', (_, template) => {
    const areas = [{ areaDesc: 'Noto', shapes: [{ kind: 'country', iso2: 'JP' }] }]
    const body = { template: 'x', status: 'Actual' as const, fields: filledIn(template), areas }
    const written = alertOfTemplate(template, body, Date.now())
    const { alert, corrections } = parseAlertJson(written, {
      identifier: 'a',
      sender: 'b',
      sent: '2024-01-01T07:00:00Z',
    })
    const found = checkContent(alert, corrections ?? null, {
      ...context,
      countryNames: ['일본', 'Japan'],
      confirmed: [],
    })
    expect(found).toEqual([])
    const texts = [
      ...alert.infos.map((info) => messageText(alert, info)),
      ...Object.values(corrections?.cancel ?? {}),
      ...Object.values(corrections?.allClear ?? {}),
    ]
    expect(texts).toHaveLength(6)
    for (const text of texts) {
      expect(text).not.toMatch(/[{}]/)
      const profile = {
        alphabet: 'gsm7',
        unicode: 'ucs2',
        long: 'udh',
        segmentOctets: 140,
        reserveOctets: 0,
        maxSegments: 4,
      } as const
      expect(encodeText(text, profile).airSegments, text).toBeLessThanOrEqual(4)
    }
  })
})

describe('a template is refused where', () => {
  const change = (more: Partial<AlertTemplate>): AlertTemplate => ({ ...earthquake, ...more })
  const { texts, corrections, fields } = earthquake
  test.each<[string, AlertTemplate, [string, string][]]>([
    [
      'a language has no text',
      change({ texts: { ko: texts.ko as string } }),
      [
        ['template-language-missing', '/texts'],
        ['template-place-missing', '/texts/en'],
        ['template-issuer-missing', '/texts/en'],
      ],
    ],
    [
      'a language cannot be told that it was sent in error',
      change({ corrections: { ...corrections, cancel: { ko: corrections.cancel.ko as string } } }),
      [['template-language-missing', '/corrections/cancel']],
    ],
    [
      'a language cannot be told that it is over',
      change({ corrections: { ...corrections, allClear: { en: corrections.allClear.en as string } } }),
      [['template-language-missing', '/corrections/allClear']],
    ],
    [
      'a text has a field that there is not',
      change({ texts: { ...texts, ko: `${texts.ko} {depth}` } }),
      [['template-field-unknown', '/texts/ko']],
    ],
    ['a brace is open', change({ texts: { ...texts, ko: `${texts.ko} {` } }), [['template-field-open', '/texts/ko']]],
    [
      'a field is in no text',
      change({ fields: { ...fields, depth: { kind: 'number', description: 'km' } } }),
      [['template-field-unused', '/fields/depth']],
    ],
    [
      'an option is not in every language',
      change({
        fields: { ...fields, action: { kind: 'choice', description: 'x', options: { go: { ko: '가세요' } } } },
      }),
      [['template-language-missing', '/fields/action/options/go']],
    ],
    [
      'a text names a number of one country',
      change({ texts: { ...texts, en: `${texts.en} +81-3-3452-7611` } }),
      [['template-contact', '/texts/en']],
    ],
    [
      'a word is misspelt',
      change({ texts: { ...texts, en: `${texts.en} Tsunmai` } }),
      [['term-misspelt', '/texts/en']],
    ],
  ])('%s', (_, template, found) => {
    expect(detailsOf(() => checkTemplate(template, context))).toEqual(found)
  })
})

describe('filling in', () => {
  const fill = (change: object) => fillTemplate(earthquake, { ...filledIn(earthquake), ...change })

  test('puts each value into each language, the time as the clocks there show it', () => {
    const { texts, corrections } = fill({})
    expect(texts.ko).toContain('1월 1일 16:10 일본 노토반도 규모 7.6 지진')
    expect(texts.en).toContain('16:10 on 1 Jan: M7.6 earthquake, Noto, Japan')
    expect(corrections.cancel.en).toContain('the earthquake alert for Noto, Japan was sent in error')
  })

  test('puts a value in as it is, also where it looks like a pattern', () => {
    expect(fill({ place: { ko: '$& 노토', en: '$1' } }).texts.ko).toContain('$& 노토')
  })

  test.each<[string, object, string, string]>([
    ['a field that is left out', { place: undefined }, 'field-missing', '/fields/place'],
    ['one that there is not', { depth: 3 }, 'field-unknown', '/fields/depth'],
    ['a text in one language only', { place: { ko: '노토' } }, 'field-language-missing', '/fields/place'],
    ['a text for all languages', { place: 'Noto' }, 'field-language-missing', '/fields/place'],
    ['a text that is too long', { place: { ko: '가'.repeat(61), en: 'x' } }, 'field-value', '/fields/place/ko'],
    ['a text with a brace', { place: { ko: '{time}', en: 'x' } }, 'field-value', '/fields/place/ko'],
    [
      'a text with a character that nobody sees',
      { place: { ko: '노\u200B토', en: 'x' } },
      'field-value',
      '/fields/place/ko',
    ],
    ['a number beyond its bounds', { magnitude: 76 }, 'field-value', '/fields/magnitude'],
    ['a number that is a text', { magnitude: '7.6' }, 'field-value', '/fields/magnitude'],
    ['a time without offset', { time: '2024-01-01T16:10:00' }, 'field-value', '/fields/time'],
    ['an option that there is not', { action: 'panic' }, 'field-value', '/fields/action'],
    ['an option of the prototype', { action: 'constructor' }, 'field-value', '/fields/action'],
  ])('refuses %s', (_, change, code, where) => {
    expect(detailsOf(() => fill(change))).toEqual([[code, where]])
  })
})
