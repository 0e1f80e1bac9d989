import { describe, expect, test } from 'vitest'
import type { Language } from '../../src/entry/fields.ts'
import { levelOf, levelOfParts } from '../../src/entry/levels.ts'
import type { EntrySources, StandingLevel, Whither } from '../../src/entry/model.ts'
import type { TextKind } from '../../src/entry/policy.ts'
import { entryTextsFor } from '../../src/entry/texts.ts'
import { campaign, nameOf, sources, template } from './ground.ts'

const at = new Date('2026-11-22T00:00:00Z')
const all: readonly TextKind[] = ['mission', 'level', 'campaign']
const inside = (...countries: string[]): Whither => ({ countries, regions: [] })
const told = (where: Whither, more: Partial<EntrySources>, kinds = all, language: Language = 'ko', when = at) =>
  entryTextsFor(where, when, language, kinds, { ...sources, ...more }, nameOf).map(({ text }) => text)

const row = (id: number, area: string, level: StandingLevel['level'], special = false): StandingLevel => ({
  id,
  country: area.slice(0, 2),
  area: area.startsWith('JP:') ? area.slice(3) : area,
  level,
  special,
})

describe('the text about the mission', () => {
  const general = [template('*', '{country}: {contacts}.{localHelp}'), template('**', '{callCentre}{localHelp}')]

  test('names the mission with its number, and the country with its emergency numbers', () => {
    expect(told(inside('JP'), { templates: general })).toEqual([
      '일본: 주일본대사관 +81-3-3452-7611, 영사콜센터 +82-2-3210-0404(24시간). 현지 경찰 110, 구급·화재 119.',
    ])
  })

  test('has the call centre put through to a mission without a number, and never the same number twice', () => {
    expect(told(inside('MN'), { templates: general })).toEqual([
      '몽골: 영사콜센터 +82-2-3210-0404(24시간, 주몽골대사관 연결).',
    ])
  })

  test('is the general one where there is no mission, and one number for all stands once', () => {
    expect(told(inside('IS'), { templates: general })).toEqual(['+82-2-3210-0404 현지 긴급전화 112.'])
  })

  test('is for several countries the one that names none of them', () => {
    const templates = [...general, template('GP', 'Guadeloupe'), template('JP', 'Japan')]
    expect(told(inside('GP', 'MF'), { templates })).toEqual(['+82-2-3210-0404'])
    expect(told(inside('CN', 'JP'), { templates })).toEqual(['+82-2-3210-0404'])
  })

  test('is that of the most special region, else of the country, else the general one', () => {
    const here: Whither = { countries: ['JP'], regions: ['JP-W', 'JP-17'] }
    const templates = [...general, template('JP', 'country'), template('JP-W', 'wide'), template('JP-17', 'narrow')]
    expect(told(here, { templates })).toEqual(['narrow'])
    expect(told(here, { templates: templates.slice(0, 4) })).toEqual(['wide'])
    expect(told({ ...here, regions: ['JP-13'] }, { templates })).toEqual(['country'])
    expect(told(inside('JP'), { templates })).toEqual(['country'])
  })

  test('gives way to a wider one where a field has no value: no gap is ever sent', () => {
    const templates = [template('MN', '{phone}!'), template('*', '{emergency}!'), template('**', 'general')]
    expect(told(inside('MN'), { templates })).toEqual(['general'])
    expect(told(inside('MN'), { templates: templates.slice(0, 2) })).toEqual([])
  })

  test('is in his language from a wider area before it is in the other, and in that before there is none', () => {
    const hello = template('**', 'Hello {country}', { language: 'en' })
    const templates = [...general, template('JP', '일본'), hello]
    expect(told(inside('JP'), { templates }, all, 'en')).toEqual(['Hello JP'])
    expect(told(inside('JP'), { templates }, all, 'ko')).toEqual(['일본'])
    expect(told(inside('IS'), { templates: [hello] }, all, 'ko')).toEqual(['Hello IS'])
    const [text] = entryTextsFor(inside('JP'), at, 'en', all, { ...sources, templates: templates.slice(0, 3) }, nameOf)
    expect(text).toMatchObject({ text: '일본', language: 'ko', key: 'mission:JP:ko' })
  })
})

