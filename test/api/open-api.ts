import type { FastifyInstance, InjectOptions } from 'fastify'
import { ROLES, type Role } from '../../src/alerts/lifecycle.ts'
import type { ApiDeps } from '../../src/api/deps.ts'
import { buildServer } from '../../src/api/server.ts'
import { openZones } from '../../src/app/open-zones.ts'
import { parseProfile } from '../../src/carriers/load.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { createLogger } from '../../src/lib/log.ts'
import { Seal } from '../../src/lib/seal.ts'
import { openQueues, type Queues } from '../../src/queue/queues.ts'
import { FeedWatch } from '../../src/reporting/feed-watch.ts'
import { WebhookNetworks } from '../../src/reporting/webhooks/networks.ts'
import { type Database, openDatabase } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { rsa, testSigner, trusted } from '../alerts/signing.ts'
import { AnswerCheck } from './answers.ts'

const log = createLogger('silent')
const geofences = new URL('../../geofences', import.meta.url).pathname

/** @param more lines of its profile */
export const profileOf = (id: string, more = '') =>
  parseProfile(
    `
id: ${id}
reaches: [{ population: residents }, { population: roamers }]
links: [{ host: 127.0.0.1, port: 2775 }]
systemId: bongsu
password: secret-of-the-smsc
throughput: 100
source: { addr: "82232100404" }
${more}
`,
    `${id}.yaml`,
    {},
  )

export interface TestApi {
  readonly deps: ApiDeps
  readonly app: FastifyInstance
  readonly db: Database
  readonly queues: Queues
  /** A key of each role; each belongs to another person, named as the role. */
  readonly keys: Record<Role, string>
  readonly state: { ready: boolean }
  /** Each answer of `call` is checked with it. */
  readonly check: AnswerCheck
  /** A request with the key of a role. */
  call(role: Role | undefined, method: InjectOptions['method'], url: string, options?: Call): ReturnType<typeof answer>
  close(): Promise<void>
}

export interface Call {
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Record<string, string>
  readonly key?: string
}

/** The API over a database, injected into. Nothing answers its bells. */
export async function openApi(databaseUrl: string, more: Partial<ApiDeps> = {}): Promise<TestApi> {
  const db = openDatabase(databaseUrl, log)
  const queues = await openQueues({ databaseUrl, log })
  const keys = {} as Record<Role, string>
  for (const role of ROLES) keys[role] = await addKey(db, role, role, 'test')
  const state = { ready: true }
  const countries = loadCountries()
  const deps: ApiDeps = {
    db,
    queues,
    carriers: { profiles: [profileOf('north'), profileOf('south')], reload: async () => [] },
    countries,
    trustedKeys: [trusted(rsa.publicKey)],
    capSigner: await testSigner(),
    zones: await openZones(db, geofences, countries, log),
    carrierStatus: () => [
      {
        id: 'north',
        name: 'north',
        binds: 1,
        bindsWanted: 1,
        throughput: 100,
        rate: 40,
        allowedRate: 100,
        windowBound: false,
        paused: false,
        held: true,
        downMs: 0,
        each: [{ kind: 'transceiver', boundAt: new Date(0), lastEnd: null }],
        rollHalted: null,
      },
    ],
    feeds: new FeedWatch({ db, silentAfterMs: undefined, log }),
    ready: () => state.ready,
    seal: new Seal(Buffer.alloc(32, 7)),
    webhookNetworks: new WebhookNetworks('127.0.0.1'),
    log,
    ...more,
  }
  const app = await buildServer(deps)
  const check = new AnswerCheck(app)
  return {
    deps,
    app,
    db,
    queues,
    keys,
    state,
    check,
    call: (role, method, url, { body, type, headers, key } = {}) => {
      const secret = key ?? (role === undefined ? undefined : keys[role])
      const raw = typeof body === 'string' || Buffer.isBuffer(body)
      return answer(app, check, {
        ...(method === undefined ? {} : { method }),
        url,
        headers: {
          ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
          ...(body === undefined ? {} : { 'content-type': type ?? (raw ? 'text/plain' : 'application/json') }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: raw ? (body as string) : JSON.stringify(body) }),
      })
    },
    close: async () => {
      await app.close()
      await queues.close()
      await db.close()
    },
  }
}

async function answer(app: FastifyInstance, check: AnswerCheck, options: InjectOptions) {
  const response = await app.inject(options)
  const { statusCode: status, headers, body: text } = response
  check.check(options.method ?? 'GET', options.url as string, { status, headers, text })
  const json = /[/+]json/.test(response.headers['content-type']?.toString() ?? '')
  return {
    status,
    headers,
    text,
    // biome-ignore lint/suspicious/noExplicitAny: an answer is whatever it is; the tests say what it should be
    body: (json ? response.json() : undefined) as any,
  }
}
