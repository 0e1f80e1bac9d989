import type { ReadableStream } from 'node:stream/web'
import { Problem } from '../../lib/problem.ts'
import { refuseUnknownNames } from '../settings.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Instead of BONGSU_API_KEY. */
  readonly key?: string
}

/** A running server's REST API, from BONGSU_URL and BONGSU_API_KEY. What it refuses is thrown as the Problem that it answered. */
export class ApiClient {
  readonly #base: string
  readonly #key: string

  /** @throws Problem `unknown-setting`, `missing-setting`, `bad-setting` */
  constructor(env: Environment) {
    refuseUnknownNames(env)
    const url = env.BONGSU_URL || `http://127.0.0.1:${env.BONGSU_PORT || 8080}`
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
      throw new Problem('bad-setting', 'It is not the URL of a server', {
        where: 'BONGSU_URL',
        hint: 'Write http://host:port or https://host.',
      })
    }
    if (!env.BONGSU_API_KEY) {
      throw new Problem('missing-setting', 'The server asks for a key', {
        where: 'BONGSU_API_KEY',
        hint: 'Make one with `bongsu keys add --role composer --name NAME` and set BONGSU_API_KEY to it.',
      })
    }
    this.#base = url.replace(/\/+$/, '')
    this.#key = env.BONGSU_API_KEY
  }

  async json<T>(path: string, options: RequestOptions = {}): Promise<T> {
    return (await (await this.request(path, options)).json()) as T
  }

  async text(path: string, options: RequestOptions = {}): Promise<string> {
    return (await this.request(path, options)).text()
  }

  /** @throws Problem that the server answered, or `server-unreachable` */
  async request(path: string, { method = 'GET', body, type, headers, key }: RequestOptions = {}): Promise<Response> {
    let response: Response
    try {
      response = await fetch(`${this.#base}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key ?? this.#key}`,
          ...(type === undefined ? {} : { 'content-type': type }),
          ...headers,
        },
        ...(body === undefined ? {} : { body, duplex: 'half' }),
      } as RequestInit)
    } catch (error) {
      throw unreachable(this.#base, error)
    }
    if (response.ok) return response
    throw await answeredProblem(response)
  }
}

function unreachable(base: string, error: unknown): Problem {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string }
  const refused = cause?.code === 'ECONNREFUSED'
  return new Problem(
    'server-unreachable',
    refused
      ? `Nobody answers at ${base}`
      : `The connection to ${base} failed: ${cause?.message || cause?.code || message}`,
    {
      hint: refused ? 'Start the engine with `bongsu serve`, or set BONGSU_URL to where it runs.' : 'Try again.',
      cause: error,
    },
  )
}

interface Answered {
  type?: string
  detail?: string
  status?: number
  where?: string
  hint?: string
  errors?: { code: string; detail: string; where?: string; hint?: string }[]
}

/** problem+json back into a Problem; anything else, from a proxy perhaps, into one that says so. */
async function answeredProblem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '')
  if (!response.headers.get('content-type')?.includes('json')) {
    return new Problem('bad-answer', `The server answered ${response.status} ${response.statusText}`.trim(), {
      hint: 'Does BONGSU_URL lead to bongsu?',
    })
  }
  const { type = 'error', detail, where, hint, errors = [] } = JSON.parse(text) as Answered
  const key = response.status === 401 ? 'Check BONGSU_API_KEY and BONGSU_APPROVER_KEY.' : undefined
  return new Problem(type.split('/').at(-1) as string, detail ?? response.statusText, {
    status: response.status,
    ...place(where, hint ?? key),
    details: errors.map((one) => new Problem(one.code, one.detail, place(one.where, one.hint))),
  })
}

function place(where: string | undefined, hint: string | undefined): { where?: string; hint?: string } {
  return { ...(where === undefined ? {} : { where }), ...(hint === undefined ? {} : { hint }) }
}
