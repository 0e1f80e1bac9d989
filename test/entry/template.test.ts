import { describe, expect, test } from 'vitest'
import { notAllowed } from '../../src/entry/allow-list.ts'
import { type CampaignDraft, checkCampaign } from '../../src/entry/campaign-draft.ts'
import { plainName } from '../../src/entry/plain-name.ts'
import { checkTemplate, type TemplateDraft } from '../../src/entry/template.ts'
import type { Ground } from '../../src/entry/where.ts'
import { countryCodes, nameOf } from '../../src/geo/iso3166.ts'
import { Problem } from '../../src/lib/problem.ts'
import { codings } from '../../src/smpp/text/codings.ts'
import { ground, template } from './ground.ts'

const draft = (more: Partial<TemplateDraft>): TemplateDraft => ({
  area: 'JP',
  kind: 'mission',
  level: null,
  special: false,
  texts: { ko: '{country} {contacts}' },
  ...more,
})

/** Codes and places of what is wrong. */
function wrong(work: () => void): Problem[] {
  try {
    work()
    return []
  } catch (error) {
    return [...(error as Problem).details]
  }
}
const refused = (more: Partial<TemplateDraft>, on: Ground = ground) => wrong(() => checkTemplate(draft(more), on))
const codes = (problems: Problem[]) => problems.map(({ code, where }) => `${code} ${where}`)
const text = (ko: string) => ({ texts: { ko } })

