import { metrics } from '../../lib/metrics.ts'
import { AccessToken } from './access-token.ts'
import { type HttpAnswer, NoAnswer, request } from './http.ts'
import { type CamaraOperator, eventTypeOf, shortTypeOf } from './operator-schema.ts'
import { CamaraRefusal, refusalOf } from './refusal.ts'
import { Spacing } from './spacing.ts'

/** A subscription as the operator has it. */
export interface RemoteSubscription {
  readonly remoteId: string
  /** Our own id, from its sink. */
  readonly tag: string | undefined
  /** Whether it delivers to our sink. */
  readonly ours: boolean
  /** E.164 digits; undefined where the operator does not show it. */
  readonly msisdn: string | undefined
  /** Short name. */
  readonly type: string | undefined
  readonly expiresAt: Date | undefined
  /** An operator need not say: then it works. */
  readonly status: 'ACTIVATION_REQUESTED' | 'ACTIVE' | 'INACTIVE' | 'EXPIRED' | 'DELETED'
}

export interface Wanted {
  /** Our id of it. */
  readonly id: string
  readonly msisdn: string
  readonly type: string
  readonly until: Date
  readonly initialEvent: boolean
}

/** What the operator knows of a device; the country as in an event, unread: an MCC, and a list of ISO 3166-1 alpha-2 codes. */
export interface RoamingStatus {
  readonly roaming: boolean
  readonly countryCode: unknown
  readonly countryName: unknown
  /** RFC 3339. */
  readonly at: string | undefined
}

/** So much longer than the subscription the sink's credential is said to live: an operator ends the one shortly before the other. */
const credentialMarginMs = 86_400_000
const tagName = 'subscription'
const statuses = ['ACTIVATION_REQUESTED', 'ACTIVE', 'INACTIVE', 'EXPIRED', 'DELETED'] as const

/**
 * An operator's device-roaming-status-subscriptions 0.8 (CAMARA release r1.2 of DeviceRoamingStatus, Fall25) and device-roaming-status 1.1.
 * Every method waits for its turn by the `rate` of the profile, and throws CamaraRefusal.
 */
export class OperatorApi {
  readonly #operator: CamaraOperator
  readonly #token: AccessToken
  readonly #spacing: Spacing

  constructor(operator: CamaraOperator, now: () => Date) {
    this.#operator = operator
    this.#token = new AccessToken(operator, now)
    this.#spacing = new Spacing(operator.rate)
  }

  /** `active` false: the operator took it on and will say later (202). */
  async create(wanted: Wanted): Promise<{ remoteId: string; active: boolean; expiresAt: Date | undefined }> {
    const { sink, maxEvents } = this.#operator
    const answer = await this.#ask('create', 'POST', this.#subscriptions(), {
      protocol: 'HTTP',
      sink: this.#sinkOf(wanted.id),
      sinkCredential: {
        credentialType: 'ACCESSTOKEN',
        accessToken: sink.key,
        accessTokenExpiresUtc: new Date(wanted.until.getTime() + credentialMarginMs).toISOString(),
        accessTokenType: 'bearer',
      },
      types: [eventTypeOf(this.#operator, wanted.type)],
      config: {
        subscriptionDetail: { device: { phoneNumber: `+${wanted.msisdn}` } },
        subscriptionExpireTime: wanted.until.toISOString(),
        ...(maxEvents === undefined ? {} : { subscriptionMaxEvents: maxEvents }),
        initialEvent: wanted.initialEvent,
      },
    })
    if (answer.status !== 201 && answer.status !== 202) throw refusalOf(answer)
    const made = this.#read(answer.body)
    // Something was made, and its id is not known: it is looked for in the list.
    if (made === undefined) throw new CamaraRefusal('unsure', `${answer.status} without an id`, answer)
    const active = answer.status === 201 && made.status === 'ACTIVE'
    return { remoteId: made.remoteId, active, expiresAt: made.expiresAt }
  }

