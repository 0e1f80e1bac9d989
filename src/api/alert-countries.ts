import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import type { Countries } from '../geo/countries.ts'
import { noteCountries, withoutCountries } from '../store/alerts/alert-countries.ts'
import { chainOf } from '../store/alerts/alert-row.ts'
import type { Database } from '../store/database.ts'
import { planZone } from '../targeting/audience-plan.ts'

/** Only mission staff ask; what is older than these, of the time before there was any, follows with the next requests. */
const atOnce = 500

/** Countries that the area of an alert touches, in order. */
export function countriesOf(countries: Countries, alert: Alert, rules: AlertRules): string[] {
  const { countries: whole, touched } = planZone(countries, alert, rules, new Date())
  return [...new Set([...whole, ...touched])].sort()
}

/** Reckons them where nobody has yet. What corrects others goes to all who may have those: it touches what they touch. */
export async function reckonCountries(db: Database, countries: Countries): Promise<void> {
  for (const alert of await withoutCountries(db.pool, atOnce)) {
    const chain = alert.msgType === 'Alert' ? [] : await chainOf(db.pool, alert.chainId)
    const found = [alert, ...chain].flatMap(({ document, rules }) => countriesOf(countries, document, rules))
    await noteCountries(db.pool, alert, [...new Set(found)].sort())
  }
}
