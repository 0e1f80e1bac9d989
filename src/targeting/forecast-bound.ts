import { limitOf } from '../alerts/approval.ts'
import { severityOf } from '../alerts/model.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Countries } from '../geo/countries.ts'
import { Problem } from '../lib/problem.ts'
import { useOf } from '../lib/use.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import type { Database } from '../store/database.ts'
import { sourcesOf } from './audience.ts'
import { planAudience } from './audience-plan.ts'
import { textChooser } from './audience-text.ts'
import { cellsFor } from './cells-for.ts'
import { countAudience } from './count.ts'
import { GroupBook } from './group-book.ts'
import { refusedBy } from './opt-out.ts'
import { routeNumbers } from './route-numbers.ts'

export interface BoundDeps {
  readonly db: Database
  readonly countries: Countries
  readonly profiles: readonly CarrierProfile[]
}

/**
 * Counts again before anything is live: between submission and launch the world may have changed, or the area with a country's data.
 * Selection counts once more, in the same way.
 * @throws Problem `forecast-exceeded` (409) with both figures
 */
export async function checkBound(deps: BoundDeps, alert: AlertRow): Promise<void> {
  const approved = limitOf(alert)
  if (approved === Infinity) return
  const matched = await matchedNow(deps, alert)
  if (matched <= approved) return
  const then = alert.forecast ? `${alert.forecast.matched} were counted when it was submitted, and ` : ''
  throw new Problem('forecast-exceeded', `${matched} people match now; ${then}up to ${approved} were approved`, {
    status: 409,
    hint: 'See whom it reaches (preview). If that is meant, let an approver send it back (reject), submit it again and have the new count approved.',
  })
}

async function matchedNow({ db, countries, profiles }: BoundDeps, alert: AlertRow): Promise<number> {
  const { chainId, document, rules } = alert
  const plan = await planAudience(db.pool, countries, document, rules, new Date(), { chainId })
  const routes = await routeNumbers(db.pool, profiles)
  const book = new GroupBook({
    routes,
    variantOf: textChooser(document, routes),
    use: useOf(alert),
    refusedBy: await refusedBy(db.pool, severityOf(document)),
  })
  const sources = sourcesOf(plan, { cellsFor: await cellsFor(db.pool, plan) })
  const { matched } = await countAudience(db, plan, sources, book, async () => undefined)
  return matched
}
