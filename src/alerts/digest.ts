import { createHash } from 'node:crypto'
import type { Corrections, SubmittedForecast } from './approval.ts'
import { canonicalJson } from './canonical-json.ts'
import type { Alert } from './model.ts'
import type { AlertRules } from './rules.ts'
import { messageText } from './text.ts'

/** All that an approval is bound to. */
export interface Approvable {
  readonly document: Alert
  readonly rules: AlertRules
  /** Left out, or null, before it was submitted. */
  readonly forecast?: SubmittedForecast | null
  readonly corrections?: Corrections | null
}

/**
 * What two people agreed on: SHA-256, in hex, over the texts as they will be sent, the areas, the channels (in any order), the
 * audience rule, the forecast count with its tolerance and the texts that may take it back, with everything else that decides who gets
 * what and until when. It is checked again where messages are made and where they leave.
 * @throws Problem `alert-without-text` for an alert that `acceptAlert` would refuse for it
 */
export function digestOf(
  { document: alert, rules, forecast, corrections }: Approvable,
  channels: readonly string[],
): string {
  const approved = {
    identifier: alert.identifier,
    sender: alert.sender,
    status: alert.status,
    msgType: alert.msgType,
    references: alert.references,
    infos: alert.infos.map((info) => ({
      language: info.language,
      text: messageText(alert, info),
      severity: info.severity,
      responseType: info.responseType,
      expires: info.expires,
      areas: info.areas.map(({ shapes, geocode }) => ({ shapes, geocode })),
    })),
    channels: [...new Set(channels)].sort(),
    rules,
    // Left out where there are none: so it is of what was approved before there were any.
    ...(forecast ? { forecast } : {}),
    ...(corrections ? { corrections } : {}),
  }
  return createHash('sha256').update(canonicalJson(approved)).digest('hex')
}
