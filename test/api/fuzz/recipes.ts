import type { Role } from '../../../src/alerts/lifecycle.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import { codeOf } from '../people-support.ts'
import type { Memory, SeenAlert, SeenSession } from './memory.ts'

/** A request that should be taken, as far as is known. */
export interface Asked {
  readonly params?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string>>
  readonly type?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly role?: Role
  readonly session?: SeenSession
}

/** Undefined: nothing is known yet that it could be about. `n`: of the request, for names that nobody has. */
type Recipe = (memory: Memory, random: Prng, n: number) => Asked | undefined

const reason = 'because of the exercise'
/** Before any alert of the world expires. */
const soon = () => new Date(Date.now() + 1_200_000).toISOString()
const today = () => new Date().toISOString().slice(0, 10)

const about =
  (
    fits: (alert: SeenAlert) => boolean,
    asked: (alert: SeenAlert, random: Prng) => Omit<Asked, 'params'> = () => ({}),
  ): Recipe =>
  (memory, random) => {
    const fitting = [...memory.alerts.values()].filter((alert) => !alert.stale && fits(alert))
    if (fitting.length === 0) return undefined
    // The newest most often: what stands of the others may have changed since it was seen.
    const alert = random.next() < 0.5 ? (fitting.at(-1) as SeenAlert) : random.pick(fitting)
    return { params: { id: alert.id }, ...asked(alert, random) }
  }
const any = about(() => true)
const launched = about((alert) => alert.launched)
const phase =
  (...phases: readonly SeenAlert['phase'][]) =>
  (alert: SeenAlert) =>
    phases.includes(alert.phase)

const from =
  (pool: string, param: string, asked: (value: string, random: Prng) => Omit<Asked, 'params'> = () => ({})): Recipe =>
  (memory, random) => {
    const values = memory.pool(pool)
    if (values.length === 0) return undefined
    const value = String(random.pick(values))
    return { params: { [param]: value }, ...asked(value, random) }
  }

const bySession =
  (stages: readonly SeenSession['stage'][], asked: (session: SeenSession, n: number) => Asked = () => ({})): Recipe =>
  (memory, random, n) => {
    const sessions = memory.sessions.filter(({ stage }) => stages.includes(stage))
    if (sessions.length === 0) return undefined
    const session = random.pick(sessions)
    return { session, ...asked(session, n) }
  }
const body =
  (of: (random: Prng, n: number) => unknown, more: Omit<Asked, 'body'> = {}): Recipe =>
  (_, random, n) => ({ body: of(random, n), ...more })
const query =
  (given: Readonly<Record<string, string>>): Recipe =>
  () => ({ query: given })

/** Numbers that may come and go: no alert is for them, or they could not be erased while it is under way. */
const spare = (random: Prng) => `8190123460${String(random.int(20)).padStart(2, '0')}`
const message: Recipe = (memory, random) => ({
  params: { broadcastId: String(memory.pool('broadcastId')[0]), seq: 1 + random.int(30) },
})
/** Small letters, for words that are letters alone. */
const letters = (n: number) => [...String(n)].map((digit) => 'abcdefghij'[Number(digit)]).join('')
const days = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString()

