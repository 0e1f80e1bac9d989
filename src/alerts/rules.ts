import { zoneShapes } from './area.ts'
import { type Alert, severityOf } from './model.ts'

/** What an alert does beyond CAP: approved with it, part of its digest. */
export interface AlertRules {
  /** A subscriber of whom only the country is known, where the zone is not that whole country. Counted apart either way. */
  unplaced: 'include' | 'exclude'
  /** What a crash makes of a message that was on the wire: sent again (may arrive twice), or kept as `uncertain` (may be lost). */
  resend: 'resend' | 'keep'
  /** Selection refuses to go on above this many MSISDNs. */
  maxRecipients?: number
}

/**
 * The rules where the author gave none. Extreme and Severe: a needless text does less harm than a missing one, so the unplaced of the
 * country are told, and an Actual message of unknown fate is sent again. A zone of whole countries holds its unplaced by definition.
 */
export function rulesFor(alert: Alert, chosen: Partial<AlertRules> = {}): AlertRules {
  const severity = severityOf(alert)
  const grave = severity === 'Extreme' || severity === 'Severe'
  const shapes = zoneShapes(alert)
  const wholeCountries = shapes.length > 0 && shapes.every((shape) => shape.kind === 'country')
  return {
    unplaced: wholeCountries ? 'include' : (chosen.unplaced ?? (grave ? 'include' : 'exclude')),
    resend: chosen.resend ?? (grave && alert.status === 'Actual' ? 'resend' : 'keep'),
    ...(chosen.maxRecipients === undefined ? {} : { maxRecipients: chosen.maxRecipients }),
  }
}
