import type { TravelLevel } from './policy.ts'

/** How people name a level without its field: the ministry's figures, names and colours, and ours in English. */
const words: Readonly<Record<TravelLevel, readonly string[]>> = {
  1: ['(?:1|일) ?단계', '단계 ?1', '여행 ?유의', '남색 ?경보', 'level ?(?:1|one)', 'travel caution', '\\(caution\\)'],
  2: [
    '(?:2|이) ?단계',
    '단계 ?2',
    '여행 ?자제',
    '황색 ?경보',
    'level ?(?:2|two)',
    'travel restraint',
    '\\(restraint\\)',
  ],
  3: ['(?:3|삼) ?단계', '단계 ?3', '(?:출국|철수) ?권고', '적색 ?경보', 'level ?(?:3|three)', '\\(leave\\)'],
  // None is graver.
  4: [],
}
const special = ['특별 ?여행 ?주의보', 'special travel advisory']

/** A figure or an English word is one by itself; a Korean word has its particles behind it. */
const patternOf = (alternatives: readonly string[]) =>
  new RegExp(`(?<![\\p{Script=Latin}\\p{N}])(?:${alternatives.join('|')})(?![a-z0-9])`, 'giu')

/**
 * Words of a text that name a lesser level than its own, as they stand in it; the special advisory stands between 2 and 3. Of a graver one it may
 * speak: parts of the country have it.
 */
export function lesserNamed(text: string, of: { level: TravelLevel | null; special: boolean }): string[] {
  const plain = text.normalize('NFKC').replace(/\s+/g, ' ')
  const own = of.level ?? (of.special ? 3 : 0)
  const lesser = ([1, 2, 3] as const).filter((level) => level < own).flatMap((level) => words[level])
  const all = own >= 3 && !of.special ? [...lesser, ...special] : lesser
  return all.length === 0 ? [] : [...new Set(plain.match(patternOf(all)))]
}