describe('a template is refused', () => {
  test('with a field that is not known, and the nearest', () => {
    const [problem] = refused(text('{contry} {contacts}'))
    expect(problem).toMatchObject({ code: 'entry-field-unknown', where: '/texts/ko', hint: 'Did you mean "country"?' })
  })

  test('with a field without a name, and a brace without a counterpart', () => {
    expect(codes(refused(text('{} {contacts}')))).toEqual(['entry-field-empty /texts/ko'])
    expect(codes(refused(text('{country} {contacts')))).toEqual(['entry-field-open /texts/ko'])
    expect(codes(refused(text('country} {contacts}')))).toEqual(['entry-field-open /texts/ko'])
  })

  test('with a field that says nothing in its kind', () => {
    expect(codes(refused(text('{level} {contacts}')))).toEqual(['entry-field-elsewhere /texts/ko'])
  })

  test('with a field that has no value in one of the places where it may be used', () => {
    expect(codes(refused(text('{phone}')))).toEqual([])
    const [problem] = refused({ area: 'MN', ...text('{phone}') })
    expect(problem?.line).toContain('{phone} has no value in MN, of 1 places')
    const both = { ko: '{phone} {emergency}', en: 'help' }
    expect(refused({ area: '*', texts: both }).map(({ message }) => message)).toEqual([
      '{phone} has no value in MN, of 2 places where the text may be used',
      '{emergency} has no value in MN, of 2 places where the text may be used',
    ])
    expect(codes(refused({ area: '**', texts: { ko: '{mission}', en: 'help' } }))).toEqual([
      'entry-field-without-value /texts/ko',
    ])
    expect(refused({ area: '**', texts: { ko: '{country}{localHelp} {contacts}', en: '{callCentre}' } })).toEqual([])
  })

  test('that is empty, or where there is none', () => {
    expect(codes(refused(text(' \n')))).toEqual(['entry-text-empty /texts/ko'])
    expect(codes(refused({ texts: {} }))).toEqual(['entry-template-shape /texts'])
  })

  test('with characters that nobody sees: between digits they would hide a number', () => {
    for (const hidden of ['1\u200b1\u200b2', '\u202e', '\0', '\t', '\u00ad']) {
      expect(codes(refused(text(`{contacts} ${hidden}`))), hidden).toEqual(['entry-text-invisible /texts/ko'])
    }
    expect(refused(text('{contacts}\n{country}'))).toEqual([])
  })

  test('whose general text misses a language, or is taken back', () => {
    for (const area of ['*', '**']) {
      expect(codes(refused({ area, ...text('{callCentre}') }))).toEqual(['entry-language-missing /texts/en'])
      for (const texts of [{ ko: null, en: null }, { ko: null }, { ko: '{callCentre}', en: null }]) {
        expect(codes(refused({ area, texts }))).toEqual(['entry-general-text /texts'])
      }
    }
    expect(codes(refused({ texts: { ko: '{callCentre}', ja: '{callCentre}' } }))).toEqual(['entry-language /texts/ja'])
    expect(refused({ texts: { ko: null } })).toEqual([])
  })

  test('of an area that is none, with the nearest', () => {
    expect(codes(refused({ area: 'QQ' }))).toEqual(['entry-area /area'])
    expect(refused({ area: 'JP-17' })).toEqual([])
    expect(codes(refused({ area: 'JP-99' }))).toEqual(['entry-area /area'])
  })

  test('over four segments with the longest values of its places', () => {
    // 267 characters and the name of the country, 268 being four segments.
    const body = `${'가'.repeat(266)}{country}`
    expect(refused(text(body))).toEqual([])
    const [problem] = refused({ area: '**', texts: { ko: body, en: 'x' } })
    expect(problem).toMatchObject({ code: 'entry-text-too-long', where: '/texts/ko' })
    expect(problem?.message).toContain('5 segments (275 characters) in GP/MF')
  })

  test('that a carrier cannot write, with what the carrier says', () => {
    const deaf: Ground = {
      ...ground,
      segmentsOf: () => {
        throw new Problem('text-not-encodable', 'U+AC00 cannot be written, at the carrier north')
      },
    }
    const [problem] = refused({}, deaf)
    expect(problem).toMatchObject({ code: 'text-not-encodable', status: 422, where: '/texts/ko' })
    expect(problem?.message).toBe(
      'U+AC00 cannot be written, at the carrier north (the Korean text, in JP, by {country}, {contacts})',
    )
  })

  test('that a carrier cannot write, with the language, the place and the field that it comes from', () => {
    const picky = (letter: string): Ground => ({
      ...ground,
      segmentsOf: (text) => {
        if (text.includes(letter)) throw new Problem('text-not-encodable', `No ${letter}`)
        return 1
      },
    })
    const texts = { ko: '{country} {contacts}', en: 'In {country}: {contacts}' }
    const said = (letter: string) => refused({ texts }, picky(letter)).map(({ message }) => message)
    expect(said('본')).toEqual(['No 본 (the Korean text, in JP, by {country}, {contacts})'])
    expect(said('E')).toEqual(['No E (the English text, in JP, by {contacts})'])
    expect(said('I')).toEqual(['No I (the English text, in JP)'])
  })

  test('for no accent of a country that no operator wrote: English names go out in ASCII', () => {
    const named = { ...ground, nameOf: () => 'Côte d’Ivoire' }
    const measured: string[] = []
    const on: Ground = { ...named, segmentsOf: (text) => measured.push(text) && 1 }
    expect(refused({ texts: { en: '{country}: {where}' }, kind: 'level', level: 1 }, on)).toEqual([])
    expect(measured).toEqual(["Cote d'Ivoire: your part of Cote d'Ivoire"])
    for (const country of countryCodes()) {
      expect(plainName(nameOf(country, 'en')), country).toMatch(/^[ -~]+$/)
      // The names in Korean: KS X 1001 has 2350 of 11,172 syllables.
      for (const char of nameOf(country, 'ko')) expect(codings.ksx1001.encode(char), country).toBeDefined()
    }
  })

  test('with a level where it is of none', () => {
    expect(codes(refused({ level: 3 }))).toEqual(['entry-template-shape /level'])
  })
})

