import { type SubmittedForecast, untranslated } from '../alerts/approval.ts'
import { channels } from '../alerts/channels.ts'
import { digestOf } from '../alerts/digest.ts'
import { upToOf } from '../alerts/rules.ts'
import { type AlertRow, findAlert } from '../store/alerts/alert-row.ts'
import { type Acting, type Said, transition } from '../store/alerts/transition.ts'
import { transaction } from '../store/database.ts'
import { noteOverlaps } from './overlaps.ts'
import { type PreviewDeps, previewAlert } from './preview.ts'

/**
 * Asks for the second person: whom the alert reaches is counted, and becomes part of what is approved. Who breaks the glass before it
 * was submitted approves the same.
 * @throws Problem of the lifecycle and of the preview; `alert-changed` (409) where it was changed meanwhile.
 */
export async function submitAlert(
  deps: PreviewDeps,
  id: string,
  act: 'submit' | 'break-glass',
  by: Acting,
  { seenDigest, reason }: Pick<Said, 'seenDigest' | 'reason'> = {},
): Promise<AlertRow> {
  const alert = await findAlert(deps.db.pool, id)
  // What is not a draft has its count, or cannot take the act.
  const counted: Said = alert?.phase === 'draft' ? await count(deps, alert, seenDigest) : { seenDigest }
  const row = await transaction(deps.db.pool, (client) => transition(client, id, act, by, { ...counted, reason }))
  await noteOverlaps(deps, row)
  return row
}

/** Between the count and the act nobody may change it; what the person looked at is what was counted. */
async function count(deps: PreviewDeps, alert: AlertRow, seenDigest: string | undefined): Promise<Said> {
  const digest = digestOf(alert, channels)
  // Refused as any other, before people are counted for nothing.
  if (seenDigest !== undefined && seenDigest !== digest) return { seenDigest }
  const forecast = await forecastOfNow(deps, alert)
  return { seenDigest: digest, forecast, detail: { matched: forecast.matched } }
}

/** What an approver approves: the preview of this moment, as far as it decides anything. */
async function forecastOfNow(
  deps: PreviewDeps,
  { id, chainId, rehearses, document, rules }: AlertRow,
): Promise<SubmittedForecast> {
  const at = new Date().toISOString()
  const preview = await previewAlert(deps, document, rules, { alertId: id, chainId, rehearses })
  return {
    at,
    matched: preview.matched,
    upTo: upToOf(preview.matched, rules),
    segments: preview.segments,
    seconds: preview.forecast,
    missingLanguages: untranslated(document, preview.byLanguage),
  }
}
