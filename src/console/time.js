import { words } from './words.js'

/** @param {Date | string} time @returns `2026-11-21 08:31:05 UTC`: alarms are talked about across time zones */
export const instant = (time) => `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** @type {readonly (readonly [unit: keyof typeof words.units, seconds: number])[]} */
const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
]

/** @param {number} ms @returns its two largest units, `3 h 5 min` */
export function lasting(ms) {
  let left = Math.max(0, Math.round(ms / 1000))
  const first = units.findIndex(([, seconds]) => left >= seconds)
  if (first === -1) return `0 ${words.units.s}`
  const parts = []
  for (const [unit, seconds] of units.slice(first, first + 2)) {
    const n = Math.floor(left / seconds)
    left -= n * seconds
    if (n > 0) parts.push(`${n} ${words.units[unit]}`)
  }
  return parts.join(' ')
}
