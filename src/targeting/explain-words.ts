import type { ZonePlan } from './audience-plan.ts'
import { type Because, maxUncertaintyM, type Person, primary, type Standing } from './concern.ts'

/** Why somebody is told, in a sentence. */
export function standingSentence(standing: Standing, country: string | null, { rules, parts }: ZonePlan): string {
  switch (standing) {
    case 'country':
      return `He is in ${country}, which is meant as a whole.`
    case 'inside':
      return parts.some(({ iso2, cut }) => cut && iso2 === country)
        ? `He is reported in ${country}, and his place is not in what is cut out of it.`
        : 'His place is inside the zone, and so is everything around it within its uncertainty.'
    case 'ring':
      return `The border of the zone lies within the uncertainty of his place; the rule for uncertain places (${rules.uncertain ?? 'centre'}) counts him in.`
    case 'unplaced':
      return `Only his country is known, ${country}, which the zone reaches into; the rule for the unplaced has them in.`
  }
}

/** Why somebody is not told, in a sentence. */
export function becauseSentence(because: Because, person: Person, plan: ZonePlan): string {
  const { rules } = plan
  const list = (values: readonly string[] | undefined) => (values ?? []).join(', ')
  switch (because) {
    case 'population':
      return `The alert is for ${list(rules.populations)} only.`
    case 'language':
      return `The alert is for the languages ${list(rules.languages)} only; his is ${primary(person.language)}${person.language === null ? ' (not known)' : ''}.`
    case 'mission':
      return `The alert is for those who are registered at ${list(rules.missions)} only; he is at ${person.mission}.`
    case 'home-network':
      return `The alert is for the home networks ${list(rules.homeNetworks)} only; his is ${person.hplmn ?? 'not known'}.`
    case 'not-seen-lately':
      return `He was not heard of for more than ${rules.seenMaxAgeHours} hours.`
    case 'elsewhere':
      return person.countries.length === 0 && person.place === null
        ? 'Nobody knows where he is.'
        : 'He is not in the zone.'
    case 'uncertain-place':
      return `His place is uncertain by ${Math.round(person.place?.radiusM ?? 0)} m, and the border of the zone lies within that; the rule for uncertain places (${rules.uncertain ?? 'centre'}) leaves him out.`
    case 'unplaced':
      return `Only his country is known (${person.countries.join(' or ')}), and the rule for the unplaced leaves them out.`
  }
}

/** Why a place that is known does not count; undefined where it does, or none is known. */
export function placeSentence({ place }: Person, counts: boolean, { rules }: ZonePlan): string | undefined {
  if (place === null || counts) return undefined
  if ((place.radiusM ?? 0) > maxUncertaintyM) {
    return `His place is known to ${Math.round(place.radiusM ?? 0)} m only: it says no more than the country.`
  }
  return `His place is older than ${rules.placeMaxAgeHours} hours: it does not count.`
}
