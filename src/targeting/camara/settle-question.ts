import { maskMsisdn } from '../../lib/mask.ts'
import { metrics } from '../../lib/metrics.ts'
import { Problem } from '../../lib/problem.ts'
import { answerQuestion, type ClaimedQuestion } from '../../store/camara/questions.ts'
import { roamingBell } from '../../store/roaming/batches.ts'
import { countriesReported } from '../../subscribers/camara.ts'
import type { RoamingNotification } from '../../subscribers/notification.ts'
import type { AccountDeps } from './deps.ts'
import { questionMs } from './timing.ts'

/** Asks the operator where a device is that began to roam, and hands that in as a notification. @throws CamaraRefusal */
export async function settleQuestion(deps: AccountDeps, question: ClaimedQuestion): Promise<void> {
  const { db, queues, now } = deps
  const late = now().getTime() - question.at.getTime() > questionMs
  const notification = late ? undefined : await ask(deps, question)
  if (notification === undefined) metrics.notifications.inc({ outcome: 'country-unknown' })
  const batch = await answerQuestion(db.pool, question, notification)
  if (batch !== undefined) void queues.ring(roamingBell, { id: batch })
}

async function ask(
  { api, operator, log, now }: AccountDeps,
  { msisdn, key, at }: ClaimedQuestion,
): Promise<RoamingNotification | undefined> {
  const status = await api.roamingStatus(msisdn)
  const hplmn = operator.hplmn === undefined ? {} : { hplmn: operator.hplmn }
  const base = { id: key, msisdn, ...hplmn }
  // Home again before he was asked about: as of when the operator knows it.
  if (!status.roaming) {
    const seen = new Date(Math.min(Date.parse(status.at ?? at.toISOString()), now().getTime()))
    return { ...base, countries: [], at: seen > at ? seen : at, event: 'leave' }
  }
  try {
    const countries = countriesReported(status.countryName, status.countryCode)
    if (countries !== undefined) return { ...base, countries, at, event: 'enter' }
    log.warn(
      { operator: operator.id, msisdn: maskMsisdn(msisdn) },
      'a CAMARA operator knows that a device roams, not where',
    )
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    log.warn({ operator: operator.id, reason: error.line }, 'a CAMARA operator answers with a country that is none')
  }
  return undefined
}
