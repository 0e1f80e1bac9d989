import { areaMeant } from '../entry/area-problems.ts'
import { isCountry } from '../geo/iso3166.ts'
import { Problem } from '../lib/problem.ts'
import type { ApiDeps } from './deps.ts'
import { areasOf } from './entry-ground.ts'

/** @throws Problem `unknown-country` with what was meant, and where a region or all of them are written */
export function requireCountry(
  given: string,
  deps: Pick<ApiDeps, 'countries' | 'zones'>,
  { where, status = 400 }: { where: string; status?: number },
): void {
  if (isCountry(given)) return
  throw new Problem('unknown-country', `"${given}" is not a country`, { where, status, hint: hintFor(given, deps) })
}

function hintFor(given: string, deps: Pick<ApiDeps, 'countries' | 'zones'>): string {
  const areas = areasOf(deps)
  if (given.startsWith('*')) {
    return "It is a code of ISO 3166-1, like JP; what is set for all: bongsu entry history '*'."
  }
  const region = given.toUpperCase()
  if (areas.isRegion(region)) {
    return `It is a region: the country is ${region.slice(0, 2)}, with --region ${region} (?country=${region.slice(0, 2)}&region=${region}).`
  }
  return areaMeant(given, areas) ?? 'It is a code of ISO 3166-1, like JP.'
}
