import { expect, test } from 'vitest'
import { countryName, duration, percent } from '../../src/reporting/figures.ts'
import { html } from '../../src/reporting/html/markup.ts'
import { failuresShown, groupsToMerge } from '../../src/reporting/small-counts.ts'
import { timesUpTo } from '../../src/reporting/time-steps.ts'

test.each([
  [null, '–'],
  [0, '0 s'],
  [1.234, '1.23 s'],
  [119.9, '120 s'],
  [200, '3 min 20 s'],
  [599.7, '10 min'],
  [3_599, '1 h'],
  [7_500, '2 h 5 min'],
  [86_400, '1 d'],
  [275_000, '3 d 4 h'],
])('%s seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

test('a share is never rounded up to all', () => {
  expect(percent(999_999, 1_000_000)).toBe('99.9 %')
  expect(percent(1, 1)).toBe('100.0 %')
  expect(percent(0, 0)).toBe('–')
})

test('a country is named, several are each, and what is none stays as it is', () => {
  expect(countryName('JP')).toBe('Japan (JP)')
  expect(countryName('GP/MQ')).toBe('Guadeloupe (GP) or Martinique (MQ)')
  expect(countryName('<b>')).toBe('<b>')
  expect(countryName('')).toBe('not known')
})

test('times go up to what they have to hold, in round steps of which there are forty at the most', () => {
  expect(timesUpTo(0)).toEqual([0, 0.5])
  expect(timesUpTo(3)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3])
  for (const seconds of [7, 61, 3_599, 3_601, 100_000, 40 * 86_400, 40 * 86_400 + 1, 400 * 86_400]) {
    const times = timesUpTo(seconds)
    expect(times.at(-1)).toBeGreaterThanOrEqual(seconds)
    expect(times.at(-2)).toBeLessThan(seconds)
    expect(times.length).toBeLessThanOrEqual(41)
  }
})

test.each([
  [{ JP: 9, FR: 5 }, []],
  [{ JP: 9, FR: 4 }, ['FR', 'JP']],
  [{ JP: 9, FR: 6, FJ: 4 }, ['FJ', 'FR']],
  [{ JP: 9, FR: 3, FJ: 4 }, ['FJ', 'FR']],
  [{ JP: 2 }, ['JP']],
])('of %j these go together: %j', (sums, merged) => {
  expect([...groupsToMerge(new Map(Object.entries(sums)))].sort()).toEqual(merged)
})

test('of failures nobody is shown a cause, or a carrier within one, of fewer than five people', () => {
  const failed = (carrier: string | null, cause: string, n: number, state = 'failed') => ({ carrier, state, cause, n })
  expect(
    failuresShown([
      failed('north', 'absent', 5_000),
      failed('south', 'absent', 3),
      failed('north', 'full', 40),
      failed('south', 'full', 30),
      failed('east', 'full', 4),
      failed('north', 'barred', 4),
      failed(null, 'no way', 9, 'suppressed'),
      failed('east', 'late', 2, 'expired'),
      failed('south', 'late', 1, 'expired'),
    ]),
  ).toEqual([
    // South alone would be the cause less north.
    failed('*', 'absent', 5_003),
    failed('north', 'full', 40),
    failed('*', 'full', 34),
    failed(null, 'no way', 9, 'suppressed'),
    failed('*', 'causes of fewer than five people each', 4),
    failed('*', 'causes of fewer than five people each', 3, 'expired'),
  ])
})

test('what is put into HTML is text, also what no document may hold', () => {
  expect(html`<p title="${'"'}">${['<b>', 1, null, false, undefined]}${html`<i/>`}</p>`.source).toBe(
    '<p title="&quot;">&lt;b&gt;1<i/></p>',
  )
  expect(html`${'a\u0000b\ud800c\u000bd\ufffe\n😀'}`.source).toBe('a\ufffdb\ufffdc\ufffdd\ufffd\n😀')
})
