import { needsArea } from '../alerts/accept.ts'
import { zoneShapes } from '../alerts/area.ts'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import type { CellRange } from '../geo/cells.ts'
import { type CompiledZone, compileShapes } from '../geo/compile.ts'
import type { Countries } from '../geo/countries.ts'
import { broadcastsOfChain } from '../store/alerts/chain-broadcasts.ts'
import type { Client } from '../store/database.ts'

/** Whom an alert concerns, resolved to what the database can be asked. */
export interface AudiencePlan {
  /** Broadcasts of the alerts that this one corrects: all who may have their text get this one. */
  readonly corrected: readonly number[]
  /** Countries that are in the zone as a whole: the reported country decides, no polygon. */
  readonly countries: readonly string[]
  /** The rest of the zone, and its cover in cells. */
  readonly zone: CompiledZone | undefined
  readonly ranges: readonly CellRange[]
  /** Countries whose unplaced are included by the alert's rule. */
  readonly unplacedOf: readonly string[]
  /** Countries whose unplaced the rule leaves out: counted apart, not told. */
  readonly excludedOf: readonly string[]
}

/** About this many cells cover a zone: more cost queries, fewer cost tests at the border. */
const maxCells = 1000

/** @param chain of a kept alert; `before`: its own broadcast, where it has one. */
export async function planAudience(
  db: Client,
  countries: Countries,
  alert: Alert,
  rules: AlertRules,
  chain?: { readonly chainId: string; readonly before?: number },
): Promise<AudiencePlan> {
  const corrected = alert.msgType === 'Alert' || !chain ? [] : await broadcastsOfChain(db, chain.chainId, chain.before)
  return { corrected, ...planZone(countries, alert, rules) }
}

/** The zone alone: what decides who is a late entrant. */
export function planZone(countries: Countries, alert: Alert, rules: AlertRules): Omit<AudiencePlan, 'corrected'> {
  const shapes = needsArea(alert) ? zoneShapes(alert) : []
  const whole = shapes.flatMap((shape) => (shape.kind === 'country' ? [shape.iso2] : []))
  const drawn = shapes.filter((shape) => shape.kind !== 'country')
  const zone = drawn.length === 0 ? undefined : compileShapes(drawn, countries)
  const touched = (zone?.countriesTouched() ?? []).filter((country) => !whole.includes(country))
  return {
    countries: [...new Set(whole)],
    zone,
    ranges: zone?.cover(maxCells) ?? [],
    unplacedOf: rules.unplaced === 'include' ? touched : [],
    excludedOf: rules.unplaced === 'exclude' ? touched : [],
  }
}
