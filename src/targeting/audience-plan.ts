import { needsArea } from '../alerts/accept.ts'
import { zoneShapes } from '../alerts/area.ts'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import { type CompiledZone, compileShapes } from '../geo/compile.ts'
import type { Countries } from '../geo/countries.ts'
import type { Shape } from '../geo/zone.ts'
import { broadcastsOfChain } from '../store/alerts/chain-broadcasts.ts'
import type { Client } from '../store/database.ts'

/** A country without a region, or a region of a country: the reported country is believed, the rest is decided by places. */
export interface CountryPart {
  readonly iso2: string
  readonly region: CompiledZone
  /** Whether the region is what is cut off, or what is meant. */
  readonly cut: boolean
}

/** Whom the zone of an alert concerns, resolved to what people can be asked. */
export interface ZonePlan {
  /** Countries that are in the zone as a whole: the reported country decides, no polygon. */
  readonly countries: readonly string[]
  /** Parts of countries that are not there as a whole. */
  readonly parts: readonly CountryPart[]
  /** The rest of the zone. */
  readonly zone: CompiledZone | undefined
  /** Countries that the zone reaches into without holding them: the rule for the unplaced is about theirs. */
  readonly touched: readonly string[]
  readonly rules: AlertRules
  /** Ages of sightings are reckoned from here. */
  readonly at: Date
}

/** Whom an alert concerns. */
export interface AudiencePlan extends ZonePlan {
  /** Broadcasts of the alerts that this one corrects: all who may have their text get this one. */
  readonly corrected: readonly number[]
}

/**
 * @param at of the launch, so that a selection that goes on after a crash asks the same.
 * @param chain of a kept alert; `before`: its own broadcast, where it has one.
 */
export async function planAudience(
  db: Client,
  countries: Countries,
  alert: Alert,
  rules: AlertRules,
  at: Date,
  chain?: { readonly chainId: string; readonly before?: number },
): Promise<AudiencePlan> {
  const corrected = alert.msgType === 'Alert' || !chain ? [] : await broadcastsOfChain(db, chain.chainId, chain.before)
  return { corrected, ...planZone(countries, alert, rules, at) }
}

/** The zone alone: what decides who is a late entrant. */
export function planZone(countries: Countries, alert: Alert, rules: AlertRules, at: Date): ZonePlan {
  const shapes = needsArea(alert) ? zoneShapes(alert).flatMap(members) : []
  const whole = new Set<string>()
  const parts: CountryPart[] = []
  const drawn: Shape[] = []
  for (const shape of shapes) {
    const part = partOf(shape, countries)
    if (shape.kind === 'country') whole.add(shape.iso2)
    else if (part) parts.push(part)
    else drawn.push(shape)
  }
  const zone = drawn.length === 0 ? undefined : compileShapes(drawn, countries)
  const touched = new Set([...(zone?.countriesTouched() ?? []), ...parts.map((part) => part.iso2)])
  return {
    countries: [...whole],
    parts: parts.filter((part) => !whole.has(part.iso2)),
    zone,
    touched: [...touched].filter((country) => !whole.has(country)).sort(),
    rules,
    at,
  }
}

/** Whether the plan looks for people where they are, and not only for those who may have an earlier text. */
export const hasZone = ({ countries, parts, zone }: ZonePlan): boolean =>
  countries.length > 0 || parts.length > 0 || zone !== undefined

/** A zone is the union of its shapes: those of a union are shapes like the others. */
function members(shape: Shape): Shape[] {
  return shape.kind === 'union' && shape.country === undefined ? shape.of.flatMap(members) : [shape]
}

/** A country minus regions, a country within regions, or ground of a country; nothing else can be told by the reported country. */
function partOf(shape: Shape, countries: Countries): CountryPart | undefined {
  if (shape.kind === 'difference' && shape.of.kind === 'country') {
    return { iso2: shape.of.iso2, region: compileShapes(shape.minus, countries), cut: true }
  }
  if (shape.kind === 'union' && shape.country !== undefined) {
    return { iso2: shape.country, region: compileShapes(shape.of, countries), cut: false }
  }
  if (shape.kind !== 'intersection') return undefined
  const [country, ...others] = shape.of.filter(({ kind }) => kind === 'country')
  if (country?.kind !== 'country' || others.length > 0) return undefined
  const [first, ...more] = shape.of.filter((one) => one !== country)
  if (!first) return undefined
  const region: Shape = more.length === 0 ? first : { kind: 'intersection', of: [first, ...more] }
  return { iso2: country.iso2, region: compileShapes([region], countries), cut: false }
}
