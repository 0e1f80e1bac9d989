import type { Readable } from 'node:stream'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { ROLES, type Role } from '../../../src/alerts/lifecycle.ts'
import { numberRoles } from '../../../src/api/numbers.ts'
import { prng } from '../../../src/lib/prng.ts'
import type { AnswerCheck } from '../answers.ts'
import { origin } from '../people-support.ts'
import { forget, learn } from './learn.ts'
import { Memory, type SeenSession } from './memory.ts'
import {
  type Corpus,
  type Operation,
  operationsOf,
  type Request,
  type Right,
  requestOf,
  rightRequest,
} from './requests.ts'
import type { Known } from './values.ts'

export interface FuzzOptions {
  readonly app: FastifyInstance
  readonly check: AnswerCheck
  readonly seed: number
  readonly requests: number
  /** A key that holds; asked again where the one before was made void by what was asked. */
  readonly keyOf: (role: Role) => Promise<string>
  readonly known: Known
  readonly corpus: Corpus
  /** Does what the engine would do meanwhile. */
  readonly work: () => Promise<void>
  /** Numbers that nobody is to read whose role has none. */
  readonly secrets: readonly string[]
  /** Of the same people, what nobody is to read who has nothing to do with the register. */
  readonly particulars: readonly string[]
}

/** How often an operation was asked, and how it answered. */
export interface Tally {
  asked: number
  taken: number
  refused: number
  /** Of those that were meant to be taken: why they were not, by code. */
  readonly missed: Map<string, number>
}

export interface FuzzResult {
  readonly findings: readonly string[]
  /** By operation; each that the document lists is in it. */
  readonly tallies: ReadonlyMap<string, Tally>
  /** What was asked, one after the other, without what the server made up. */
  readonly transcript: readonly string[]
}

/** So many at once, so that requests meet each other too. */
const atOnce = 4
/** Requests. */
const workEvery = 100
/** Of a stream that does not end. */
const readAtMost = 2_000_000
/** Each costs a tenth of a second of work on purpose. */
const slow: Readonly<Record<string, number>> = { addPerson: 0.6, resetPerson: 0.5 }
/** What others live on is asked for more often: an alert is approved only where one was submitted. */
const often: Readonly<Record<string, number>> = {
  createAlert: 5,
  submitAlert: 5,
  approveAlert: 5,
  launchAlert: 5,
  createAlertFromTemplate: 2,
  getAlert: 3,
  unscheduleAlert: 2,
  decideOverlap: 2,
  signIn: 2,
  changePassword: 2,
  proposeSecondFactor: 2,
  confirmSecondFactor: 3,
  addKey: 2,
}
/** Roles that keep or read the register of residents. */
const registerRoles: readonly (Role | undefined)[] = ['composer', 'approver', 'administrator', 'auditor']

interface Asking {
  readonly operation: Operation
  readonly request: Request
  readonly role: Role | undefined
  readonly right: Right | undefined
  readonly session: SeenSession | undefined
}

