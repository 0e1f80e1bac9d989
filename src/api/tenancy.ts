import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Alert } from '../alerts/model.ts'
import type { AlertRules } from '../alerts/rules.ts'
import { Problem } from '../lib/problem.ts'
import { isAlertId } from '../store/alerts/alert-row.ts'
import type { Holder } from '../store/people/holder.ts'
import {
  concernsAlert,
  concernsMessage,
  concernsNumber,
  type Jurisdiction,
  jurisdictionOf,
} from '../store/people/jurisdiction.ts'
import { parseMsisdn } from '../subscribers/msisdn.ts'
import { countriesOf, reckonCountries } from './alert-countries.ts'
import { isSafe } from './csrf.ts'
import type { ApiDeps } from './deps.ts'
import { unknownAlert } from './find-alert.ts'
import { unknownMessage } from './message-params.ts'

type Deps = Pick<ApiDeps, 'db' | 'countries'>
/** Throws where a request is about what is none of theirs. */
type Check = (deps: Deps, jurisdiction: Jurisdiction, request: FastifyRequest) => Promise<void> | void

const notForMissions = () =>
  new Problem('not-for-missions', 'This is not for mission staff', {
    status: 403,
    hint: 'Ask somebody of the headquarters.',
  })

const anything: Check = () => undefined
/** Between issuers: it sends another's alert back. */
const never: Check = () => {
  throw notForMissions()
}
/** The route itself shows, or takes, only what is theirs: `jurisdictionOf` of its holder. */
const filtered: Check = () => undefined

const number: Check = async ({ db }, jurisdiction, request) => {
  const { msisdn } = request.query as { msisdn?: unknown }
  if (typeof msisdn !== 'string' || (await concernsNumber(db.pool, jurisdiction, parseMsisdn(msisdn).msisdn))) return
  throw new Problem('number-elsewhere', 'Nobody of this number is registered at your mission or travels there', {
    status: 404,
  })
}

const message: Check = async ({ db }, jurisdiction, request) => {
  const { broadcastId, seq } = request.params as Record<string, string>
  const [broadcast, at] = [Number(broadcastId), Number(seq)]
  if (Number.isSafeInteger(broadcast) && at <= 0x7fffffff && Number.isInteger(at)) {
    if (!(await concernsMessage(db.pool, jurisdiction, broadcast, at))) throw unknownMessage()
  }
}

/** They see what touches a country of theirs, and act only on what touches no other. */
const alert: Check = async ({ db, countries }, jurisdiction, request) => {
  const { id } = request.params as { id: string }
  if (!isAlertId(id)) throw unknownAlert()
  await reckonCountries(db, countries)
  const concern = await concernsAlert(db.pool, jurisdiction, id)
  if (concern === 'no') throw unknownAlert()
  if (concern === 'within' || isSafe(request.method) || request.routeOptions.url === `${alertUrl}/preview`) return
  throw new Problem('beyond-jurisdiction', 'The alert touches countries beyond those of your mission', {
    status: 403,
    hint: 'Ask the headquarters to act on it.',
  })
}

const alertUrl = '/v1/alerts/:id'

/** Whatever is not here is not for mission staff. All below one alert is checked by `alert` first. */
const open: Readonly<Record<string, Check>> = {
  'GET /v1/alerts': async ({ db, countries }) => reckonCountries(db, countries),
  'POST /v1/alerts': filtered,
  'POST /v1/alerts/from-template': filtered,
  [`GET ${alertUrl}/explain`]: number,
  [`POST ${alertUrl}/overlaps/:otherId`]: never,
  'GET /v1/events': filtered,
  'GET /v1/alert-templates': anything,
  'GET /v1/alert-templates/:id': anything,
  'GET /v1/locked-terms': anything,
  'GET /v1/residents': filtered,
  'POST /v1/residents': filtered,
  'GET /v1/residents/:msisdn': filtered,
  'DELETE /v1/residents/:msisdn': filtered,
  'POST /v1/residents/import': filtered,
  'GET /v1/inbox': filtered,
  'POST /v1/inbox/:id/handled': filtered,
  'GET /v1/messages': number,
  'GET /v1/messages/:broadcastId/:seq': message,
  'GET /v1/messages/:broadcastId/:seq/receipts': message,
  'GET /v1/zones': anything,
  'GET /v1/zones/:id': anything,
  'GET /v1/zones/:id/geojson': anything,
  'GET /v1/travel-levels': anything,
  'GET /v1/travel-levels/at': anything,
  'GET /v1/entry/facts': anything,
  'GET /v1/entry/preview': anything,
  'GET /v1/carriers': anything,
  'GET /v1/sessions/current': anything,
  'DELETE /v1/sessions/current': anything,
  'POST /v1/me/password': anything,
  'POST /v1/me/second-factor': anything,
  'POST /v1/me/second-factor/confirm': anything,
}

/** Keeps mission staff to what is theirs, before the body is read. A route that nobody thought of is refused to them. */
export function keepWithinMissions(app: FastifyInstance, deps: Deps): void {
  app.addHook('onRequest', async (request) => {
    const jurisdiction = await jurisdictionOf(deps.db.pool, request.holder?.missions ?? null)
    if (jurisdiction === null) return
    const { url = '' } = request.routeOptions
    const own = `${url}/`.startsWith(`${alertUrl}/`)
    const check = open[`${request.method === 'HEAD' ? 'GET' : request.method} ${url}`]
    if (!own && check === undefined) throw notForMissions()
    if (own) await alert(deps, jurisdiction, request)
    await check?.(deps, jurisdiction, request)
  })
}

/**
 * Mission staff write alerts for the countries of their missions.
 * @throws Problem `beyond-jurisdiction` (403), with the countries that are not theirs
 */
export async function checkArea(
  { db, countries }: Deps,
  { missions }: Holder,
  alert: Alert,
  rules: AlertRules,
): Promise<void> {
  const jurisdiction = await jurisdictionOf(db.pool, missions)
  if (jurisdiction === null) return
  const beyond = countriesOf(countries, alert, rules).filter((country) => !jurisdiction.countries.includes(country))
  if (beyond.length === 0) return
  throw new Problem(
    'beyond-jurisdiction',
    `The area touches ${beyond.join(', ')}, beyond the countries of your mission`,
    {
      status: 403,
      where: '/infos/0/areas',
      hint: `Yours: ${jurisdiction.countries.join(', ')}. Cut the area to them, or ask the headquarters.`,
    },
  )
}
