import { type Alert, severityOf } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import { encodeForCarrier } from '../carriers/encode.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import type { Countries } from '../geo/countries.ts'
import { Problem } from '../lib/problem.ts'
import type { Database } from '../store/database.ts'
import { planAudience } from './audience-plan.ts'
import { checkFallBack, textChooser, textsOf } from './audience-text.ts'
import { whoWouldRefuse } from './opt-out.ts'
import { routeNumbers } from './route-numbers.ts'
import { countAudience, messageFor } from './select.ts'

export interface Preview {
  /** Different MSISDNs that match now. */
  readonly matched: number
  /** By reason (`resident`, `roamer`, `resident-unplaced`, `roamer-unplaced`), country, and carrier (`none`: no route, or they refuse). */
  readonly byReason: Record<string, number>
  readonly byCountry: Record<string, number>
  readonly byCarrier: Record<string, { messages: number; segments: number; seconds: number }>
  /** What the unplaced of the zone's countries get by the alert's rule. */
  readonly unplaced: AlertRules['unplaced']
  /** MSISDNs of the unplaced whom the rule leaves out; not in `matched`. */
  readonly apart: number
  /** Countries whose unplaced the rule is about. */
  readonly unplacedOf: readonly string[]
  readonly texts: readonly {
    readonly language: string
    readonly text: string
    readonly carriers: Record<string, Writing>
  }[]
}

/**
 * Who would get the alert now, through which carriers, in how many segments and how long it would take at the contracted rates.
 * @throws Problem `text-not-encodable` or `text-too-long` where a carrier cannot carry a text.
 */
export async function previewAlert(
  deps: { db: Database; countries: Countries; profiles: readonly CarrierProfile[] },
  alert: Alert,
  rules: AlertRules,
  chainId?: string,
): Promise<Preview> {
  const { db, countries, profiles } = deps
  checkFallBack(alert, profiles)
  const texts = textsOf(alert).map(({ language, text }) => ({ language, text, carriers: writings(text, profiles) }))
  const plan = await planAudience(db.pool, countries, alert, rules, chainId === undefined ? undefined : { chainId })
  const routes = await routeNumbers(db.pool, profiles)
  const variantOf = textChooser(alert, routes)
  const byReason: Record<string, number> = {}
  const byCountry: Record<string, number> = {}
  const byCarrier: Preview['byCarrier'] = {}
  const exercise = alert.status !== 'Actual'
  const refusedBy = await whoWouldRefuse(db.pool, severityOf(alert))
  const { matched, apart } = await countAudience(db, plan, {
    each: (match) => {
      const { route, reason, country, variant } = messageFor(match, routes, variantOf, exercise, refusedBy(match))
      const id = (route[0] !== undefined && routes.profileOf(route[0])?.id) || 'none'
      byReason[reason] = (byReason[reason] ?? 0) + 1
      byCountry[country] = (byCountry[country] ?? 0) + 1
      const carrier = byCarrier[id] ?? { messages: 0, segments: 0, seconds: 0 }
      carrier.messages++
      carrier.segments += texts[variant - 1]?.carriers[id]?.segments ?? 0
      byCarrier[id] = carrier
    },
  })
  for (const profile of profiles) {
    const carrier = byCarrier[profile.id]
    if (carrier) carrier.seconds = Math.ceil(carrier.segments / profile.throughput)
  }
  return {
    matched,
    byReason,
    byCountry,
    byCarrier,
    unplaced: rules.unplaced,
    unplacedOf: [...plan.unplacedOf, ...plan.excludedOf],
    apart: [...apart.values()].reduce((sum, n) => sum + n, 0),
    texts,
  }
}

interface Writing {
  readonly encoding: string
  readonly segments: number
  readonly characters: number
}

/** How each carrier would write the text; those that cannot are missing, and their people get the first text. */
function writings(text: string, profiles: readonly CarrierProfile[]): Record<string, Writing> {
  const found: Record<string, Writing> = {}
  for (const profile of profiles) {
    try {
      const { encoding, airSegments, characters } = encodeForCarrier(text, profile)
      found[profile.id] = { encoding, segments: airSegments, characters }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    }
  }
  return found
}
