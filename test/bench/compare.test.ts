import { describe, expect, test } from 'vitest'
import { compareInserting, compareReading, differenceOf } from '../../bench/compare.ts'
import type { Contender } from '../../bench/contender.ts'
import type { BenchZone } from '../../bench/zones.ts'

const ids = (...numbers: number[]) => Float64Array.from(numbers)

describe('the difference of two answers', () => {
  test('is nothing where they are equal', () => {
    expect(differenceOf(ids(), ids())).toBeUndefined()
    expect(differenceOf(ids(1, 2, 9), ids(1, 2, 9))).toBeUndefined()
  })

  test.each([
    ['the first has one more in the middle', ids(1, 2, 3), ids(1, 3), [2], []],
    ['the first has one more at the end', ids(1, 2), ids(1), [2], []],
    ['the second has one more at the beginning', ids(2), ids(1, 2), [], [1]],
    ['each has what the other has not', ids(1, 3, 5), ids(2, 3, 6), [1, 5], [2, 6]],
    ['one is empty', ids(), ids(4, 5), [], [4, 5]],
    ['somebody comes twice', ids(7, 7), ids(7), [7], []],
  ])('%s', (_, first, second, onlyFirst, onlySecond) => {
    expect(differenceOf(first, second)).toEqual({ onlyFirst, onlySecond })
  })
})

const zone: BenchZone = { name: 'zone', geometry: { type: 'MultiPolygon', coordinates: [] }, vertices: 0 }

/** Answers with what it is given, and notes what is asked of it in a log that several share. */
function scripted(name: string, found: readonly number[], log: string[]): Contender {
  return {
    name,
    read: async () => {
      log.push(`${name} reads`)
      return Float64Array.from(found)
    },
    readyToInsert: async () => {
      log.push(`${name} gets ready`)
      return async () => void log.push(`${name} inserts`)
    },
    told: async () => Float64Array.from(found),
    clear: async () => void log.push(`${name} clears`),
  }
}

describe('a comparison', () => {
  test('runs in turn, each time another first, after one warm-up of each', async () => {
    const log: string[] = []
    const { people, times } = await compareReading([scripted('a', [2, 1], log), scripted('b', [1, 2], log)], zone, 2)
    expect(log.map((line) => line[0]).join('')).toBe('ab' + 'ab' + 'ba')
    expect(people).toBe(2)
    expect(times.map((runs) => runs.length)).toEqual([2, 2])
  })

  test('inserts into an empty table each time', async () => {
    const log: string[] = []
    await compareInserting([scripted('a', [1], log)], zone, 1)
    expect(log).toEqual(['a clears', 'a gets ready', 'a inserts', 'a clears', 'a gets ready', 'a inserts'])
  })

  test.each([compareReading, compareInserting])('fails the benchmark where the answers differ', async (compare) => {
    const before = process.exitCode
    try {
      await compare([scripted('a', [1, 2], []), scripted('b', [1], [])], zone, 1)
      expect(process.exitCode).toBe(1)
    } finally {
      process.exitCode = before
    }
  })
})
