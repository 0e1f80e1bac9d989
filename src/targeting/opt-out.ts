import type { Severity } from '../alerts/model.ts'
import type { Client } from '../store/database.ts'
import { everybodyOptedOut, optedOut } from '../store/inbox/opt-outs.ts'
import type { Match } from './match.ts'

/** Below Severe for certain: of an alert of unknown severity nobody can say that it may be missed. */
const refusable: readonly Severity[] = ['Moderate', 'Minor']

const nobody: ReadonlySet<string> = new Set()

/**
 * Who of the matches gets no message of an alert, because he asked for no more texts. Never of what is Severe or Extreme; and who
 * may have a text (his match names the carrier that took it) gets what corrects it, whatever he asked for since.
 */
export async function whoRefuses(
  client: Client,
  severity: Severity,
  matches: readonly Pick<Match, 'msisdn' | 'carrierNo'>[],
): Promise<ReadonlySet<string>> {
  if (!refusable.includes(severity)) return nobody
  return optedOut(
    client,
    matches.flatMap(({ msisdn, carrierNo }) => (carrierNo === undefined ? msisdn : [])),
  )
}

/** Everybody who asked for no more texts, where the alert is one that can be refused; undefined where it is not. */
export async function refusedBy(db: Client, severity: Severity): Promise<ReadonlySet<string> | undefined> {
  return refusable.includes(severity) ? everybodyOptedOut(db) : undefined
}
