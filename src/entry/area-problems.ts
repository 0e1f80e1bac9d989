import { didYouMean, likely } from '../lib/nearest.ts'
import { Problem } from '../lib/problem.ts'
import { plainName } from './plain-name.ts'
import type { Areas } from './where.ts'

/** Areas that are no place: of a text both may be, of a policy and of a campaign only the first. */
export type General = '*' | '**'

/** What is wrong with an area, if anything: it is one of `general`, a country or a region. */
export function areaProblems(
  area: string,
  areas: Areas,
  {
    where = '/area',
    general = ['*', '**'],
    status = 422,
  }: { where?: string; general?: readonly General[]; status?: number } = {},
): Problem[] {
  if ((general as readonly string[]).includes(area) || areas.countries.includes(area) || areas.isRegion(area)) return []
  if (area === '**') {
    // Who is in a country without a mission is told by its own policy, and of a campaign, or by that of all.
    const hint = 'Write * for everywhere: it holds with a mission and without.'
    return [new Problem('entry-area', 'Only a text can be of **', { status, where, hint })]
  }
  const hint =
    areaMeant(area, areas) ??
    `It is ${[...general, 'an ISO 3166-1 code like JP or an ISO 3166-2 code like JP-17'].join(', ')}.`
  return [new Problem('entry-area', `"${area}" is no country and no region`, { status, where, hint })]
}

/** The code of what was written in small letters, by name, or with a slip. */
export function areaMeant(area: string, { countries, isRegion, nameOf }: Areas): string | undefined {
  const upper = area.toUpperCase()
  if (countries.includes(upper) || isRegion(upper)) return didYouMean([upper])
  const plain = plainName(area).toLowerCase()
  const named = countries.filter(
    (country) => plainName(nameOf(country, 'en')).toLowerCase() === plain || nameOf(country, 'ko') === area,
  )
  return didYouMean(named.length > 0 ? named : likely(area, countries))
}
