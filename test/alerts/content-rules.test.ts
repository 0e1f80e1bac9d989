import { describe, expect, test } from 'vitest'
import { type ContentContext, checkContent } from '../../src/alerts/content-rules.ts'
import { generalCorrections } from '../../src/alerts/corrections.ts'
import type { Alert, Info } from '../../src/alerts/model.ts'
import { demoCap, detailsOf, sample } from './sample.ts'

const terms = [
  { language: 'ko', term: '지진', meaning: 'earthquake' },
  { language: 'ko', term: '강진', meaning: 'earthquake' },
  { language: 'ko', term: '대피소', meaning: 'shelter' },
  { language: 'ko', term: '대피', meaning: 'evacuation' },
]
const context = (change: Partial<ContentContext> = {}): ContentContext => ({
  terms,
  notAllowed: () => [],
  countryNames: ['일본', 'Japan'],
  confirmed: [],
  ...change,
})
const check = (alert: Alert, change: Partial<ContentContext> = {}) =>
  checkContent(alert, generalCorrections(alert), context(change)).map(({ code, where }) => [code, where])
const whole: Partial<Info> = { headline: '[외교부] 일본 노토 강진', instruction: '대피하세요' }
const bare: Partial<Info> = { event: '경계경보', headline: '경보 발령', responseType: [] }
const withoutAction = (): Alert => {
  const alert = sample({}, { ...bare, event: '지진' })
  for (const info of alert.infos) delete info.instruction
  return alert
}

describe('what nobody can act on is refused', () => {
  test('Seoul, 31 May 2023: a warning that says neither why nor what to do', () => {
    const alert = sample({}, bare)
    for (const info of alert.infos) delete info.instruction
    expect(detailsOf(() => check(alert))).toEqual([
      ['content-incomplete', '/infos/0/event'],
      ['content-incomplete', '/infos/0/instruction'],
    ])
  })

  test('nor does the call to evacuate say from what', () => {
    const headline = '[서울특별시] 오늘 6시 32분 서울지역에 경계경보 발령. 대피할 준비를 하시고 대피소를 확인하세요.'
    expect(detailsOf(() => check(sample({}, { event: '경계경보', headline, instruction: '대피' })))).toEqual([
      ['content-incomplete', '/infos/0/event'],
    ])
  })

  test.each(['경보', 'Emergency Alert', 'WARNING', ' civil emergency message ', '---'])(
    'an event that names no danger: %s',
    (event) => {
      expect(detailsOf(() => check(sample({}, { event, headline: '조심', instruction: '피하세요' })))).toEqual([
        ['content-incomplete', '/infos/0/event'],
      ])
    },
  )

  test('unless the text names it: a term of the hazards in its words', () => {
    expect(check(sample({}, { ...whole, event: '경보' }))).toEqual([])
  })

  test('an area without a name', () => {
    const alert = sample({}, whole)
    const areas = alert.infos[0]?.areas.map((area) => ({ ...area, areaDesc: '-' })) ?? []
    const codes = detailsOf(() => check({ ...alert, infos: [{ ...(alert.infos[0] as Info), areas }] }))
    expect(codes).toEqual([['content-incomplete', '/infos/0/areas']])
  })

  test('a text that only repeats the headline; any other says what to do', () => {
    const alert = withoutAction()
    const [info] = alert.infos as [Info]
    const text = (value: string) => ({ ...alert, infos: [{ ...info, parameter: [{ valueName: 'SMS', value }] }] })
    expect(detailsOf(() => check(text(' 경보  발령 ')))).toEqual([['content-incomplete', '/infos/0/instruction']])
    expect(() => check(text('일본 지진: 높은 곳으로 가세요'))).not.toThrow()
    expect(() => check({ ...alert, infos: [{ ...info, responseType: ['Shelter'] }] })).not.toThrow()
    expect(() => check({ ...alert, infos: [{ ...info, responseType: ['None'] }] })).toThrow()
  })

  test('until its author is sure: then the approver sees it', () => {
    const codes = check(withoutAction(), { confirmed: ['content'] })
    expect(codes).toContainEqual(['content-incomplete', '/infos/0/instruction'])
  })

  test.each<[string, Partial<Alert>]>([
    ['an Exercise', { status: 'Exercise' }],
    ['a Cancel', { msgType: 'Cancel' }],
  ])('%s may be short', (_, change) => {
    const alert = { ...withoutAction(), ...change }
    expect(check(alert)).toEqual([])
  })
})

