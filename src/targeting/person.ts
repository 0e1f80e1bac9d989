import type { PersonRow } from '../store/audience/persons.ts'
import type { Concern, Person } from './concern.ts'
import type { Match } from './match.ts'

/** A row as a person whom an alert may concern. */
export function personOf(row: PersonRow): Person {
  const { population, countries, language, hplmn, mission, lon, lat, radiusM, placedAt, seenAt } = row
  const place = lon === null || lat === null ? null : { lon, lat, radiusM, at: placedAt }
  return { population, countries, language, hplmn, mission, seenAt, place }
}

export function matchOf(row: PersonRow, concern: Extract<Concern, { told: true }>): Match {
  const { msisdn, population, language, hplmn } = row
  const { reason, country } = concern
  return { msisdn: String(msisdn), population, language, hplmn, country, reason }
}
