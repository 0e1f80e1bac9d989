import { describe, expect, test } from 'vitest'
import { BoundedMap } from '../../src/lib/bounded-map.ts'
import { parseDuration } from '../../src/lib/duration.ts'
import { maskMsisdn } from '../../src/lib/mask.ts'
import { didYouMean, likely, nearest } from '../../src/lib/nearest.ts'
import { NumberSet } from '../../src/lib/number-set.ts'
import { prng } from '../../src/lib/prng.ts'
import { Problem } from '../../src/lib/problem.ts'

describe('a duration', () => {
  test.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['1.5m', 90_000],
    ['72h', 259_200_000],
    ['2d', 172_800_000],
    ['0s', 0],
  ])('%s is read', (text, ms) => expect(parseDuration(text)).toBe(ms))

  test.each(['', '30', 's', '-1s', '1 s', '1w', '1S', '1e3s', ' 1s', '1.s'])('"%s" is refused', (text) => {
    const read = () => parseDuration(text, 'timers/response')
    expect(read).toThrow(Problem)
    expect(read).toThrow(expect.objectContaining({ code: 'bad-duration', where: 'timers/response' }))
  })
})

describe('a masked number', () => {
  test.each([
    ['821012345678', '8210******78'],
    ['8190123', '8190*23'],
    ['819012', '******'],
    ['1', '*'],
    ['', ''],
  ])('%s is shown as %s', (msisdn, shown) => expect(maskMsisdn(msisdn)).toBe(shown))
})

describe('the nearest name', () => {
  test.each([
    ['aprover', 'approver'],
    ['VIEWER', 'viewer'],
    ['viewr', 'viewer'],
    ['', undefined],
    ['zzzzzz', undefined],
  ])('of "%s" is %s', (word, found) => expect(nearest(word, ['viewer', 'composer', 'approver'])).toBe(found))

  test('is the first of equals, and none of nothing', () => {
    expect(nearest('ab', ['ac', 'ad'])).toBe('ac')
    expect(likely('ab', ['ac', 'abcdef', 'ad', 'ae', 'af'])).toEqual(['ac', 'ad', 'ae'])
    expect(nearest('ab', [])).toBeUndefined()
  })

  test('gives way to those that hold the word, where none is near', () => {
    const ids = ['jp-noto-2024-tsunami', 'us-lahaina-2023-fire', 'jp-noto-2024-intensity-6']
    expect(likely('Noto-2024', ids)).toEqual([ids[0], ids[2]])
    expect(likely('jp', ids)).toEqual([])
    expect(likely('x'.repeat(1_000_000), ids)).toEqual([])
    expect(didYouMean(likely('noto-2024', ids))).toBe(`Did you mean "${ids[0]}" or "${ids[2]}"?`)
    expect(didYouMean([])).toBeUndefined()
  })
})

describe('a bounded map', () => {
  test('holds the newest half at least, and never more than its capacity', () => {
    const map = new BoundedMap<number, number>(10)
    for (let i = 0; i < 1000; i++) {
      map.set(i, i * 2)
      for (let j = Math.max(0, i - 4); j <= i; j++) expect(map.get(j)).toBe(j * 2)
      let held = 0
      for (let j = 0; j <= i; j++) if (map.get(j) !== undefined) held++
      expect(held).toBeLessThanOrEqual(10)
    }
  })

  test('gives the newest value of a key', () => {
    const map = new BoundedMap<string, number>(4)
    map.set('a', 1)
    map.set('b', 1)
    map.set('c', 1)
    map.set('a', 2)
    expect(map.get('a')).toBe(2)
    expect(map.get('none')).toBeUndefined()
  })
})

describe('a set of numbers', () => {
  test('holds what was added, each once, as a Set does', () => {
    const random = prng(3)
    const [ours, reference] = [new NumberSet(), new Set<number>()]
    for (let i = 0; i < 50_000; i++) {
      // Neighbours, numbers that share their lower 32 bits, and the largest.
      const value = random.pick([
        821_000_000_000 + random.int(20_000),
        1 + random.int(2000) * 2 ** 32,
        2 ** 53 - random.int(3),
      ])
      expect(ours.add(value)).toBe(!reference.has(value))
      reference.add(value)
      expect(ours.size).toBe(reference.size)
    }
  })
})

describe('the seeded random source', () => {
  test('gives the same run for the same seed, and another for another', () => {
    const run = (seed: number) => {
      const random = prng(seed)
      return Array.from({ length: 50 }, () => [
        random.next(),
        random.int(10),
        random.pick(['a', 'b', 'c']),
        random.normal(),
      ])
    }
    expect(run(42)).toEqual(run(42))
    expect(run(42)).not.toEqual(run(43))
    // For good: seeds stand in tests and benches.
    expect(prng(1).next()).toBe(0.6270739405881613)
  })

  test('is even over its range, and normal where asked', () => {
    const random = prng(7)
    const counts = new Array<number>(10).fill(0)
    for (let i = 0; i < 20_000; i++) counts[random.int(10)] = (counts[random.int(10)] ?? 0) + 1
    for (const count of counts) expect(Math.abs(count - counts.reduce((a, b) => a + b) / 10)).toBeLessThan(400)
    const normals = Array.from({ length: 20_000 }, () => random.normal())
    const mean = normals.reduce((a, b) => a + b) / normals.length
    const deviation = Math.sqrt(normals.reduce((a, b) => a + (b - mean) ** 2, 0) / normals.length)
    expect(Math.abs(mean)).toBeLessThan(0.03)
    expect(Math.abs(deviation - 1)).toBeLessThan(0.03)
    expect(normals.every(Number.isFinite)).toBe(true)
  })

  test('has nothing to pick from an empty list', () => {
    expect(() => prng(1).pick([])).toThrow(RangeError)
  })
})
