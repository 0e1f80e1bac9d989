import { type KeyObject, randomUUID, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { correlatorPattern, isRoamingStatusRequest, isSubscriptionRequest } from './published.ts'

export interface Held {
  readonly id: string
  readonly sink: string
  readonly credential: { accessToken: string; accessTokenExpiresUtc: string }
  readonly type: string
  readonly phone: string
  readonly expiresAt: Date
  readonly initialEvent: boolean
  status: 'ACTIVATION_REQUESTED' | 'ACTIVE' | 'EXPIRED' | 'DELETED'
}

export interface Asked {
  readonly call: 'token' | 'create' | 'get' | 'list' | 'delete' | 'retrieve'
  /** 0: not answered. */
  readonly status: number
  /** Of a number, where the request was about one. */
  readonly phone: string | undefined
}

type Fault = (response: ServerResponse) => void | Promise<void>

/** An answer of the operator's own making, instead of what was asked for. */
export const answering =
  (status: number, code: string, headers: Record<string, string> = {}): Fault =>
  (response) =>
    send(response, status, { status, code, message: `${code} in words` }, headers)

const types = 'org.camaraproject.device-roaming-status-subscriptions.v0.'

/**
 * An operator with its APIs as published: it checks each request against the schemas, gives tokens that end, lets subscriptions expire by
 * the clock of the test, and sends its CloudEvents to the sink, whose host stands for `deliverTo`.
 */
export class OperatorServer {
  readonly held = new Map<string, Held>()
  readonly asked: Asked[] = []
  /** Where its subscribers are: MCC and countries; not there: at home. */
  readonly abroad = new Map<string, { countryCode?: number; countryName?: string[] }>()
  /** Takes the place of the next such answers. */
  readonly faults: { call: Asked['call']; after?: boolean; fault: Fault }[] = []
  /** 202 instead of 201; they become active by `activate`. */
  asynchronous = false
  tokenLifeS = 3600
  /** In events; an operator may leave it out. */
  tellsDevice = true
  deliverTo = ''
  publicKey: KeyObject | undefined
  readonly #now: () => Date
  readonly #tokens = new Map<string, Date>()
  readonly #server = createServer((request, response) => void this.#serve(request, response))

  constructor(now: () => Date) {
    this.#now = now
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Subscriptions that work now. */
  get active(): Held[] {
    return [...this.held.values()].filter(({ status, expiresAt }) => status === 'ACTIVE' && expiresAt > this.#now())
  }

  calls(call: Asked['call']): Asked[] {
    return this.asked.filter((one) => one.call === call)
  }

  /** No token that was given is good any more. */
  revokeTokens(): void {
    this.#tokens.clear()
  }

  /** Sends an event to the sink of a subscription; the status that it was answered. */
  async tell(held: Held, name: string, data: object = {}): Promise<number> {
    const sink = new URL(held.sink)
    const response = await fetch(`${this.deliverTo}${sink.pathname}${sink.search}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/cloudevents+json',
        authorization: `Bearer ${held.credential.accessToken}`,
        'x-correlator': randomUUID(),
      },
      body: JSON.stringify({
        id: randomUUID(),
        source: 'https://notify.operator.example',
        type: `${types}${name}`,
        specversion: '1.0',
        datacontenttype: 'application/json',
        time: this.#now().toISOString(),
        data: {
          ...(this.tellsDevice ? { device: { phoneNumber: held.phone } } : {}),
          subscriptionId: held.id,
          ...data,
        },
      }),
    })
    return response.status
  }

  /** Ends a subscription, and says so. */
  async end(held: Held, terminationReason: string): Promise<void> {
    held.status = 'EXPIRED'
    await this.tell(held, 'subscription-ended', { terminationReason })
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString()
    const { pathname } = new URL(request.url ?? '/', 'http://x')
    const call = callOf(request.method ?? '', pathname)
    const phone = /"phoneNumber":"(\+\d+)"/.exec(text)?.[1]
    if (call !== undefined) this.asked.push(noted({ call, status: 0, phone }, response))
    const at = this.faults.findIndex((one) => one.call === call)
    const [fault] = at < 0 ? [] : this.faults.splice(at, 1)
    // `after`: what was asked for is done, and the answer is another one.
    if (fault !== undefined && fault.after !== true) return void (await fault.fault(response))
    const answer = call === undefined ? error(404, 'NOT_FOUND') : this.#answer(call, request, pathname, text)
    if (fault !== undefined) return void (await fault.fault(response))
    send(response, answer.status, answer.body)
  }

  #answer(call: Asked['call'], request: IncomingMessage, path: string, text: string): Answer {
    if (call === 'token') return this.#token(request, new URLSearchParams(text))
    if (!correlatorPattern.test(`${request.headers['x-correlator']}`)) return error(400, 'INVALID_ARGUMENT')
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
    const until = this.#tokens.get(token ?? '')
    if (until === undefined || until <= this.#now()) return error(401, 'UNAUTHENTICATED')
    if (call === 'list') return { status: 200, body: [...this.held.values()].map((one) => this.#view(one)) }
    if (call === 'create') return this.#create(text)
    if (call === 'retrieve') return this.#retrieve(text)
    const held = this.held.get(decodeURIComponent(path.split('/').at(-1) as string))
    if (held === undefined || held.status === 'DELETED') return error(404, 'NOT_FOUND')
    if (call === 'get') return { status: 200, body: this.#view(held) }
    held.status = 'DELETED'
    return { status: 204, body: undefined }
  }

  #token(request: IncomingMessage, form: URLSearchParams): Answer {
    if (form.get('grant_type') !== 'client_credentials')
      return { status: 400, body: { error: 'unsupported_grant_type' } }
    if (!form.get('scope')) return { status: 400, body: { error: 'invalid_scope' } }
    const basic = `Basic ${Buffer.from('bongsu:client-secret').toString('base64')}`
    const good =
      this.publicKey === undefined
        ? request.headers.authorization === basic
        : isSigned(form.get('client_assertion') ?? '', this.publicKey, this.#now())
    if (!good) return { status: 401, body: { error: 'invalid_client' } }
    const token = randomUUID()
    this.#tokens.set(token, new Date(this.#now().getTime() + this.tokenLifeS * 1000))
    return { status: 200, body: { access_token: token, token_type: 'Bearer', expires_in: this.tokenLifeS } }
  }

  #create(text: string): Answer {
    const wanted = JSON.parse(text)
    if (!isSubscriptionRequest(wanted)) return error(400, 'INVALID_ARGUMENT')
    const {
      sink,
      sinkCredential: credential,
      types: [type],
      config,
    } = wanted as never as Wanted
    const held: Held = {
      id: `op-${randomUUID()}`,
      sink,
      credential,
      type: type.slice(types.length),
      phone: config.subscriptionDetail.device.phoneNumber,
      expiresAt: new Date(config.subscriptionExpireTime),
      initialEvent: config.initialEvent,
      status: this.asynchronous ? 'ACTIVATION_REQUESTED' : 'ACTIVE',
    }
    this.held.set(held.id, held)
    return this.asynchronous ? { status: 202, body: { id: held.id } } : { status: 201, body: this.#view(held) }
  }

  #retrieve(text: string): Answer {
    const asked: { device: { phoneNumber: string } } = JSON.parse(text)
    if (!isRoamingStatusRequest(asked)) return error(400, 'INVALID_ARGUMENT')
    const where = this.abroad.get(asked.device.phoneNumber)
    const lastStatusTime = this.#now().toISOString()
    return { status: 200, body: { lastStatusTime, roaming: where !== undefined, ...where } }
  }

  /** As GET and POST show it: without the credential. */
  #view({ id, sink, type, phone, expiresAt, status }: Held) {
    return {
      id,
      protocol: 'HTTP',
      sink,
      types: [`${types}${type}`],
      config: { subscriptionDetail: { device: { phoneNumber: phone } } },
      expiresAt: expiresAt.toISOString(),
      status: expiresAt <= this.#now() ? 'EXPIRED' : status,
    }
  }
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

interface Wanted {
  sink: string
  sinkCredential: Held['credential']
  types: [string]
  config: {
    subscriptionDetail: { device: { phoneNumber: string } }
    subscriptionExpireTime: string
    initialEvent: boolean
  }
}

function callOf(method: string, path: string): Asked['call'] | undefined {
  const api = '/camara/device-roaming-status-subscriptions/v0.8/subscriptions'
  if (method === 'POST' && path === '/token') return 'token'
  if (method === 'POST' && path === '/camara/device-roaming-status/v1/retrieve') return 'retrieve'
  if (path === api) return method === 'POST' ? 'create' : method === 'GET' ? 'list' : undefined
  if (path.startsWith(`${api}/`)) return method === 'GET' ? 'get' : method === 'DELETE' ? 'delete' : undefined
  return undefined
}

/** The request, with the status that it is answered as soon as it is. */
function noted(asked: { -readonly [Key in keyof Asked]: Asked[Key] }, response: ServerResponse): Asked {
  const write = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse
  response.writeHead = ((status: number, ...rest: unknown[]) => {
    asked.status = status
    return write(status, ...rest)
  }) as typeof response.writeHead
  return asked
}

const error = (status: number, code: string): Answer => ({ status, body: { status, code, message: code } })

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

/** private_key_jwt as the CAMARA profile has it: signed, for this endpoint, and good for 300 s at the most. */
function isSigned(jwt: string, key: KeyObject, now: Date): boolean {
  const [header, claims, signature] = jwt.split('.') as [string, string, string]
  const { iss, sub, aud, exp, iat } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const at = now.getTime() / 1000
  const fits = iss === 'bongsu' && sub === 'bongsu' && aud.endsWith('/token') && exp > at && exp - iat <= 300
  const ec = key.asymmetricKeyType === 'ec'
  const options = ec ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return fits && verify('sha256', Buffer.from(`${header}.${claims}`), options, Buffer.from(signature, 'base64url'))
}
