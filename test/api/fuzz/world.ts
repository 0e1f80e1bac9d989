import { randomBytes } from 'node:crypto'
import type { Role } from '../../../src/alerts/lifecycle.ts'
import type { ApiDeps } from '../../../src/api/deps.ts'
import { parseOperator } from '../../../src/carriers/camara/load-operators.ts'
import { registerCarriers } from '../../../src/store/chunks/carriers.ts'
import { insertTexts, newTextIds } from '../../../src/store/inbox/insert-texts.ts'
import { addKey } from '../../../src/store/people/keys.ts'
import { routeNumbers } from '../../../src/targeting/route-numbers.ts'
import { runSelection } from '../../../src/targeting/select.ts'
import { alertBody, openDesk } from '../desk.ts'
import { profileOf, type TestApi } from '../open-api.ts'
import type { Corpus } from './requests.ts'
import type { Known } from './values.ts'

export interface World {
  readonly secrets: readonly string[]
  readonly particulars: readonly string[]
  readonly known: Known
  readonly corpus: Corpus
  keyOf(role: Role): Promise<string>
  /** Makes the messages of what was launched. */
  work(): Promise<void>
}

/** What an API needs for all of its operations to be of use: a carrier for rehearsals, and an operator to subscribe at. */
export const fuzzDeps: Partial<ApiDeps> = {
  carriers: {
    profiles: [profileOf('north'), profileOf('south'), profileOf('drill', 'live: false\nsimulated: true')],
    reload: async () => [],
  },
  camara: {
    operators: [
      parseOperator(
        `
id: kt
apiRoot: http://127.0.0.1:9/camara
oauth: { tokenUrl: "http://127.0.0.1:9/token", clientId: bongsu, clientSecret: client-secret }
sink: { url: https://alerts.example/v1/roaming-notifications, key: key-of-the-sink }
`,
        'kt.yaml',
        {},
      ),
    ],
    now: () => new Date(),
  },
}

const numberOf = (n: number) => `8190123450${String(n).padStart(2, '0')}`
const resident = (n: number) => ({
  msisdn: numberOf(n),
  mission: 'tokyo',
  country: 'JP',
  lat: 35.6 + n / 100,
  lon: 139.7,
  address: `${n} Ginza-secret`,
  language: 'ko',
  name_ref: `person-secret-${n}`,
})
const place = { kind: 'circle', lon: 139.7, lat: 35.7, radiusKm: 30 }
/** Two issuers for the people of a country that no other alert is for. */
const ofIssuer = (sender: string) => {
  const areas = [{ areaDesc: '아이슬란드', shapes: [{ kind: 'country', iso2: 'IS' }] }]
  return alertBody({ sender }, { areas })
}

