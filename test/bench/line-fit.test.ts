import { expect, test } from 'vitest'
import { fitLine } from '../../bench/line-fit.ts'

test('a line through sizes tells what is fixed and what each adds', () => {
  const fit = fitLine([
    [100, 1200],
    [200, 1400],
    [400, 1800],
  ])
  expect(fit.intercept).toBeCloseTo(1000, 6)
  expect(fit.slope).toBeCloseTo(2, 9)
  expect(fit.at(1_000_000)).toBeCloseTo(2_001_000, 3)
  for (const residual of fit.residuals) expect(residual).toBeCloseTo(0, 6)
})

test('a line says by how much each size is off it, a small one as much as a large one', () => {
  const { residuals } = fitLine([
    [1, 10],
    [10, 110],
    [100, 1000],
  ])
  expect(residuals.map(Math.sign)).toEqual([-1, 1, -1])
  expect(Math.abs(residuals[0] as number)).toBeLessThan(1)
})

test('a line needs two sizes', () => {
  expect(() =>
    fitLine([
      [5, 1],
      [5, 2],
    ]),
  ).toThrow('two sizes')
})