/** What each operation needs to be done, where it needs anything; bodies of others are in the world's corpus. */
export const recipes: Readonly<Record<string, Recipe>> = {
  getAlert: (memory, random) => {
    const stale = [...memory.alerts.values()].filter((alert) => alert.stale)
    return stale.length > 0 ? { params: { id: random.pick(stale).id } } : any(memory, random, 0)
  },
  getAlertAsCap: any,
  previewAlert: any,
  getAlertDensity: any,
  explainNumber: about(
    () => true,
    () => ({ query: { msisdn: '819012345001' } }),
  ),
  rehearseAlert: about((alert) => alert.msgType === 'Alert' && alert.phase !== 'ended'),
  editAlert: about(
    (alert) => alert.etag !== undefined && phase('draft', 'submitted')(alert),
    ({ etag }) => ({ headers: { 'if-match': etag as string } }),
  ),
  submitAlert: about(phase('draft')),
  approveAlert: about(phase('submitted'), ({ digest }, random) => ({
    body: digest !== undefined && random.next() < 0.5 ? { digest } : null,
  })),
  rejectAlert: about(phase('submitted'), () => ({ body: { reason } })),
  breakGlass: about(phase('draft'), () => ({ body: { reason } })),
  discardAlert: about(phase('draft'), () => ({ body: { reason } })),
  launchAlert: about(
    (alert) => alert.phase === 'approved' && !alert.scheduled && alert.undecided.length === 0,
    (_, random) => ({ body: random.next() < 0.3 ? { at: soon() } : {} }),
  ),
  unscheduleAlert: about((alert) => alert.scheduled && alert.phase === 'approved'),
  reviewAlert: about(phase('live'), () => ({ body: { reason } })),
  retractAlert: about(
    (alert) => alert.phase === 'live' && alert.msgType === 'Alert',
    () => ({ body: { reason } }),
  ),
  endAlert: about(
    (alert) => alert.phase === 'live' && alert.msgType === 'Alert',
    () => ({ body: { reason } }),
  ),
  decideOverlap: (memory, random) => {
    const pairs = [...memory.alerts.values()].flatMap(({ id, undecided }) =>
      undecided.map((otherId) => ({ id, otherId })),
    )
    if (pairs.length === 0) return undefined
    return { params: random.pick(pairs), body: { decision: random.pick(['both', 'this', 'other']), reason } }
  },
  getProgress: launched,
  followAlert: launched,
  listRecipients: launched,
  getReport: launched,
  readPublishedAlert: launched,
  readCapFeed: () => ({}),
  followAlerts: () => ({}),

  getAlertTemplate: from('template', 'id'),
  createAlertFromTemplate: body(() => ({
    template: 'tsunami',
    status: 'Actual',
    fields: { place: { ko: '아이슬란드', en: 'Iceland' }, action: 'away-from-coast' },
    areas: [{ areaDesc: 'Iceland', shapes: [{ kind: 'country', iso2: 'IS' }] }],
  })),
  lockTerm: body((_, n) => ({ language: 'en', term: `word${letters(n)}`, meaning: 'fuzz' })),
  unlockTerm: (memory, random) => {
    const locked = memory.pool('locked')
    if (locked.length === 0) return undefined
    const [language, term] = String(random.pick(locked)).split('/') as [string, string]
    return { params: { language, term } }
  },

  getResident: from('registered', 'msisdn'),
  deleteResident: from('registered', 'msisdn'),
  putResident: body((random) => ({ msisdn: spare(random), mission: 'ulaanbaatar', country: 'MN', language: 'ko' })),
  handleInboxText: from('inbox.id', 'id'),
  exportPersonalData: body((random) => ({ msisdn: spare(random) })),
  erasePersonalData: body((random) => ({ msisdn: spare(random), reason, despiteAlerts: true })),
  findMessages: query({ msisdn: '819012345001' }),
  getMessage: message,
  listReceipts: message,
  addCamaraSubscriptions: body((random) => `msisdn\n${spare(random)}\n`, { type: 'text/csv' }),
  endCamaraSubscriptions: body((random) => `msisdn\n${spare(random)}\n`, { type: 'text/csv' }),
  endCamaraSubscription: from('subscribed', 'msisdn'),

  getZone: from('zones.id', 'id'),
  getZoneOutline: from('zones.id', 'id'),
  travelLevelAt: query({ lon: '121', lat: '14.6' }),
  setTravelLevel: body((random) => ({
    country: 'TW',
    area: 'TW',
    level: 1 + random.int(4),
    since: '2026-01-01',
    source: 'fuzz',
  })),
  confirmTravelLevels: body(() => ({ country: 'PH', source: 'fuzz' })),
  setEntryPolicy: body((random) => ({ area: 'CN', policy: { coolDownHours: 1 + random.int(48) }, note: reason })),
  setEntryTemplate: body((random) => ({
    area: random.pick(['IS', 'MN', 'FR']),
    kind: 'mission',
    texts: { ko: '도움 {localHelp}', en: 'Help{localHelp}' },
  })),
  setEntryCampaign: body((_, n) => ({
    name: `dengue-${n}`,
    areas: ['TH', 'VN'],
    texts: { ko: '[외교부] {country} 뎅기열 유행: 모기 기피제를 쓰십시오.', en: '[MOFA] Dengue in {country}.' },
    startsAt: days(-1),
    endsAt: days(30),
  })),
  endEntryCampaign: from('campaign', 'name'),
  setMissionPhone: (_, random) => ({
    params: { id: 'ulaanbaatar' },
    body: { phone: `+976-11-${100000 + random.int(900000)}` },
  }),
  setEmergencyNumbers: body(() => ({ country: 'AF', police: '119', ambulance: '119', fire: '119' })),
  setEntryHost: body((random) => ({ host: 'jma.go.jp', allowed: random.next() < 0.5 })),
  previewEntry: query({ country: 'JP' }),
  getEntryTexts: () => ({ query: { day: today() } }),
  getEntryYear: () => ({ params: { year: '2026' } }),

  pauseCarrier: from('carriers.id', 'id'),
  resumeCarrier: from('carriers.id', 'id'),
  getWebhook: from('webhooks.id', 'id'),
  changeWebhook: from('webhooks.id', 'id', () => ({ body: { url: 'http://127.0.0.1:9/hook' } })),
  endWebhook: from('webhooks.id', 'id'),
  pingWebhook: from('webhooks.id', 'id'),
  rotateWebhookSecret: from('webhooks.id', 'id', () => ({ body: { overlap: '0s' } })),
  listWebhookDeliveries: from('webhooks.id', 'id'),

  addPerson: body((random, n) => ({
    name: `Person ${n}`,
    roles: [random.pick(['viewer', 'composer', 'approver', 'auditor'])],
    password: true,
  })),
  changePerson: from('people.id', 'id', (_, random) => ({ body: { disabled: random.next() < 0.3 } })),
  resetPerson: from('people.id', 'id'),
  addKey: body((random, n) => ({ name: `Person ${n}`, role: random.pick(['viewer', 'composer', 'auditor']) })),
  revokeKey: from('keys.id', 'id'),
  endSession: from('sessions.id', 'id'),
  signIn: (memory, random) => {
    if (memory.newcomers.length === 0) return undefined
    const { name, password } = random.pick(memory.newcomers.slice(-5))
    return { body: { name, password } }
  },
  getSession: bySession(['first', 'password', 'proposed', 'whole']),
  signOut: bySession(['first', 'whole']),
  changePassword: bySession(['first', 'first', 'password', 'whole'], ({ password }, n) => ({
    body: { current: password, password: `four words say ${n} enough` },
  })),
  proposeSecondFactor: bySession(['password', 'proposed']),
  confirmSecondFactor: bySession(['proposed'], ({ secret }) => ({ body: { code: codeOf(secret as string) } })),
}
