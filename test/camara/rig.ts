import type { AddressInfo } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { parseOperator } from '../../src/carriers/camara/load-operators.ts'
import type { CamaraOperator } from '../../src/carriers/camara/operator-schema.ts'
import type { Database } from '../../src/store/database.ts'
import { CamaraWorker } from '../../src/targeting/camara/camara-worker.ts'
import { startApi, type TestApi } from '../api/support.ts'
import { OperatorServer } from './operator-server.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

export interface Row {
  id: string
  msisdn: string | null
  type: string
  state: string
  remote_id: string | null
  expires_at: Date | null
  next_try_at: Date | null
  tries: number
  problem: string | null
}

/** An operator, our API and our worker, with one clock for all that the test moves. */
export class CamaraRig {
  readonly operator: OperatorServer
  readonly api: TestApi
  readonly profile: CamaraOperator
  worker: CamaraWorker
  readonly #clock: { at: number }
  readonly #logged: string[]

  private constructor(
    operator: OperatorServer,
    api: TestApi,
    profile: CamaraOperator,
    clock: { at: number },
    logged: string[],
  ) {
    this.operator = operator
    this.api = api
    this.profile = profile
    this.#clock = clock
    this.#logged = logged
    this.worker = this.newWorker()
  }

  /** @param yaml changes to the profile: lines that replace those of the same key */
  static async start(yaml: readonly string[] = [], env: Record<string, string> = {}): Promise<CamaraRig> {
    const clock = { at: Date.now() }
    const now = () => new Date(clock.at)
    const logged: string[] = []
    const sink = new Writable({ write: (line, _, done) => done(void logged.push(`${line}`)) })
    const log = pino({ level: 'trace' }, sink)
    const operators: CamaraOperator[] = []
    const api = await startApi({ camara: { operators, now }, log })
    const operator = new OperatorServer(now)
    const url = await operator.listen()
    await api.app.listen({ port: 0, host: '127.0.0.1' })
    operator.deliverTo = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
    const profile = parseOperator(profileYaml(url, yaml), 'kt.yaml', { SINK_KEY: api.keys.carrier, ...env })
    operators.push(profile)
    return new CamaraRig(operator, api, profile, clock, logged)
  }

  /** A worker as of another process. */
  newWorker(db: Database = this.api.db): CamaraWorker {
    const { queues, log } = this.api.deps
    return new CamaraWorker({ db, queues, operators: [this.profile], log, now: () => this.now })
  }

  get now(): Date {
    return new Date(this.#clock.at)
  }

  /** Everything logged so far. */
  get logged(): string {
    return this.#logged.join('')
  }

  /** Moves the clock, and has the worker do what is due then. */
  async after(ms: number): Promise<void> {
    this.#clock.at += ms
    await this.work()
  }

  /** What is due now, and what that makes due at once. */
  async work(): Promise<void> {
    await this.worker.work()
  }

  subscribe(...msisdns: string[]) {
    return this.api.call('administrator', 'POST', '/v1/camara/subscriptions', {
      body: msisdns.join('\n'),
      type: 'text/csv',
    })
  }

  async rows(where = 'true'): Promise<Row[]> {
    const { rows } = await this.api.db.pool.query<Row>(
      `SELECT *, msisdn::text AS msisdn FROM camara_subscription WHERE ${where} ORDER BY changed_at, type`,
    )
    return rows
  }

  /** How many are in each state, but those that ended. */
  async states(): Promise<Record<string, number>> {
    const rows = await this.rows("state <> 'ended'")
    const sums: Record<string, number> = {}
    for (const { state } of rows) sums[state] = (sums[state] ?? 0) + 1
    return sums
  }

  /** Notifications in the inbox. */
  async inbox(): Promise<Record<string, unknown>[]> {
    const { rows } = await this.api.db.pool.query<{ events: Record<string, unknown>[] }>(
      'SELECT events FROM roaming_batch ORDER BY id',
    )
    return rows.flatMap(({ events }) => events)
  }

  async close(): Promise<void> {
    await this.operator.close()
    await this.api.close()
  }
}

/** A profile of one event type, unless a line says otherwise, and faster than an operator would have it. */
export function profileYaml(url: string, changes: readonly string[] = []): string {
  const lines = [
    'id: kt',
    `apiRoot: ${url}/camara`,
    `oauth: { tokenUrl: "${url}/token", clientId: bongsu, clientSecret: client-secret }`,
    'sink: { url: https://alerts.example/v1/roaming-notifications, key: "$' + '{SINK_KEY}" }',
    'types: [roaming-status]',
    'hplmn: "45008"',
    'rate: 1000',
  ]
  const keyOf = (line: string) => line.slice(0, line.indexOf(':'))
  const kept = lines.filter((line) => !changes.some((change) => keyOf(change) === keyOf(line)))
  return [...kept, ...changes.map((line) => line.replaceAll('OPERATOR', url))].join('\n')
}
