import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROLES, type Role } from '../../src/alerts/lifecycle.ts'
import { type Engine, startEngine } from '../../src/app/engine.ts'
import { createLogger } from '../../src/lib/log.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import type { Database } from '../../src/store/database.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { alertBody, type Desk, openDesk } from '../api/desk.ts'
import { codeOf, type TestApi } from '../api/support.ts'
import { testProfile } from '../dispatch/profile.ts'
import { cloneDatabase } from '../support/database.ts'
import { freePort } from '../support/free-port.ts'
import { addResidents } from '../targeting/people.ts'

const geofences = new URL('../../geofences', import.meta.url).pathname

/** A whole engine with the people who use it, and the SMSCs that judge what left. */
export interface ControlRoom {
  readonly db: Database
  readonly desk: Desk
  /** Whoever has a key of this role. */
  call: TestApi['call']
  /** Another key of a person. */
  keyOf(person: string, role: Role): Promise<string>
  /** Of a real carrier, of the one for exercises, and of the simulated one for rehearsals. */
  readonly live: Smsc
  readonly drill: Smsc
  readonly simulated: Smsc
  /** So many residents of a country; their numbers. */
  enrol(country: string, n: number, language?: string): Promise<string[]>
  /** The texts that an SMSC took for a number. */
  texts(smsc: Smsc, msisdn: string): string[]
  /** Starts the SMSC of the carrier of Wales, which is down until then. */
  wales(): Promise<Smsc>
  close(): Promise<void>
}

export async function openControlRoom(): Promise<ControlRoom> {
  const dir = await mkdtemp(join(tmpdir(), 'bongsu-room-'))
  const database = await cloneDatabase()
  const smscOf = (port = 0) =>
    startSmsc({ systemId: 'bongsu', password: 'secret', record: true, receipts: { delayMs: 5 }, port })
  const [live, drill, simulated] = [await smscOf(), await smscOf(), await smscOf()]
  const walesPort = await freePort()
  const reaches = (countries: string) =>
    `reaches: [{ population: residents, countries: [${countries}] }, { population: roamers }]`
  const engine: Engine = await startEngine({
    databaseUrl: database.url,
    redisUrl: undefined,
    dataDir: dir,
    geofencesDir: geofences,
    port: 0,
    profiles: [
      testProfile(live.port, [reaches('JP, FR, TH, US, CN, VN, PH, DE, MN, IS, KH, ID'), 'throughput: 100'], 'north'),
      testProfile(walesPort, ['reaches: [{ population: residents, countries: [GB] }]', 'downAfter: 1s'], 'wales'),
      testProfile(drill.port, ['live: false'], 'drill'),
      testProfile(simulated.port, ['live: false', 'simulated: true'], 'simulated'),
    ],
    roles: ['api', 'targeting', 'dispatch'],
    log: createLogger('silent'),
  })
  const { db, url } = engine
  const keys = {} as Record<Role, string>
  for (const role of ROLES) keys[role] = await addKey(db, role, role, 'test')
  const call: TestApi['call'] = async (role, method, path, { body, headers, key } = {}) => {
    const secret = key ?? (role === undefined ? undefined : keys[role])
    const response = await fetch(`${url}${path}`, {
      method: method as string,
      headers: {
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text,
      body: isJson ? JSON.parse(text) : undefined,
    }
  }
  const more: Smsc[] = []
  let numbers = 819_020_000_000
  return {
    db,
    desk: openDesk({ call } as TestApi),
    call,
    keyOf: (person, role) => addKey(db, person, role, 'test'),
    live,
    drill,
    simulated,
    async enrol(country, n, language) {
      const msisdns = Array.from({ length: n }, () => String(++numbers))
      await addResidents(
        db,
        msisdns.map((msisdn) => ({ msisdn, country, ...(language === undefined ? {} : { language }) })),
      )
      return msisdns
    },
    texts: (smsc, msisdn) =>
      smsc.recorded
        .filter(({ destination }) => destination === msisdn)
        .map(({ shortMessage, esmClass, dataCoding }) => {
          const text = (esmClass & 0x40) === 0 ? shortMessage : shortMessage.subarray(1 + (shortMessage[0] as number))
          return dataCoding === 8 ? Buffer.from(text).swap16().toString('utf16le') : text.toString('latin1')
        }),
    async wales() {
      const smsc = await smscOf(walesPort)
      more.push(smsc)
      return smsc
    },
    async close() {
      await engine.stop()
      for (const smsc of [live, drill, simulated, ...more]) await smsc.close()
      await database.drop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** An Actual alert for a whole country. */
export const alertFor = (country: string, change: object = {}, info: object = {}) =>
  alertBody(change, { areas: [{ areaDesc: country, shapes: [{ kind: 'country', iso2: country }] }], ...info })

/** Status and code of a refusal, and of each of its findings. */
export const refusalOf = ({ status, body }: Awaited<ReturnType<TestApi['call']>>) => ({
  status,
  code: status >= 400 ? codeOf({ body }) : undefined,
  findings: ((body?.errors ?? []) as { code: string }[]).map(({ code }) => code),
})
