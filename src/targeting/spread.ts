import { needsArea } from '../alerts/accept.ts'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import type { Countries } from '../geo/countries.ts'
import { Problem } from '../lib/problem.ts'
import { planZone } from './audience-plan.ts'

/** Disasters at a border touch two or three. */
const usual = 3
const named = 12

/**
 * What an approver should look at where a drawn area touches many countries: a nought too many in a radius, a corner dragged over an ocean.
 * Countries that are named as a whole are meant.
 */
export function spreadOf(countries: Countries, alert: Alert, rules: AlertRules): Problem | undefined {
  if (!needsArea(alert)) return undefined
  const { touched } = planZone(countries, alert, rules, new Date())
  if (touched.length <= usual) return undefined
  const some = `${touched.slice(0, named).join(', ')}${touched.length > named ? ', …' : ''}`
  return new Problem('area-spreads', `The drawn area touches ${touched.length} countries: ${some}`, {
    where: '/infos',
    hint: 'Look whether it is as large as it is meant to be; a radius is in kilometres.',
  })
}