describe('the text about the travel alert', () => {
  const level = (n: 1 | 2 | 3 | 4 | null, special = false) =>
    template('**', `L${n ?? '-'}${special ? 'S' : ''} {where}${n ? ' {level}' : ''}{parts}`, {
      kind: 'level',
      level: n,
      special,
    })
  const templates = [level(1), level(2), level(3), level(4), level(null, true), level(null)]
  const of = (levels: StandingLevel[], where = inside('JP')) => told(where, { templates, levels }, ['level'])

  test('is another one for each level, and says the level', () => {
    expect(of([row(1, 'JP', 1)])).toEqual(['L1 일본 1단계(여행유의)'])
    expect(of([row(1, 'JP', 3)])).toEqual(['L3 일본 3단계(출국권고)'])
    expect(of([row(1, 'JP', 4)])).toEqual(['L4 일본 4단계(여행금지)'])
    expect(of([])).toEqual([])
  })

  test('is that of the special advisory above level 2, and yields to 3 and 4', () => {
    expect(of([row(1, 'JP', null, true)])).toEqual(['L-S 일본'])
    expect(of([row(1, 'JP', 2, true)])).toEqual(['L-S 일본'])
    expect(of([row(1, 'JP', 3, true)])).toEqual(['L3 일본 3단계(출국권고)'])
    const both = [...templates, template('JP', 'both {level} {special}', { kind: 'level', level: 2, special: true })]
    expect(told(inside('JP'), { templates: both, levels: [row(1, 'JP', 2, true)] }, ['level'])).toEqual([
      'both 2단계(여행자제) 특별여행주의보',
    ])
  })

  test('tells who is in a region of that region, and the others that parts of the country are worse', () => {
    const levels = [row(1, 'JP', 1), row(2, 'JP-17', 4), row(3, 'JP:drawn', 3)]
    expect(of(levels)).toEqual(['L1 일본 1단계(여행유의) 일부 지역은 4단계(여행금지)입니다.'])
    expect(of(levels, { countries: ['JP'], regions: ['JP-17'] })).toEqual(['L4 일본(현재 계신 지역) 4단계(여행금지)'])
    expect(of([row(1, 'JP', 2), row(2, 'JP-17', null, true)])).toEqual([
      'L2 일본 2단계(여행자제) 일부 지역은 특별여행주의보입니다.',
    ])
    expect(of([row(2, 'JP-17', 3)])).toEqual(['L- 일본 일부 지역은 3단계(출국권고)입니다.'])
    expect(of([row(2, 'JP-17', 3)], { countries: ['JP'], regions: ['JP-13'] })).toEqual([
      'L- 일본 일부 지역은 3단계(출국권고)입니다.',
    ])
  })

  test('is sent for several countries only where all have the same', () => {
    expect(of([row(1, 'GP', 2), row(2, 'MF', 2)], inside('GP', 'MF'))).toEqual(['L2 과들루프/생마르탱 2단계(여행자제)'])
    expect(of([row(1, 'GP', 2), row(2, 'MF', 3)], inside('GP', 'MF'))).toEqual([])
    expect(of([row(1, 'GP', 2)], inside('GP', 'MF'))).toEqual([])
    expect(of([row(1, 'GP', 2), row(2, 'MF', 2), row(3, 'MF-1', 4)], inside('GP', 'MF'))).toEqual([])
  })

  test('is the other language’s where his has none of that level, and of no lesser one', () => {
    const english = template('**', 'level 1: {level}', { kind: 'level', level: 1, language: 'en' })
    const tell = (levels: StandingLevel[]) =>
      told(inside('JP'), { templates: [...templates, english], levels }, ['level'], 'en')
    expect(tell([row(1, 'JP', 1)])).toEqual(['level 1: level 1 (caution)'])
    expect(tell([row(1, 'JP', 3)])).toEqual(['L3 일본 3단계(출국권고)'])
    expect(tell([])).toEqual([])
  })

  test('tells which rows it was made of', () => {
    const levels = [row(7, 'JP', 1), row(8, 'JP-17', 4), row(9, 'CN', 2)]
    const [text] = entryTextsFor(inside('JP'), at, 'ko', ['level'], { ...sources, templates, levels }, nameOf)
    expect(text).toMatchObject({ templateId: templates[0]?.id, levelIds: [7, 8], key: 'level:JP:ko' })
  })
})

