import { randomUUID } from 'node:crypto'
import Type, { type Static } from 'typebox'
import { acceptAlert } from '../alerts/accept.ts'
import { type AlertDefaults, parseAlertJson } from '../alerts/alert-json.ts'
import { alertSchema } from '../alerts/alert-schema.ts'
import type { Corrections } from '../alerts/approval.ts'
import { askAbout } from '../alerts/cap-questions.ts'
import { formatTime } from '../alerts/cap-time.ts'
import { parseCapXml } from '../alerts/cap-xml.ts'
import { CONTENT_QUESTIONS } from '../alerts/content-rules.ts'
import { unreadCorrections } from '../alerts/corrections.ts'
import { DEFAULT_SENDER } from '../alerts/issuer.ts'
import type { Alert, Note, Warning } from '../alerts/model.ts'
import { ruleQuerySchema, rulesOfQuery } from '../alerts/rule-schema.ts'
import { type AlertRules, type ChosenRules, rulesFor } from '../alerts/rules.ts'
import { resolveZones, zoneIds } from '../alerts/zones.ts'
import type { Problem } from '../lib/problem.ts'
import { sharesIdentifier } from '../store/alerts/identifier-use.ts'
import type { Holder } from '../store/people/holder.ts'
import type { ZoneBook } from '../store/zones/zone-book.ts'
import { checkRules } from '../targeting/check-rules.ts'
import { sendableCorrections } from '../targeting/correction-fit.ts'
import { spreadOf } from '../targeting/spread.ts'
import { contentWarnings } from './alert-content.ts'
import { warningView } from './alert-view.ts'
import type { ApiDeps } from './deps.ts'
import { body } from './schemas.ts'
import { checkArea } from './tenancy.ts'

export const xmlTypes = ['application/cap+xml', 'application/xml', 'text/xml']

/** What an author can be asked about. */
const CONFIRMS = ['area', 'signature', ...CONTENT_QUESTIONS]

export const alertQuery = Type.Interface(
  [ruleQuerySchema],
  {
    confirm: Type.Optional(
      Type.String({
        pattern: `^(${CONFIRMS.join('|')})(,(${CONFIRMS.join('|')}))*$`,
        'x-form': `some of ${CONFIRMS.join(', ')}, separated by commas`,
        description:
          'What the author was asked about and is sure of: `area` (it lies where it is meant to), `signature` (of somebody whose key is not known here), `content` (it says nothing of hazard, place or action), `contacts` (numbers and links that are on no list), `spelling`; separated by commas. What is confirmed becomes a warning that the approver sees',
      }),
    ),
  },
  { additionalProperties: false },
)

export type AlertQuery = Static<typeof alertQuery>

export const alertBody = body({
  'application/json': alertSchema,
  ...Object.fromEntries(xmlTypes.map((type) => [type, Type.String({ description: 'CAP 1.2' })])),
})

/** So many ids that are not known are looked up for their like: a hostile alert may name 100,000. */
const looksForLike = 5

async function withZones(alert: Alert, zones: ZoneBook): Promise<Alert> {
  const ids = zoneIds(alert)
  const named = await zones.zonesOf(ids)
  const like = new Map<string, string[]>()
  for (const id of ids.filter((one) => !named.has(one)).slice(0, looksForLike)) like.set(id, await zones.idsNear(id))
  return resolveZones(
    alert,
    (id) => named.get(id),
    (id) => like.get(id) ?? [],
  )
}

/** An alert as it was handed in: read, its zones looked up, and found fit to be a draft. */
export interface ReadAlert {
  readonly alert: Alert
  readonly rules: AlertRules
  readonly notes: Note[]
  readonly warnings: Warning[]
  /** Left out: the general texts. */
  readonly corrections?: Corrections
}

/** What somebody wrote, read but not judged. */
export interface WrittenAlert {
  readonly alert: Alert
  readonly rules: ChosenRules
  readonly notes: Note[]
  readonly warnings: readonly Problem[]
  /** Left out: the general texts. */
  readonly corrections?: Corrections
}

/**
 * Reads what somebody wrote, our JSON or CAP, the same for a new alert and for an edit.
 * @param defaults what JSON may leave out, and its id, where it is not a new alert
 * @param holder who wrote it
 * @throws Problem of the parser, of `askAbout`, of acceptance, of `checkRules` and of `checkArea`
 */
export async function readAlert(
  deps: Pick<ApiDeps, 'db' | 'countries' | 'trustedKeys' | 'zones' | 'carriers' | 'sender'>,
  holder: Holder,
  request: { readonly body: unknown; readonly query: AlertQuery },
  { id: own, ...defaults }: AlertDefaults & { readonly id?: string } = {},
): Promise<ReadAlert> {
  const now = Date.now()
  const read: WrittenAlert = Buffer.isBuffer(request.body)
    ? { ...parseCapXml(request.body, deps.trustedKeys, now), rules: {} }
    : {
        ...parseAlertJson(request.body, {
          identifier: randomUUID(),
          sender: deps.sender ?? DEFAULT_SENDER,
          sent: formatTime(now),
          ...defaults,
        }),
        warnings: [],
      }
  const judged = await judgeAlert(deps, read, request.query, now)
  await checkArea(deps, holder, judged.alert, judged.rules)
  return { ...judged, warnings: [...judged.warnings, ...(await sharedWarning(deps.db.pool, judged.alert, own))] }
}

/** Two alerts of one name, of which one is out or about to be: whoever names it may mean the other. */
async function sharedWarning(pool: ApiDeps['db']['pool'], alert: Alert, own: string | undefined): Promise<Warning[]> {
  const other = await sharesIdentifier(pool, alert, own)
  if (!other) return []
  return [
    {
      code: 'identifier-in-use',
      message: `The alert ${other.id}, which is ${other.phase}, has the same sender and identifier, ${alert.identifier}`,
      where: '/identifier',
      hint: 'Name each of them by its id, or give this one an identifier of its own.',
    },
  ]
}

/**
 * Looks up the zones of what was read, and whether it is fit to be a draft.
 * @throws Problem of `askAbout`, of acceptance, of the rules for content and of `checkRules`
 */
export async function judgeAlert(
  deps: Pick<ApiDeps, 'db' | 'countries' | 'trustedKeys' | 'zones' | 'carriers'>,
  read: WrittenAlert,
  { confirm, ...ruled }: AlertQuery,
  now: number,
): Promise<ReadAlert> {
  const alert = await withZones(read.alert, deps.zones)
  const confirmed = confirm?.split(',') ?? []
  askAbout(read.warnings, confirmed, deps.trustedKeys.length > 0)
  const accepted = acceptAlert(alert, {
    now,
    countryAt: (lon, lat) => deps.countries.countryAt(lon, lat),
    areaConfirmed: confirmed.includes('area'),
  })
  const chosen = { ...read.rules, ...rulesOfQuery(ruled) } as ChosenRules
  const { notes, corrections } = read
  const sendable = sendableCorrections(alert, corrections, deps.carriers.profiles)
  const unread = sendable && unreadCorrections(alert, sendable)
  const warnings = [
    ...read.warnings,
    ...accepted,
    ...(await contentWarnings(deps, alert, corrections ?? null, confirmed)),
    ...(await checkRules(deps.db.pool, alert, chosen)),
    ...(unread ? [unread] : []),
  ]
  const rules = rulesFor(alert, chosen)
  const spread = spreadOf(deps.countries, alert, rules)
  if (spread) warnings.push(spread)
  return { alert, rules, notes, warnings: warnings.map(warningView), ...(sendable && { corrections: sendable }) }
}