describe('a number or an address in a text', () => {
  const of = (area: string, ko: string) => refused({ area, ...text(ko) }).map(({ message }) => message)
  const no = (what: string) => [`"${what}" is no number or address that is allowed here`]

  test('is that of the country: its missions, its emergency services, the call centre', () => {
    expect(of('JP', '+81-3-3452-7611 +81 25 255 5555 110, 119 +82-2-3210-0404')).toEqual([])
    expect(of('JP', '120')).toEqual(no('120'))
    expect(of('CN', '120')).toEqual([])
    expect(of('JP', '+81-3-3452-7612')).toEqual(no('+81-3-3452-7612'))
    expect(of('MN', '+81-3-3452-7611')).toEqual(no('+81-3-3452-7611'))
    expect(of('JP', '１２０')).toEqual(no('120'))
  })

  test('is in a general text the call centre alone', () => {
    const general = refused({ area: '*', texts: { ko: '110', en: '+82-2-3210-0404' } })
    expect(codes(general)).toEqual(['entry-not-allowed /texts/ko'])
  })

  test('is on a host of the ministry, or below it, and nothing that only looks like it', () => {
    expect(of('JP', 'https://www.0404.go.kr/dev/main.mofa mofa.go.kr overseas.mofa.go.kr/jp-ko')).toEqual([])
    for (const url of [
      'https://evil.example/mofa.go.kr',
      'https://mofa.go.kr@evil.example/',
      'notmofa.go.kr',
      'mofa.go.kr.evil.com',
      'bit.ly/3xYz',
      'www.example.com',
      'http://외교부.한국',
      '피싱.com',
      '외교부.한국',
    ]) {
      expect(of('JP', `보기 ${url}`), url).toEqual(no(url))
    }
  })

  test('is no number to dial where it is a quantity, a year or a date', () => {
    const allowed = { numbers: new Set<string>(), hosts: [] }
    for (const fine of [
      '24시간',
      '2026년 11월',
      '2026-11-22',
      '11/22',
      '5,000',
      '300명',
      '50%',
      '09:00-18:00',
      '22:00 ~07:00',
      '매일 22:00-07:00, 11. 22. 9시',
      '1~4단계',
      '1~2주',
      '10-15 km',
      '2026. 11. 22. 09:00 ~ 2026. 12. 1. 18:00',
      '2026. 11. 22.~12. 1.',
      '11/22~12/1',
      '11. 22.',
      '2026년 11월 22일 9시 30분',
      '1, 2, 3',
      '5000원을',
      '100.5 km',
    ]) {
      expect(notAllowed(fine, allowed), fine).toEqual([])
    }
    for (const dialled of [
      '010-1234-5678',
      '1577-1366',
      '02 3210 0404',
      '112',
      '+1 202 939 5600',
      '(02)3210-0404',
      '10–20–30–40',
      '١١٢',
      '01:47:53:01:01',
      '1 1 9',
      '0100000999원',
      '010 1234 5678원',
      '010-1234-5678명',
    ]) {
      expect(notAllowed(dialled, allowed), dialled).not.toEqual([])
    }
    const known = { numbers: new Set(['82232100404']), hosts: [] }
    expect(notAllowed('영사콜센터 +82-2-3210-0404 원하시면 전화', known)).toEqual([])
  })

  test('is a number to dial where it is written in pairs or figure by figure', () => {
    const numbers = new Set(['110'])
    expect(notAllowed('대사관 01 47 53 01 01 로 전화', { numbers, hosts: [] })).toEqual(['01 47 53 01 01'])
    expect(notAllowed('전화 99 88 77 66', { numbers, hosts: [] })).toEqual(['99 88 77 66'])
    expect(notAllowed('1 3 4 5 6 7 8', { numbers, hosts: [] })).toEqual(['1 3 4 5 6 7 8'])
    expect(notAllowed('11. 22. 33. 44', { numbers, hosts: [] })).toEqual(['11. 22. 33. 44'])
    expect(notAllowed('110 22 33', { numbers, hosts: [] })).toEqual([])
    expect(notAllowed('1 1 0, 11 22', { numbers, hosts: [] })).toEqual([])
  })
})

describe('a text of a grave level', () => {
  const level = (n: TemplateDraft['level'], ko: string, more: Partial<TemplateDraft> = {}) =>
    refused({ kind: 'level', level: n, ...text(ko), ...more })

  test('of 3 or 4, or of the special advisory, has to say so', () => {
    expect(codes(level(3, '위험합니다.'))).toEqual(['entry-level-unsaid /texts/ko'])
    expect(codes(level(4, '위험합니다.'))).toEqual(['entry-level-unsaid /texts/ko'])
    expect(level(4, '{level} 위험합니다.')).toEqual([])
    expect(level(1, '조심하십시오.')).toEqual([])
    expect(codes(level(null, '위험합니다.', { special: true }))).toEqual(['entry-special-unsaid /texts/ko'])
    expect(level(null, '{special} 위험합니다.', { special: true })).toEqual([])
    expect(codes(level(null, '{level} 위험합니다.', { special: true }))).toEqual([
      'entry-field-without-value /texts/ko',
      'entry-special-unsaid /texts/ko',
    ])
  })

  test('names no lesser level, by figure, by name, by colour, in Korean or English', () => {
    for (const [n, word] of [
      [4, '1단계'],
      [4, '２ 단계'],
      [4, '삼단계'],
      [4, '여행유의'],
      [4, '여행 자제'],
      [4, '출국권고'],
      [4, '특별여행주의보'],
      [4, '황색경보'],
      [4, 'Level 1'],
      [4, 'level two'],
      [3, 'LEVEL 2'],
      [3, '여행자제'],
      [2, '1단계'],
    ] as const) {
      const problems = level(n, `${word} {level}`)
      expect(codes(problems), word).toEqual(['entry-level-lesser /texts/ko'])
      expect(problems[0]?.message).toBe(`"${word.normalize('NFKC')}" is of a lesser level than level ${n}`)
    }
    expect(level(4, '여행유의 1단계 {level}').map(({ message }) => message)).toHaveLength(2)
    expect(codes(level(null, '여행자제 {special}', { special: true }))).toEqual(['entry-level-lesser /texts/ko'])
    for (const [n, fine] of [
      [4, '여행경보 1~4단계 중 {level}'],
      [4, '4단계 {level} 여행금지'],
      [4, 'Level 4: {level}, levels 1 to 4'],
      [3, '{level} 일부 지역은 4단계'],
      [3, '{level} 여행을 자제하지 말고 출국하십시오. 11단계'],
      [2, '여행자제 2단계'],
      [1, '1단계 여행유의'],
    ] as const) {
      expect(level(n, fine), fine).toEqual([])
    }
    expect(level(3, '{level} {special}', { special: true })).toEqual([])
  })

  test('is not that of a lesser level with another number in it', () => {
    const templates = [template('**', '{country} 여행경보 {level}: 유의하십시오.', { kind: 'level', level: 2 })]
    const on = { ...ground, sources: { ...ground.sources, templates } }
    const same = { kind: 'level', level: 3, ...text('{where}, 여행경보 {level} 유의하십시오!') } as const
    expect(codes(refused(same, on))).toEqual(['entry-level-same /texts/ko'])
    expect(refused({ ...same, ...text('{where} 여행경보 {level}: 출국하십시오.') }, on)).toEqual([])
  })
})