describe('what is not in the words that people read is told to the approver', () => {
  test('a text that says all of it is fine', () => {
    expect(check(sample({}, whole))).toEqual([])
  })

  test.each<[string, Partial<Info>, string]>([
    ['the hazard', { headline: '[외교부] 일본 노토', instruction: '대피하세요' }, 'hazard-unsaid'],
    ['the place', { headline: '[외교부] 강진', instruction: '대피하세요' }, 'place-unsaid'],
    ['the issuer', { headline: '일본 강진', instruction: '대피하세요' }, 'issuer-unsaid'],
  ])('%s', (_, info, code) => {
    expect(check(sample({}, info))).toEqual([[code, '/infos/0']])
  })

  test('the place by its area, without its ending, or by its country', () => {
    expect(check(sample({}, { ...whole, headline: '[외교부] 노토반도 강진' }))).toEqual([])
    expect(check(sample({}, { ...whole, headline: '[외교부] 노토 강진' }))).toEqual([])
  })

  test('the example of the documentation says all in three languages', () => {
    expect(check(demoCap('noto-alert'), { countryNames: ['일본', 'Japan', '日本'] })).toEqual([])
  })
})

test('a text that no carrier would carry is refused before anybody looks into it', () => {
  const looked: string[] = []
  const notAllowed = (text: string) => {
    looked.push(text)
    return []
  }
  const alert = sample({}, { ...whole, parameter: [{ valueName: 'SMS', value: '지진'.repeat(3000) }] })
  expect(detailsOf(() => check(alert, { notAllowed }))).toEqual([['text-too-long', '/infos/0']])
  expect(Math.max(...looked.map((text) => text.length))).toBeLessThan(5000)
})

describe('numbers, links and spelling', () => {
  const found = (bad: string) => (text: string) => (text.includes(bad) ? [bad] : [])
  const saying = (text: string) =>
    sample({}, { ...whole, parameter: [{ valueName: 'SMS', value: `[외교부] 일본 지진 ${text}` }] })

  test("NL-Alert 2019: a newspaper's number is refused where the emergency number belongs", () => {
    const notAllowed = found('088-0139999')
    expect(detailsOf(() => check(saying('088-0139999'), { notAllowed }))).toEqual([['number-not-allowed', '/infos/0']])
    expect(check(saying('088-0139999'), { notAllowed, confirmed: ['contacts'] })).toEqual([
      ['number-not-allowed', '/infos/0'],
    ])
  })

  test('a link to a host that nobody allowed', () => {
    const notAllowed = found('bit.ly/x')
    expect(detailsOf(() => check(saying('bit.ly/x'), { notAllowed }))).toEqual([['url-not-allowed', '/infos/0']])
  })

  test('UK 2023: a word that is misspelt is refused, also in what would take the alert back', () => {
    expect(detailsOf(() => check(saying('대파소로 가세요')))).toEqual([['term-misspelt', '/infos/0']])
    const alert = sample({}, whole)
    const corrections = { cancel: { ko: '대파소로 가지 마세요' }, allClear: { ko: '해제' } }
    expect(detailsOf(() => checkContent(alert, corrections, context()))).toEqual([
      ['term-misspelt', '/corrections/cancel/ko'],
    ])
    expect(check(saying('대파소로 가세요'), { confirmed: ['spelling'] })).toEqual([['term-misspelt', '/infos/0']])
  })
})
