import { describe, expect, it } from 'vitest'
import type { Info, Status } from '../../src/alerts/model.ts'
import { markOf, messageText, pickInfo } from '../../src/alerts/text.ts'
import { demoCap, problemOf, sampleInfo } from './sample.ts'

const text = (info: Partial<Info>, status: Status = 'Actual') => messageText({ status }, sampleInfo(info))
const parameters = (values: Record<string, string>) => ({
  parameter: Object.entries(values).map(([valueName, value]) => ({ valueName, value })),
})

describe('the text of an info', () => {
  it('is SMS, else CMAMlongtext, else CMAMtext, else headline and instruction', () => {
    expect(text(parameters({ CMAMtext: 'short', CMAMlongtext: 'long', SMS: 'sms' }))).toBe('sms')
    expect(text(parameters({ CMAMtext: 'short', CMAMlongtext: 'long' }))).toBe('long')
    expect(text(parameters({ CMAMtext: 'short' }))).toBe('short')
    expect(text({})).toBe('강진\n대피하세요')
  })

  it('passes over a parameter that says nothing', () => {
    expect(text(parameters({ SMS: ' \n ', CMAMtext: 'short' }))).toBe('short')
  })

  it('keeps the lines of a parameter without the indentation of the file', () => {
    expect(text(parameters({ SMS: '\n      one  two\r\n\n      three\n    ' }))).toBe('one  two\n\nthree')
  })

  it('unwraps headline and instruction to a line each', () => {
    expect(text({ headline: 'Strong\n   quake', instruction: ' Go\tup ' })).toBe('Strong quake\nGo up')
  })

  it('does without a missing headline or instruction, not without both', () => {
    const { headline: _, ...noHeadline } = sampleInfo()
    const { instruction: __, ...neither } = noHeadline
    expect(messageText({ status: 'Actual' }, noHeadline)).toBe('대피하세요')
    expect(problemOf(() => messageText({ status: 'Actual' }, neither)).code).toBe('alert-without-text')
  })

  it('composes decomposed Hangul', () => {
    expect(text(parameters({ SMS: '대피'.normalize('NFD') }))).toBe('대피')
    expect(text({ headline: '대피'.normalize('NFD'), instruction: '' })).toBe('대피')
  })

  it('is marked in its language unless it is Actual', () => {
    const sms = parameters({ SMS: 'x' })
    expect(text({ ...sms, language: 'ko-KR' }, 'Exercise')).toBe('[훈련] x')
    expect(text({ ...sms, language: 'ko' }, 'Test')).toBe('[시험] x')
    expect(text({ ...sms, language: 'ja' }, 'Exercise')).toBe('[訓練] x')
    expect(text({ ...sms, language: 'sw' }, 'Exercise')).toBe('[EXERCISE] x')
    expect(text({ ...sms, language: 'sw' }, 'Test')).toBe('[TEST] x')
    expect(markOf('Actual', 'ko')).toBeUndefined()
  })

  it('is not marked twice', () => {
    expect(text(parameters({ SMS: '[훈련] 대피' }), 'Exercise')).toBe('[훈련] 대피')
  })
})

describe('the language for a person', () => {
  const infos = ['en-US', 'ko', 'zh-Hant', 'zh-Hans', 'pt-BR'].map((language) => sampleInfo({ language }))
  const picked = (language?: string) => pickInfo({ infos }, language)?.language

  it.each([
    ['zh-Hans', 'zh-Hans'],
    ['ZH-HANS', 'zh-Hans'],
    ['zh-Hans-CN', 'zh-Hans'],
    ['ko-KR', 'ko'],
    ['pt', 'pt-BR'],
    ['pt-PT', 'pt-BR'],
    ['zh', 'zh-Hant'],
    ['de', 'en-US'],
    ['', 'en-US'],
    [undefined, 'en-US'],
  ])('for %s is %s', (wanted, language) => {
    expect(picked(wanted)).toBe(language)
  })

  it('is none without infos', () => {
    expect(pickInfo({ infos: [] }, 'ko')).toBeUndefined()
  })
})

describe('the alerts of the demo', () => {
  it.each(['noto-alert', 'noto-update', 'noto-all-clear'])('%s fits two segments in every language', (name) => {
    const alert = demoCap(name)
    expect(alert.infos.map(({ language }) => language)).toEqual(['ko', 'en', 'ja'])
    for (const info of alert.infos) {
      const length = messageText(alert, info).length
      // 2 x 67 UCS-2 characters, 2 x 153 septets.
      expect(length).toBeLessThanOrEqual(info.language === 'en' ? 306 : 134)
      expect(length).toBeGreaterThan(info.language === 'en' ? 160 : 70)
    }
  })
})