/** People, alerts in every phase and messages to people, and bodies that are taken. */
export async function fuzzWorld(api: TestApi): Promise<World> {
  const { db, queues, countries, carriers, log } = api.deps
  const people = Array.from({ length: 30 }, (_, n) => resident(n))
  for (const body of people) await api.call('composer', 'POST', '/v1/residents', { body })
  const desk = openDesk(api)
  const alerts = [await desk.draft(), await desk.submitted(), await desk.approved()]
  const live = await desk.approved()
  const { broadcastId } = (await desk.act(live, 'launch', 'composer')).body
  const routes = await routeNumbers(db.pool, carriers.profiles)
  const work = async () => {
    const { rows } = await db.pool.query<{ id: number }>(
      `SELECT id FROM broadcast WHERE state = 'selecting' ORDER BY id`,
    )
    for (const { id } of rows) await runSelection({ db, queues, countries, routes, log }, id)
  }
  await work()
  await writeBack(api, numberOf(2), 5)
  const { templates } = (await api.call('viewer', 'GET', '/v1/alert-templates')).body
  const webhook = { url: 'http://127.0.0.1:9/hook', acts: ['launch'] }
  const numbers = people.map(({ msisdn }) => msisdn)
  const report = {
    msisdn: '821012345678',
    hplmn: '45008',
    vplmn: '44010',
    at: new Date().toISOString(),
    event: 'enter',
  }
  const zone = { id: 'fuzz-zone', name: 'A zone', shapes: [place] }
  const json = 'application/json'
  let n = 0
  return {
    // Those that no request holds.
    secrets: numbers.slice(5),
    particulars: ['Ginza-secret', 'person-secret'],
    known: {
      'alerts.id': [...alerts, live],
      otherId: [...alerts, live],
      'carriers.id': ['north', 'south'],
      'zones.id': ['JP', 'tokyo', 'fuzz-zone'],
      'missions.id': ['tokyo'],
      template: templates.map(({ id }: { id: string }) => id),
      broadcastId: [broadcastId],
      seq: [1, 2, 3, 30, 31],
      msisdn: [...numbers.slice(0, 5), '+819012345001', '821012345678'],
      after: [0, 1, live],
      url: ['http://127.0.0.1:9/hook', 'https://127.0.0.1:9/hook', 'https://10.0.0.1/'],
      mission: ['tokyo', 'none'],
      country: ['JP', 'US', 'XX'],
      language: ['ko', 'en'],
      year: ['2026', '2025'],
      numbers: ['masked', 'full'],
      name: ['composer', 'dengue-2026', 'A name'],
      identifier: ['x'],
      place: ['35.7,139.7'],
      digest: ['0'.repeat(64)],
      at: [new Date(Date.now() + 3_600_000).toISOString()],
      reason: ['because'],
    },
    corpus: {
      createAlert: [
        { type: json, body: alertBody() },
        { type: json, body: alertBody({}, { areas: [{ areaDesc: '도쿄', shapes: [place] }] }) },
        { type: json, body: alertBody({ status: 'Exercise' }) },
        { type: json, body: ofIssuer('one@example.org') },
        { type: json, body: ofIssuer('two@example.org') },
        { type: json, body: alertBody({ rules: { unplaced: 'include', reviewHours: 1, numbers: 'all' } }) },
      ],
      editAlert: [{ type: json, body: alertBody() }],
      setAlertTemplate: templates
        .slice(0, 2)
        .map(({ body }: { body: object }) => ({ type: json, body: { id: 'fuzz', body, note: 'of the fuzz' } })),
      putResident: people.slice(0, 3).map((body) => ({ type: json, body })),
      importResidents: [
        {
          type: 'application/x-ndjson',
          body: people
            .slice(0, 5)
            .map((one) => JSON.stringify(one))
            .join('\n'),
        },
        { type: 'text/csv', body: 'msisdn,mission,country\n819012345001,tokyo,JP\n819012345002,tokyo,JP\n' },
      ],
      takeRoamingNotifications: [
        { type: json, body: [report, { ...report, event: 'location', lat: 35.7, lon: 139.7, radius: 500 }] },
        {
          type: 'application/x-ndjson',
          body: `${JSON.stringify(report)}\n${JSON.stringify({ ...report, country: 'JP' })}\n`,
        },
      ],
      addZone: [{ type: json, body: zone }],
      addWebhook: [{ type: json, body: webhook }],
      changeWebhook: [{ type: json, body: webhook }],
      rotateWebhookSecret: [{ type: json, body: { overlap: '24h' } }],
      addPerson: [{ type: json, body: { name: 'somebody', roles: ['viewer'] } }],
      addKey: [{ type: json, body: { name: 'somebody', role: 'viewer' } }],
      signIn: [{ type: json, body: { name: 'somebody', password: 'something' } }],
      launchAlert: [{ type: json, body: { at: new Date(Date.now() + 3_600_000).toISOString() } }],
      lockTerm: [{ type: json, body: { language: 'en', term: 'avalanche', meaning: 'avalanche' } }],
      setEntryPolicy: [{ type: json, body: { area: 'JP', policy: { coolDownHours: 12 } } }],
      setEntryTemplate: [
        { type: json, body: { area: 'IS', kind: 'mission', texts: { ko: '아이슬란드 {localHelp}' }, note: 'fuzz' } },
      ],
      setTravelLevel: [
        { type: json, body: { country: 'TW', area: 'TW', level: 2, since: '2026-01-01', source: 'fuzz' } },
      ],
      createAlertFromTemplate: [
        {
          type: json,
          body: {
            template: 'tsunami',
            status: 'Actual',
            fields: { place: { ko: '일본 노토반도', en: 'Noto, Japan' }, action: 'away-from-coast' },
            areas: [{ areaDesc: 'Noto', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
          },
        },
      ],
    },
    work,
    keyOf: (role) => addKey(db, `fuzz ${role} ${++n}`, role, 'test'),
  }
}

/** Texts from a phone, in the inbox. */
async function writeBack({ db }: TestApi, msisdn: string, count: number): Promise<void> {
  const carrierNo = (await registerCarriers(db.pool, ['north'])).get('north')?.no as number
  const ids = await newTextIds(db.pool, count)
  const texts = ids.map((id) => ({
    id,
    headId: id,
    carrierNo,
    kind: 'text' as const,
    source: msisdn,
    msisdn,
    destination: '82232100404',
    dataCoding: 1,
    coding: 'ascii',
    raw: Buffer.from('help'),
    headerOctets: 0,
    reference: null,
    part: 1,
    parts: 1,
    fingerprint: randomBytes(16),
    word: null,
  }))
  await insertTexts(db.pool, texts)
}