describe('a campaign', () => {
  const now = new Date('2026-11-22T00:00:00Z')
  const campaign = (more: Partial<CampaignDraft>) =>
    codes(
      wrong(() =>
        checkCampaign(
          {
            name: 'dengue',
            areas: ['JP', 'CN'],
            texts: { ko: '{country} 뎅기열 유의', en: 'Dengue in {country}' },
            startsAt: new Date('2026-11-01T00:00:00Z'),
            endsAt: new Date('2026-12-01T00:00:00Z'),
            ...more,
          },
          now,
          ground,
        ),
      ),
    )

  test('has both languages, areas that exist, and an end that is to come within 366 days', () => {
    expect(campaign({})).toEqual([])
    expect(campaign({ areas: ['*'] })).toEqual([])
    expect(campaign({ texts: { ko: '뎅기열' } })).toEqual(['entry-language-missing /texts/en'])
    expect(campaign({ areas: ['JP', 'QQ', '**'] })).toEqual(['entry-area /areas/1', 'entry-area /areas/2'])
    expect(campaign({ endsAt: new Date('2026-10-01T00:00:00Z') })).toEqual(['entry-campaign-time /endsAt'])
    const starts = new Date('2026-12-10T00:00:00Z')
    expect(campaign({ startsAt: starts })).toEqual(['entry-campaign-time /endsAt'])
    expect(campaign({ startsAt: starts, endsAt: starts })).toEqual(['entry-campaign-time /endsAt'])
    expect(campaign({ endsAt: now })).toEqual(['entry-campaign-time /endsAt'])
    expect(campaign({ endsAt: new Date('2027-11-03T00:00:00Z') })).toEqual(['entry-campaign-time /endsAt'])
  })

  test('names numbers only that are right in all of its countries, and fields that have a value in each', () => {
    const ko = (body: string) => ({ texts: { ko: body, en: 'x' } })
    expect(campaign(ko('110'))).toEqual([])
    expect(campaign(ko('120'))).toEqual(['entry-not-allowed /texts/ko'])
    expect(campaign({ areas: ['*'], ...ko('110') })).toEqual(['entry-not-allowed /texts/ko'])
    expect(campaign(ko('{police}'))).toEqual([])
    expect(campaign({ areas: ['JP', 'MN'], ...ko('{police}') })).toEqual(['entry-field-without-value /texts/ko'])
    // 268 characters in GP, 273 in GP/MF, for which it is not meant.
    expect(campaign({ areas: ['GP', 'IS'], ...ko(`${'가'.repeat(262)}{country}`) })).toEqual([])
    expect(campaign({ areas: ['GP', 'MF'], ...ko(`${'가'.repeat(262)}{country}`) })).toEqual([
      'entry-text-too-long /texts/ko',
    ])
    expect(campaign(ko('{level}'))).toEqual(['entry-field-elsewhere /texts/ko'])
  })
})
