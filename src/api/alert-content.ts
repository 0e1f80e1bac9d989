import { needsArea } from '../alerts/accept.ts'
import type { Corrections } from '../alerts/approval.ts'
import { checkContent } from '../alerts/content-rules.ts'
import type { Alert } from '../alerts/model.ts'
import { rulesFor } from '../alerts/rules.ts'
import { type Allowed, allowedIn, notAllowed } from '../entry/allow-list.ts'
import type { EntrySources } from '../entry/model.ts'
import type { Countries } from '../geo/countries.ts'
import type { Problem } from '../lib/problem.ts'
import { lockedTerms } from '../store/alerts/locked-terms.ts'
import { entrySources } from '../store/roaming/entry-sources.ts'
import { planZone } from '../targeting/audience-plan.ts'
import type { ApiDeps } from './deps.ts'

/** `checkContent` with the terms, numbers and hosts of this moment. */
export async function contentWarnings(
  { db, countries }: Pick<ApiDeps, 'db' | 'countries'>,
  alert: Alert,
  corrections: Corrections | null,
  confirmed: readonly string[],
): Promise<readonly Problem[]> {
  const [terms, sources] = await Promise.all([lockedTerms(db.pool), entrySources(db.pool)])
  const where = needsArea(alert) ? countriesOf(alert, countries) : countriesKnown(sources)
  const allowed = allowedInAny(where, sources)
  return checkContent(alert, corrections, {
    terms,
    notAllowed: (text) => notAllowed(text, allowed),
    countryNames: where.flatMap((iso2) => [countries.nameOf(iso2, 'ko'), countries.nameOf(iso2, 'en')]),
    confirmed,
  })
}

/** Countries that the zone holds or reaches into. */
function countriesOf(alert: Alert, known: Countries): string[] {
  const { countries, parts, touched } = planZone(known, alert, rulesFor(alert), new Date())
  return [...new Set([...countries, ...parts.map(({ iso2 }) => iso2), ...touched])]
}

/** A correction goes wherever the people are now: the number of any mission may be theirs. */
const countriesKnown = ({ missions, emergency }: EntrySources) => [
  ...new Set([...missions, ...emergency].map(({ country }) => country)),
]

/** What may be named in one of the countries: an alert for two names the embassies of both. */
function allowedInAny(countries: readonly string[], sources: EntrySources): Allowed {
  const each = [allowedIn([], sources), ...countries.map((country) => allowedIn([country], sources))]
  return { numbers: new Set(each.flatMap(({ numbers }) => [...numbers])), hosts: sources.hosts }
}
