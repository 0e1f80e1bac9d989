import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { type LockedTerm, nearMisses, oneEdit, termsOf } from '../../src/alerts/locked-terms.ts'
import { messageText } from '../../src/alerts/text.ts'

const sql = readFileSync(new URL('../../migrations/0020_control.sql', import.meta.url), 'utf8')
/** The terms that come with the engine. */
const terms: LockedTerm[] = [...sql.matchAll(/^ {2}\('(\w+)', '([^']+)', '([\w-]+)'\)/gm)].map(
  ([, language, term, meaning]) => ({ language, term, meaning }) as LockedTerm,
)

const missed = (language: string, text: string) =>
  nearMisses(text, language, terms).map(({ found, term }) => `${found}: ${term}`)

test('there are terms for the same dangers in both languages', () => {
  const meanings = (language: string) =>
    new Set(terms.filter((one) => one.language === language).map((one) => one.meaning))
  expect(terms.length).toBeGreaterThan(80)
  for (const meaning of ['earthquake', 'tsunami', 'flood', 'unrest', 'terror', 'disease', 'evacuation']) {
    expect(meanings('ko')).toContain(meaning)
    expect(meanings('en')).toContain(meaning)
  }
})

describe('a word that is nearly a term', () => {
  test.each([
    ['en', 'Tsunmai danger', 'tsunmai: tsunami'],
    ['en', 'An EARTHQAKE struck', 'earthqake: earthquake'],
    ['en', 'Evacuatte now', 'evacuatte: evacuate'],
    ['en', 'Call the embasy', 'embasy: embassy'],
    ['ko', '지진헤일 위험', '지진헤일: 지진해일'],
    ['ko', '지해일이 옵니다', '지해일: 지진해일'],
    ['ko', '즉시 대파소로 이동', '대파소: 대피소'],
    ['ko', '주일대시관 안내', '대시관: 대사관'],
    ['ko', '영사콜센타 +82-2-3210-0404', '영사콜센타: 영사콜센터'],
  ])('%s: %s', (language, text, found) => {
    expect(missed(language, text)).toEqual([found])
  })

  test('of decomposed Hangul is found as well', () => {
    expect(missed('ko', '지진헤일'.normalize('NFD'))).toEqual(['지진헤일: 지진해일'])
  })
})

describe('is none', () => {
  test.each([
    ['the word itself, in any case', 'en', 'TSUNAMI, Tsunami and tsunami'],
    ['an inflection', 'en', 'earthquakes, evacuated, evacuates, shelters, embassies, flooded, volcanoes'],
    ['another word that is a term', 'en', 'protect yourself at the protest; terrorism and terrorist'],
    ['a short word: flood and floor', 'en', 'Go to an upper floor; sent in error'],
    ['a particle', 'ko', '지진해일이 대피소로부터 쓰나미를 대사관에서'],
    ['what a shorter term begins', 'ko', '대피로를 따라 대피하고 대피시설로 이동'],
    ['a compound of terms', 'ko', '총영사관 영사관 주일대한민국대사관 지진피해 여진'],
    ['a word of another language', 'ja', 'tsunmai 대피서'],
  ])('%s', (_, language, text) => {
    expect(missed(language, text)).toEqual([])
  })

  test('any word of alerts that are right', () => {
    const folder = new URL('../../docs/examples/', import.meta.url)
    const alerts = readdirSync(folder)
      .filter((file) => file.endsWith('.xml'))
      .map((file) => parseCapXml(readFileSync(new URL(file, folder))).alert)
    const texts = alerts.flatMap((alert) =>
      alert.infos.flatMap((info) =>
        [messageText(alert, info), info.description ?? ''].flatMap((text) => missed(info.language, text)),
      ),
    )
    expect(alerts.length).toBeGreaterThan(2)
    expect(texts).toEqual([])
  })
})

test('a text has the terms that stand in it', () => {
  expect(termsOf('노토반도 강진 발생', 'ko-KR', terms).map(({ meaning }) => meaning)).toEqual(['earthquake'])
  expect(termsOf('Magnitude 7 Earthquake', 'en', terms).map(({ meaning }) => meaning)).toEqual(['earthquake'])
  expect(termsOf('Nothing of the kind', 'en', terms)).toEqual([])
})

test.each([
  ['abc', 'abd', true],
  ['abc', 'ab', true],
  ['abc', 'xabc', true],
  ['abcd', 'acbd', true],
  ['abc', 'abc', false],
  ['abcd', 'badc', false],
  ['abc', 'a', false],
])('one edit from %s to %s: %s', (a, b, one) => {
  expect([oneEdit(a, b), oneEdit(b, a)]).toEqual([one, one])
})
