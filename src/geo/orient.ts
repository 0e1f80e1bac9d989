/** Shewchuk's bound for the rounding error of the plain 2 x 2 determinant: below it the sign of the double is not certain. */
const errorBound = (3 + 16 * 2 ** -53) * 2 ** -53

/**
 * On which side of the line a -> b the point p lies: positive left, negative right, 0 exactly on it.
 *
 * The sign is exact for any finite doubles (J. R. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997, orient2d
 * stage A; where the filter cannot decide, integers of arbitrary length do), so that a point on a border is on the border
 * and two countries that share an edge never both miss a point of it.
 */
export function orient(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const left = (bx - ax) * (py - ay)
  const right = (by - ay) * (px - ax)
  const det = left - right
  if (left > 0 ? right <= 0 : left < 0 && right >= 0) return det
  if (det === 0 && (bx === ax || py === ay) && (by === ay || px === ax)) return 0
  // Products this small may have lost their digits, or be 0 where neither factor is.
  const least = 1e-290
  return Math.abs(det) >= errorBound * Math.abs(left + right) + least ? det : exact(ax, ay, bx, by, px, py)
}

function exact(ax: number, ay: number, bx: number, by: number, px: number, py: number): number {
  const scale = Math.min(...[ax, ay, bx, by, px, py].map(exponentOf))
  const [iax, iay, ibx, iby, ipx, ipy] = [ax, ay, bx, by, px, py].map((v) => toInteger(v, scale)) as Six
  const det = (ibx - iax) * (ipy - iay) - (iby - iay) * (ipx - iax)
  return det > 0n ? 1 : det < 0n ? -1 : 0
}

type Six = [bigint, bigint, bigint, bigint, bigint, bigint]

const view = new DataView(new ArrayBuffer(8))

/** The power of two of the last bit of `value`. */
function exponentOf(value: number): number {
  if (value === 0) return 0
  view.setFloat64(0, value)
  return Math.max((view.getUint16(0) >> 4) & 0x7ff, 1) - 1075
}

function toInteger(value: number, scale: number): bigint {
  if (value === 0) return 0n
  view.setFloat64(0, value)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const mantissa = (bits & 0xfffffffffffffn) | (biased === 0 ? 0n : 1n << 52n)
  const magnitude = mantissa << BigInt(exponentOf(value) - scale)
  return value < 0 ? -magnitude : magnitude
}
