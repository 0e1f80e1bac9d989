import { randomUUID } from 'node:crypto'
import { needsArea } from '../alerts/accept.ts'
import type { Alert } from '../alerts/model.ts'
import { rebase } from '../alerts/rebase.ts'
import { Problem } from '../lib/problem.ts'
import { carries } from '../lib/use.ts'
import type { AlertRow } from '../store/alerts/alert-row.ts'
import { createAlert } from '../store/alerts/create-alert.ts'
import { type Preview, type PreviewDeps, previewAlert } from './preview.ts'

export interface Rehearsal {
  readonly alert: AlertRow
  /** What the real alert would be if it were launched now. */
  readonly real: Preview
  /** What its copy will be. */
  readonly rehearsal: Preview
}

/**
 * Makes an Exercise of a real alert: the same texts with the mark of an exercise, the same area and audience, in force for as long from
 * now on. It goes to the numbers of the real audience, so carriers that are simulated alone may carry it.
 * @throws Problem `not-rehearsable`, `no-simulated-carriers` (409), and those of the preview
 */
export async function rehearse(deps: PreviewDeps, original: AlertRow, person: string): Promise<Rehearsal> {
  const { document, rules, corrections, warnings, template, id, chainId } = original
  if (document.status !== 'Actual' || !needsArea(document)) {
    throw new Problem('not-rehearsable', 'Only an Actual alert, or an Update of one, is rehearsed', {
      status: 409,
      hint: 'What takes it back is rehearsed with it: retract or end the rehearsal.',
    })
  }
  if (!deps.profiles.some((profile) => carries(profile, 'rehearsal'))) {
    throw new Problem('no-simulated-carriers', 'No carrier is simulated: a rehearsal would reach telephones', {
      status: 409,
      hint: 'Add a profile with `live: false` and `simulated: true` that leads to `bongsu smsc`.',
    })
  }
  const real = await previewAlert(deps, document, rules, { alertId: id, chainId })
  const alert = await createAlert(deps.db, copyOf(document), { ...rules, resend: 'keep' }, [], person, {
    corrections: corrections ?? undefined,
    warnings,
    template: template ?? undefined,
    rehearses: id,
  })
  const chain = { alertId: alert.id, chainId: alert.chainId, rehearses: id }
  return { alert, real, rehearsal: await previewAlert(deps, alert.document, alert.rules, chain) }
}

function copyOf(document: Alert): Alert {
  const identifier = `${document.identifier}.rehearsal-${randomUUID().slice(0, 8)}`
  return { ...rebase(document, Date.now()), identifier, status: 'Exercise', msgType: 'Alert', references: [] }
}