test('the level of several countries is the gravest, for whoever must be woken', () => {
  const levels = [row(1, 'GP', 1), row(2, 'MF', 4, true), row(3, 'JP', 3)]
  expect(levelOf(inside('GP', 'MF'), levels)).toEqual({ level: 4, special: true, regional: false, ids: [2, 1] })
  expect(levelOf(inside('IS'), levels)).toEqual({ level: null, special: false, regional: false, ids: [] })
  expect(levelOfParts(inside('JP'), levels)).toMatchObject({ level: null, special: false, ids: [] })
})

describe('campaigns', () => {
  test('are told from their start until before their end, where they are meant for', () => {
    const campaigns = [campaign('dengue', ['JP', 'CN'])]
    const when = (time: string) => told(inside('JP'), { campaigns }, all, 'ko', new Date(time))
    expect(when('2026-10-31T23:59:59Z')).toEqual([])
    expect(when('2026-11-01T00:00:00Z')).toEqual(['dengue 일본'])
    expect(when('2026-11-30T23:59:59Z')).toEqual(['dengue 일본'])
    expect(when('2026-12-01T00:00:00Z')).toEqual([])
    expect(told(inside('IS'), { campaigns })).toEqual([])
    expect(told(inside('CN', 'JP'), { campaigns })).toEqual(['dengue 중국/일본'])
    expect(told(inside('CN', 'IS'), { campaigns })).toEqual([])
    const regional = [campaign('local', ['JP-17'])]
    expect(told(inside('JP'), { campaigns: regional })).toEqual([])
    expect(told({ countries: ['JP'], regions: ['JP-17'] }, { campaigns: regional })).toEqual(['local 일본'])
  })

  test('are told in the other language where there is none in his', () => {
    const campaigns = [campaign('korean', ['JP'], { texts: { ko: '{country} 뎅기열' } }), campaign('both', ['JP'])]
    expect(told(inside('JP'), { campaigns }, all, 'en')).toEqual(['both in JP', '일본 뎅기열'])
  })

  test('fill what room the set of four has, the newest first, and the policy has the order', () => {
    const day = (n: number) => new Date(`2026-11-0${n}T00:00:00Z`)
    const campaigns = [1, 2, 3, 4, 5].map((n) => campaign(`c${n}`, ['*'], { startsAt: day(n), texts: { ko: `c${n}` } }))
    const templates = [template('**', 'mission'), template('**', 'level', { kind: 'level', level: 1 })]
    const levels = [row(1, 'JP', 1)]
    expect(told(inside('JP'), { campaigns, templates, levels })).toEqual(['mission', 'level', 'c5', 'c4'])
    expect(told(inside('JP'), { campaigns, templates })).toEqual(['mission', 'c5', 'c4', 'c3'])
    expect(told(inside('JP'), { campaigns, templates, levels }, ['campaign', 'mission'])).toEqual([
      'c5',
      'c4',
      'c3',
      'mission',
    ])
    expect(told(inside('JP'), { campaigns, templates, levels }, ['level'])).toEqual(['level'])
  })
})
