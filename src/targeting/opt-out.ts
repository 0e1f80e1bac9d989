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

/** The same for an audience that is only counted: whoever it turns out to be. */
export async function whoWouldRefuse(
  db: Client,
  severity: Severity,
): Promise<(match: Pick<Match, 'msisdn' | 'carrierNo'>) => ReadonlySet<string>> {
  const refused = refusable.includes(severity) ? await everybodyOptedOut(db) : nobody
  return ({ carrierNo }) => (carrierNo === undefined ? refused : nobody)
}
