import type { Memory, SeenSession } from './memory.ts'

/** A request that was answered well. */
export interface Done {
  readonly operationId: string
  readonly params: Readonly<Record<string, string>>
  readonly requestBody: unknown
  readonly session: SeenSession | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What follows from an answer for the requests to come. */
export function learn(memory: Memory, done: Done): void {
  const json = /[/+]json$/.test(String(done.headers['content-type']).split(';')[0] as string)
  const body = json && done.text !== '' ? (JSON.parse(done.text) as unknown) : undefined
  const answer = isObject(body) ? body : {}
  learnAlerts(memory, done, answer)
  learnIds(memory, done, answer)
  learnSessions(memory, done, answer)
}

const isAlert = (value: unknown): value is Json => isObject(value) && 'phase' in value && 'chainId' in value

function learnAlerts(memory: Memory, { operationId, params, headers }: Done, answer: Json): void {
  const id = params.id ?? ''
  if (isAlert(answer)) memory.sawAlert(answer, textOf(headers.etag) || undefined)
  if (isAlert(answer.alert)) memory.sawAlert(answer.alert, textOf(headers.etag) || undefined)
  if (operationId === 'listAlerts') for (const one of answer.alerts as Json[]) memory.sawAlert(one)
  if (operationId === 'launchAlert') {
    const live = answer.broadcastId !== null
    memory.didAct(id, live ? { phase: 'live', launched: true, scheduled: false } : { scheduled: true })
    memory.add('broadcastId', answer.broadcastId)
  }
  if (operationId === 'retractAlert' || operationId === 'endAlert') memory.didAct(id, { phase: 'ended' })
}

/** Where the id of what was made, and of what ended, stands. */
const made: Readonly<Record<string, readonly [pool: string, member: string]>> = {
  addPerson: ['people.id', 'id'],
  addKey: ['keys.id', 'id'],
  addWebhook: ['webhooks.id', 'id'],
  addZone: ['zones.id', 'id'],
}
const ended: Readonly<Record<string, string>> = {
  revokeKey: 'keys.id',
  endWebhook: 'webhooks.id',
  endSession: 'sessions.id',
}
const listed: Readonly<Record<string, readonly [pool: string, list: string, member: string]>> = {
  listSessions: ['sessions.id', 'sessions', 'id'],
  listInbox: ['inbox.id', 'texts', 'id'],
  listCamaraSubscriptions: ['after', 'subscriptions', 'id'],
  readAudit: ['after', 'entries', 'id'],
}

function learnIds(memory: Memory, { operationId, params, requestBody }: Done, answer: Json): void {
  const make = made[operationId]
  if (make !== undefined) memory.add(make[0], answer[make[1]])
  const end = ended[operationId]
  if (end !== undefined) memory.drop(end, params.id)
  const list = listed[operationId]
  if (operationId === 'listSessions') memory.clear('sessions.id')
  if (list !== undefined) for (const one of answer[list[1]] as Json[]) memory.add(list[0], one[list[2]])
  const asked = isObject(requestBody) ? requestBody : {}
  if (operationId === 'lockTerm') memory.add('locked', `${asked.language}/${asked.term}`)
  if (operationId === 'unlockTerm') memory.drop('locked', `${params.language}/${params.term}`)
  if (operationId === 'setEntryCampaign') memory.add('campaign', asked.name)
  if (operationId === 'endEntryCampaign') memory.drop('campaign', params.name)
  if (operationId === 'putResident') memory.add('registered', String(asked.msisdn))
  if (operationId === 'deleteResident') memory.drop('registered', params.msisdn)
  if (operationId === 'addCamaraSubscriptions') memory.add('subscribed', textOf(requestBody).split('\n')[1])
  if (operationId === 'endCamaraSubscription') memory.drop('subscribed', params.msisdn)
  for (const secret of [answer.key, answer.secret, answer.password]) {
    if (typeof secret === 'string') memory.issued.add(secret)
  }
}

function learnSessions(memory: Memory, { operationId, requestBody, session, headers }: Done, answer: Json): void {
  const asked = isObject(requestBody) ? requestBody : {}
  if (operationId === 'addPerson' && typeof answer.password === 'string' && Array.isArray(asked.roles)) {
    memory.newcomers.push({ name: textOf(answer.name), password: answer.password, role: asked.roles[0] })
  }
  const cookie = [headers['set-cookie']].flat().map((one) => /^bongsu_session=([^;]+)/.exec(String(one))?.[1])[0]
  const csrf = textOf(answer.csrfToken)
  if (operationId === 'signIn' && cookie !== undefined) {
    const who = memory.newcomers.find(({ name }) => name === asked.name)
    if (who === undefined) return
    memory.sessions.push({ ...who, cookie, csrf, stage: 'first', secret: undefined })
    if (memory.sessions.length > 12) memory.sessions.shift()
  }
  if (session === undefined) return
  if (cookie !== undefined && csrf !== '') Object.assign(session, { cookie, csrf })
  if (operationId === 'signOut') forget(memory, session)
  if (operationId === 'changePassword') {
    session.password = textOf(asked.password)
    // The first password is void, and so are other sessions of the person.
    for (const one of [...memory.sessions]) if (one !== session && one.name === session.name) forget(memory, one)
    const at = memory.newcomers.findIndex(({ name }) => name === session.name)
    if (at >= 0) memory.newcomers.splice(at, 1)
    if (session.stage === 'first') session.stage = 'password'
  }
  if (operationId === 'proposeSecondFactor')
    Object.assign(session, { stage: 'proposed', secret: textOf(answer.secret) })
  if (operationId === 'confirmSecondFactor') session.stage = 'whole'
}

/** Its session has ended. */
export function forget(memory: Memory, session: SeenSession): void {
  const at = memory.sessions.indexOf(session)
  if (at >= 0) memory.sessions.splice(at, 1)
}
