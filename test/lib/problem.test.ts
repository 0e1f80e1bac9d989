import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'

describe('the line of a problem', () => {
  test('says what, where and what to do, with one full stop each', () => {
    expect(new Problem('x', 'It is wrong').line).toBe('It is wrong.')
    expect(new Problem('x', 'It is wrong.').line).toBe('It is wrong.')
    expect(new Problem('x', 'It is wrong', { where: 'line 7', hint: 'Mend it.' }).line).toBe(
      'It is wrong (at line 7). Mend it.',
    )
    expect(new Problem('x', 'It is wrong.', { hint: 'Mend it.' }).line).toBe('It is wrong. Mend it.')
  })

  test('lists its details below it', () => {
    const details = [new Problem('a', 'One'), new Problem('b', 'Two', { details: [new Problem('c', 'Three')] })]
    expect(new Problem('x', 'Several things are wrong', { details }).line).toBe(
      'Several things are wrong.\n  - One.\n  - Two.\n  - Three.',
    )
  })

  test('keeps its cause, and answers 400 unless it says otherwise', () => {
    const cause = new Error('below')
    const problem = new Problem('x', 'It is wrong', { cause, status: 409 })
    expect(problem.cause).toBe(cause)
    expect([problem.status, new Problem('x', 'y').status]).toEqual([409, 400])
  })
})
