/** The straight line that lies closest to points: y = intercept + slope x. */
export interface LineFit {
  readonly intercept: number
  readonly slope: number
  /** y of each point less that of the line. */
  readonly residuals: readonly number[]
  at(x: number): number
}

/** By least squares of the relative differences: a small size counts as much as a large one. @throws RangeError for fewer than two x */
export function fitLine(points: readonly (readonly [x: number, y: number])[]): LineFit {
  let [w, wx, wy, wxx, wxy] = [0, 0, 0, 0, 0]
  for (const [x, y] of points) {
    const weight = 1 / Math.max(1, y) ** 2
    w += weight
    wx += weight * x
    wy += weight * y
    wxx += weight * x * x
    wxy += weight * x * y
  }
  const spread = w * wxx - wx * wx
  if (new Set(points.map(([x]) => x)).size < 2) throw new RangeError('a line needs two sizes')
  const slope = (w * wxy - wx * wy) / spread
  const intercept = (wy - slope * wx) / w
  const at = (x: number) => intercept + slope * x
  return { intercept, slope, residuals: points.map(([x, y]) => y - at(x)), at }
}
