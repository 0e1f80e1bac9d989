import { needsArea } from '../alerts/accept.ts'
import type { Corrections } from '../alerts/approval.ts'
import { generalCorrections, TAKE_BACKS, takingBack } from '../alerts/corrections.ts'
import type { Alert } from '../alerts/model.ts'
import type { CarrierProfile } from '../carriers/schema.ts'
import { Problem } from '../lib/problem.ts'
import { useOf } from '../lib/use.ts'
import { checkFallBack } from './audience-text.ts'

/**
 * The words that take an alert back, such as every carrier can send: found out while there is time, not when it has to be taken back.
 * General words give way to shorter ones.
 * @param own words that somebody wrote for it
 * @returns null for what is never taken back
 * @throws Problem `correction-not-sendable` (422)
 */
export function sendableCorrections(
  alert: Alert,
  own: Corrections | undefined,
  profiles: readonly CarrierProfile[],
): Corrections | null {
  if (!needsArea(alert)) return null
  const tried = own ? [own] : [generalCorrections(alert), generalCorrections(alert, 'short')]
  let why: Problem | undefined
  for (const corrections of tried as Corrections[]) {
    why = whyNot(alert, corrections, profiles)
    if (!why) return corrections
  }
  throw new Problem('correction-not-sendable', `What would take it back cannot be sent: ${why?.message}`, {
    status: 422,
    where: '/corrections',
    hint: 'Write "corrections" of your own: shorter, or in letters that every carrier has.',
  })
}

function whyNot(alert: Alert, corrections: Corrections, profiles: readonly CarrierProfile[]): Problem | undefined {
  const head = { identifier: alert.identifier, sent: alert.sent, expires: alert.sent }
  const use = useOf({ status: alert.status, rehearses: null })
  try {
    for (const kind of TAKE_BACKS) checkFallBack(takingBack(alert, corrections, kind, head), profiles, use)
    return undefined
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
}
