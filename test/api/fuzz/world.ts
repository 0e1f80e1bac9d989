import type { Role } from '../../../src/alerts/lifecycle.ts'
import { addKey } from '../../../src/store/people/keys.ts'
import { routeNumbers } from '../../../src/targeting/route-numbers.ts'
import { runSelection } from '../../../src/targeting/select.ts'
import { alertBody, openDesk } from '../desk.ts'
import type { TestApi } from '../open-api.ts'
import type { Corpus } from './requests.ts'
import type { Known } from './values.ts'

export interface World {
  readonly secrets: readonly string[]
  readonly known: Known
  readonly corpus: Corpus
  keyOf(role: Role): Promise<string>
}

const resident = (n: number) => ({
  msisdn: `8190123450${String(n).padStart(2, '0')}`,
  mission: 'tokyo',
  country: 'JP',
  lat: 35.6 + n / 100,
  lon: 139.7,
  address: `${n} Ginza`,
  language: 'ko',
  name_ref: `person-${n}`,
})
const place = { kind: 'circle', lon: 139.7, lat: 35.7, radiusKm: 30 }

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
  await runSelection({ db, queues, countries, routes, log }, broadcastId)
  const webhook = { url: 'http://127.0.0.1:9/hook', acts: ['launch'] }
  const { id: webhookId } = (await api.call('administrator', 'POST', '/v1/webhooks', { body: webhook })).body
  const numbers = people.map(({ msisdn }) => msisdn)
  // Those that no request holds.
  const secrets = numbers.slice(5)
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
    secrets,
    known: {
      'alerts.id': [...alerts, live],
      otherId: [...alerts, live],
      'webhooks.id': [webhookId],
      'people.id': [1, 2, 3, 4, 5, 6],
      'carriers.id': ['north', 'south'],
      'zones.id': ['JP', 'tokyo', 'fuzz-zone'],
      'missions.id': ['tokyo'],
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
      ],
      editAlert: [{ type: json, body: alertBody() }],
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
      addPerson: [{ type: json, body: { name: 'somebody', roles: ['viewer'] } }],
      addKey: [{ type: json, body: { name: 'somebody', role: 'viewer' } }],
      signIn: [{ type: json, body: { name: 'somebody', password: 'something' } }],
      launchAlert: [{ type: json, body: { at: new Date(Date.now() + 3_600_000).toISOString() } }],
    },
    keyOf: (role) => addKey(db, `fuzz ${role} ${++n}`, role, 'test'),
  }
}