  /** Undefined where the operator does not know it. */
  async get(remoteId: string): Promise<RemoteSubscription | undefined> {
    const answer = await this.#ask('get', 'GET', this.#subscriptions(remoteId))
    if (answer.status === 404 || answer.status === 410) return undefined
    const found = answer.status === 200 ? this.#read(answer.body) : undefined
    if (found === undefined) throw refusalOf(answer)
    return found
  }

  /** All of this account. */
  async list(): Promise<RemoteSubscription[]> {
    const answer = await this.#ask('list', 'GET', this.#subscriptions())
    if (answer.status !== 200 || !Array.isArray(answer.body)) throw refusalOf(answer)
    return answer.body.flatMap((item) => this.#read(item) ?? [])
  }

  /** One that is gone already is well deleted. */
  async end(remoteId: string): Promise<void> {
    const answer = await this.#ask('delete', 'DELETE', this.#subscriptions(remoteId))
    if (![200, 202, 204, 404, 410].includes(answer.status)) throw refusalOf(answer)
  }

  async roamingStatus(msisdn: string): Promise<RoamingStatus> {
    const { apiRoot, roamingStatus } = this.#operator
    const device = { phoneNumber: `+${msisdn}` }
    const answer = await this.#ask('retrieve', 'POST', `${apiRoot}/${roamingStatus}/retrieve`, { device })
    const body = (answer.body ?? {}) as Record<string, unknown>
    if (answer.status !== 200 || typeof body.roaming !== 'boolean') throw refusalOf(answer)
    const { roaming, countryCode, countryName, lastStatusTime } = body
    return { roaming, countryCode, countryName, at: typeof lastStatusTime === 'string' ? lastStatusTime : undefined }
  }

  #subscriptions(id?: string): string {
    const { apiRoot, subscriptions } = this.#operator
    return `${apiRoot}/${subscriptions}/subscriptions${id === undefined ? '' : `/${encodeURIComponent(id)}`}`
  }

  #sinkOf(id: string): string {
    const { url, tagged } = this.#operator.sink
    return tagged ? `${url}?${tagName}=${id}` : url
  }

  /** Once more with a new token where this one is refused. */
  async #ask(call: string, method: string, url: string, body?: object): Promise<HttpAnswer> {
    const first = await this.#send(call, method, url, body)
    if (first.answer.status !== 401) return first.answer
    this.#token.refused(first.token)
    return (await this.#send(call, method, url, body)).answer
  }

  async #send(call: string, method: string, url: string, body: object | undefined) {
    await this.#spacing.turn()
    const token = await this.#token.get()
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
    const operator = this.#operator.id
    try {
      const answer = await request(url, init, this.#operator.timeoutMs)
      metrics.camaraRequests.inc({ operator, call, status: answer.status })
      return { token, answer }
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error
      metrics.camaraRequests.inc({ operator, call, status: 'none' })
      throw new CamaraRefusal(error.sent ? 'unsure' : 'later', error.message)
    }
  }

  #read(value: unknown): RemoteSubscription | undefined {
    const { id, sink, types, config, expiresAt, status } = (value ?? {}) as Record<string, unknown>
    if (typeof id !== 'string' || id === '') return undefined
    const [base, query] = typeof sink === 'string' ? sink.split('?', 2) : []
    const { subscriptionDetail } = (config ?? {}) as { subscriptionDetail?: { device?: { phoneNumber?: unknown } } }
    const phone = subscriptionDetail?.device?.phoneNumber
    const end = typeof expiresAt === 'string' ? new Date(expiresAt) : undefined
    return {
      remoteId: id,
      tag: query === undefined ? undefined : (new URLSearchParams(query).get(tagName) ?? undefined),
      ours: base === this.#operator.sink.url,
      msisdn: typeof phone === 'string' ? /^\+?(\d{5,15})$/.exec(phone)?.[1] : undefined,
      type: shortTypeOf(Array.isArray(types) ? types[0] : undefined),
      expiresAt: end === undefined || Number.isNaN(end.getTime()) ? undefined : end,
      status: statuses.find((one) => one === status) ?? 'ACTIVE',
    }
  }
}
