/** `2026-11-21 03:04:05`. */
export const time = (iso: string): string => iso.slice(0, 19).replace('T', ' ')

export const count = (n: number): string => n.toLocaleString('en-US')

/** `1 number`, `1,234 numbers`. */
export const counted = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`

/** `1.2 s`, `3 min 20 s`, `45 min`, `2 h 5 min`, `3 d 4 h`; what never came to be is a dash. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`
  if (seconds < 600) {
    const whole = Math.round(seconds)
    return whole % 60 === 0 ? `${whole / 60} min` : `${Math.floor(whole / 60)} min ${whole % 60} s`
  }
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** `97.4 %`, never rounded up to all. */
export function percent(n: number, of: number): string {
  return of === 0 ? '–' : `${(Math.floor((n / of) * 1000) / 10).toFixed(1)} %`
}

const names = new Intl.DisplayNames('en', { type: 'region' })

/** The English name and the code; several candidates each by its own. */
export function countryName(country: string): string {
  if (country === '') return 'not known'
  if (country === '*') return 'not told apart'
  return country
    .split('/')
    .map((code) => (/^[A-Z]{2}$/.test(code) ? `${names.of(code)} (${code})` : code))
    .join(' or ')
}