/**
 * Asks everything that the document lists, by every role and by nobody, and judges each answer: none of our own faults, each as the
 * document says, no number in the answer of a role that has none, unless he asked for that number himself, and no secret that was shown
 * once. About half of the requests are meant to be taken: they are about what earlier answers told of, in the state where it may be done.
 *
 * Each request has a source of chance of its own, made of seed and number, and rounds of requests are made, and learned from, in their order:
 * the same seed asks the same, but for ids, times and secrets that the server makes up.
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzResult> {
  const { app, check, seed, requests, keyOf, work, known, corpus, secrets, particulars } = options
  const operations = operationsOf(app)
  const weighted = operations.flatMap((one) => Array.from({ length: often[one.operationId] ?? 1 }, () => one))
  const memory = new Memory(known)
  const findings: string[] = []
  const transcript: string[] = []
  const tallies = new Map(
    operations.map(({ operationId }) => [operationId, { asked: 0, taken: 0, refused: 0, missed: new Map() } as Tally]),
  )
  const keys = new Map<Role, string>()

  const authorise = async (request: Request, role: Role | undefined, session: SeenSession | undefined) => {
    if (session !== undefined) {
      const { cookie, csrf } = session
      Object.assign(request.headers, { cookie: `bongsu_session=${cookie}`, 'x-csrf-token': csrf, origin })
    } else if (role !== undefined) {
      const key = keys.get(role) ?? (await keyOf(role))
      keys.set(role, key)
      memory.issued.add(key)
      request.headers.authorization = `Bearer ${key}`
    }
  }

  const make = async (n: number, busy: Set<string>): Promise<Asking | undefined> => {
    const random = prng(seed * 1_000_003 + n)
    const operation = random.pick(weighted)
    if (random.next() > (slow[operation.operationId] ?? 1)) return undefined
    const may = ROLES.filter((one) => operation.roles.includes(one))
    const right = random.next() < 0.55 ? rightRequest(random, operation, memory, corpus, n) : undefined
    const request = right?.request ?? requestOf(random, operation, memory.known, corpus)
    const fitting = may.length > 0 && (right !== undefined || random.next() < 0.5)
    const role = right?.asked.role ?? random.pick(fitting ? may : [...ROLES, undefined])
    const signedIn = memory.sessions.filter(({ stage, role: one }) => stage === 'whole' && one === role)
    const session =
      right?.asked.session ?? (signedIn.length > 0 && random.next() < 0.2 ? random.pick(signedIn) : undefined)
    // Of two who act on one alert at once either may be the first: that is not the same each time.
    const about = right === undefined ? undefined : (right.asked.params?.id as string | undefined)
    if (about !== undefined && request.method !== 'GET') {
      if (busy.has(about)) return undefined
      busy.add(about)
    }
    await authorise(request, role, session)
    transcript.push(`${n} ${session?.role ?? role ?? 'nobody'} ${sameEachTime(described(request))}`)
    return { operation, request, role: session?.role ?? role, right, session }
  }

  const judge = (asking: Asking, { status, headers, text }: Answer) => {
    const { operation, request, role } = asking
    const tally = tallies.get(operation.operationId) as Tally
    tally.asked++
    if (status < 300) tally.taken++
    else if (status >= 400 && status < 500) tally.refused++
    if (asking.right !== undefined && status >= 400) {
      const code = /problems\/([\w-]+)"/.exec(text)?.[1] ?? String(status)
      tally.missed.set(code, (tally.missed.get(code) ?? 0) + 1)
    }
    const said = `${request.url} ${request.payload ?? ''}`
    const untold = (one: string) => text.includes(one) && !said.includes(one)
    const number = role !== undefined && numberRoles.includes(role) ? undefined : secrets.find(untold)
    const particular = registerRoles.includes(role) ? undefined : particulars.find(untold)
    const replayed = headers['idempotency-replayed'] === 'true'
    const secret = replayed ? undefined : [...memory.issued].find(untold)
    for (const finding of [
      faultOf(status, text) ?? documented(check, request, { status, headers, text }),
      number && `the number ${number} is told`,
      particular && `"${particular}" is told`,
      secret && `the secret ${secret} is told again`,
    ]) {
      if (finding)
        findings.push(`${role ?? 'nobody'} ${described(request)}\n  ${finding}\n  ${status} ${text.slice(0, 300)}`)
    }
  }

  const learnFrom = ({ operation, right, role, session, request }: Asking, { status, headers, text }: Answer) => {
    if (status === 401 && session !== undefined) forget(memory, session)
    else if (status === 401 && role !== undefined) keys.delete(role)
    if (status === 409 && right?.asked.params?.id !== undefined) {
      memory.didAct(String(right.asked.params.id), { stale: true })
    }
    if (status >= 300) return
    const { operationId } = operation
    learn(memory, {
      operationId,
      params: paramsOf(operation, request),
      requestBody: right?.body,
      session,
      headers,
      text,
    })
  }

  for (let n = 0; n < requests && findings.length < 20; ) {
    const round: Asking[] = []
    for (const busy = new Set<string>(); round.length < atOnce && n < requests; n++) {
      const asking = await make(n, busy)
      if (asking !== undefined) round.push(asking)
    }
    if (n % workEvery < atOnce) await work()
    const answers = await Promise.all(round.map(({ request }, i) => ask(app, request, n + i)))
    for (const [i, asking] of round.entries()) {
      judge(asking, answers[i] as Answer)
      learnFrom(asking, answers[i] as Answer)
    }
  }
  return { findings, tallies, transcript }
}

/** Of the path as it was asked. */
function paramsOf({ path }: Operation, { url }: Request): Record<string, string> {
  const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/?]*)')}(\\?|$)`)
  const groups = pattern.exec(String(url))?.groups ?? {}
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]))
}

/** Without ids, times and secrets: these are others each time. */
const sameEachTime = (text: string): string =>
  text
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d))?/g, 'TIME')
    .replace(/[0-9a-f]{64}/g, 'DIGEST')
    .replace(/"(password|current|code)":"[^"]*"/g, '"$1":"SECRET"')
    .replace(/bongsu_session=[\w-]+|"x-csrf-token":"[^"]*"/g, 'SESSION')

/** 503 says that something else has to be there first, or is too busy: nothing broke. */
function faultOf(status: number, text: string): string | undefined {
  if (status < 500) return undefined
  return status === 503 && /problems\/busy"/.test(text) ? undefined : `it answers ${status}`
}

function documented(
  check: AnswerCheck,
  { method, url }: InjectOptions,
  answer: Parameters<AnswerCheck['check']>[2],
): string | undefined {
  // An empty part of a path, or one with a slash, is another address.
  try {
    check.check(method as string, url as string, answer)
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}

interface Answer {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly text: string
}

async function ask(app: FastifyInstance, request: InjectOptions, n: number): Promise<Answer> {
  // From everywhere: wrong keys from one address would be slowed down.
  const remoteAddress = `2001:db8:${(n >>> 16).toString(16)}:${(n & 0xffff).toString(16)}::1`
  const response = (await app.inject({ ...request, remoteAddress, payloadAsStream: true })) as LightMyRequestResponse
  const stream = response.stream() as Readable
  let text = ''
  const endless = /event-stream/.test(String(response.headers['content-type']))
  for await (const part of stream) {
    text += part
    if (endless || text.length > readAtMost) break
  }
  stream.destroy()
  return { status: response.statusCode, headers: response.headers, text }
}

const described = ({ method, url, headers, payload }: InjectOptions): string => {
  const { authorization: _, ...rest } = headers as Record<string, string>
  return `${method} ${String(url).slice(0, 200)} ${JSON.stringify(rest).slice(0, 300)} ${String(payload ?? '').slice(0, 600)}`
}
