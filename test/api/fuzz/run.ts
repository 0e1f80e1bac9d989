import type { Readable } from 'node:stream'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { ROLES, type Role } from '../../../src/alerts/lifecycle.ts'
import { numberRoles } from '../../../src/api/numbers.ts'
import type { Prng } from '../../../src/lib/prng.ts'
import type { AnswerCheck } from '../answers.ts'
import { type Corpus, operationsOf, requestOf } from './requests.ts'
import type { Known } from './values.ts'

export interface FuzzOptions {
  readonly app: FastifyInstance
  readonly check: AnswerCheck
  readonly random: Prng
  readonly requests: number
  /** A key that holds; asked again where the one before was made void by what was asked. */
  readonly keyOf: (role: Role) => Promise<string>
  readonly known: Known
  readonly corpus: Corpus
  /** Numbers that nobody is to read whose role has none. */
  readonly secrets: readonly string[]
}

export interface FuzzResult {
  readonly findings: readonly string[]
  /** By operation and class of status: `createAlert 2xx`. */
  readonly answers: ReadonlyMap<string, number>
}

/** So many at once, so that requests meet each other too. */
const atOnce = 4
/** Of a stream that does not end. */
const readAtMost = 2_000_000
/** Each costs a tenth of a second of work on purpose. */
const slow: Readonly<Record<string, number>> = { signIn: 0.4, addPerson: 0.5, resetPerson: 0.4, changePassword: 0.5 }

/**
 * Asks everything that the document lists, by every role and by nobody, and judges each answer: none of our own faults, each as the
 * document says, no number in the answer of a role that has none, unless he asked for that number himself.
 */
export async function fuzzApi({
  app,
  check,
  random,
  requests,
  keyOf,
  known,
  corpus,
  secrets,
}: FuzzOptions): Promise<FuzzResult> {
  const operations = operationsOf(app)
  const findings: string[] = []
  const answers = new Map<string, number>()
  const keys = new Map<Role, string>()
  let asked = 0

  const one = async (): Promise<void> => {
    const operation = random.pick(operations)
    if (random.next() > (slow[operation.operationId] ?? 1)) return
    const request = requestOf(random, operation, known, corpus)
    const may = ROLES.filter((one) => operation.roles.includes(one))
    const role = random.pick(may.length > 0 && random.next() < 0.5 ? may : [...ROLES, undefined])
    if (role !== undefined) {
      const key = keys.get(role) ?? (await keyOf(role))
      keys.set(role, key)
      request.headers.authorization = `Bearer ${key}`
    }
    const { status, headers, text } = await ask(app, request, ++asked)
    if (status === 401 && role !== undefined) keys.delete(role)
    const name = `${operation.operationId} ${Math.floor(status / 100)}xx`
    answers.set(name, (answers.get(name) ?? 0) + 1)
    const wrong = faultOf(status, text) ?? documented(check, request, { status, headers, text })
    const seesNumbers = role !== undefined && numberRoles.includes(role)
    const said = `${request.url} ${request.payload ?? ''}`
    const leaked = seesNumbers ? undefined : secrets.find((number) => text.includes(number) && !said.includes(number))
    for (const finding of [wrong, leaked && `the number ${leaked} is told`]) {
      if (finding)
        findings.push(`${role ?? 'nobody'} ${described(request)}\n  ${finding}\n  ${status} ${text.slice(0, 300)}`)
    }
  }

  const lane = async () => {
    while (asked < requests && findings.length < 20) await one()
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { findings, answers }
}

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

async function ask(app: FastifyInstance, request: InjectOptions, n: number) {
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
