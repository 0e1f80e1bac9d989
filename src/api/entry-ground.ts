import { encodeForCarrier } from '../carriers/encode.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Areas, Ground } from '../entry/where.ts'
import { countryCodes } from '../geo/iso3166.ts'
import { Problem } from '../lib/problem.ts'
import { encodeText, type TextProfile } from '../smpp/text/encode.ts'
import { entrySources } from '../store/roaming/entry-sources.ts'
import { countriesOfMcc } from '../subscribers/networks.ts'
import type { ApiDeps } from './deps.ts'

/** Where no carrier is set up yet. */
const usual: TextProfile = {
  alphabet: 'gsm7',
  unicode: 'ucs2',
  long: 'udh',
  segmentOctets: 140,
  reserveOctets: 0,
  maxSegments: 255,
}

/** What there is to set something for. */
export const areasOf = ({ countries, zones }: Pick<ApiDeps, 'countries' | 'zones'>): Areas => ({
  countries: countryCodes(),
  isRegion: (area) => zones.references.regions.headOf(area) !== undefined,
  nameOf: (country, language) => countries.nameOf(country, language),
})

/** What texts of this moment are checked against. */
export async function groundNow(deps: ApiDeps): Promise<Ground> {
  return {
    ...areasOf(deps),
    sources: await entrySources(deps.db.pool),
    together: sharedNetworks(),
    segmentsOf: (text) => segmentsOf(text, deps.carriers.profiles),
  }
}

/** The most segments in which a live carrier of roamers writes the text. @throws Problem where one cannot write it */
export function segmentsOf(text: string, profiles: readonly CarrierProfile[]): number {
  const asked = profiles.filter(({ live, reaches }) => live && reaches.some((way) => way.population === 'roamers'))
  if (asked.length === 0) return encodeText(text, usual).airSegments
  return Math.max(
    ...asked.map((profile) => {
      try {
        return encodeForCarrier(text, profile).airSegments
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        throw new Problem(error.code, `${error.message}, at the carrier ${profile.id}`, {
          status: 422,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        })
      }
    }),
  )
}

let shared: string[][] | undefined

/** Countries that one MCC serves: who is on a network that is in no list may be in any of them. ITU-T E.212 gives 200 to 799 to countries. */
function sharedNetworks(): string[][] {
  shared ??= [
    ...new Map(
      Array.from({ length: 600 }, (_, i) => countriesOfMcc(String(200 + i)))
        .filter(({ length }) => length > 1)
        .map((together) => [together.join(), together]),
    ).values(),
  ]
  return shared
}
