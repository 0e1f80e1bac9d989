import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import type { TestApi } from './support.ts'

export interface Followed {
  readonly events: {
    readonly id: number
    readonly name: string
    readonly data: { id: number; act: string; alertId: string; after?: number }
  }[]
  /** The server has ended it. */
  readonly ended: boolean
  /** The reader ends it. */
  end(): void
}

/** Has an API listen, and follows it over real connections, as a browser would. */
export async function listening(api: TestApi) {
  await api.app.listen({ port: 0, host: '127.0.0.1' })
  const base = `http://127.0.0.1:${(api.app.server.address() as AddressInfo).port}`
  return async (path: string, headers: Record<string, string>): Promise<Followed> => {
    const request = get(`${base}${path}`, { headers: { accept: 'text/event-stream', ...headers }, agent: false })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream'])
    const events: Followed['events'] = []
    const followed = { events, ended: false, end: () => request.destroy() }
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
      const whole = text.split('\n\n')
      text = whole.pop() as string
      for (const one of whole) {
        const field = (name: string) =>
          one
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        const data = field('data')
        if (data !== undefined)
          events.push({ id: Number(field('id')), name: field('event') as string, data: JSON.parse(data) })
      }
    })
    response.on('error', () => undefined).on('end', () => (followed.ended = true))
    return followed
  }
}

/** What was done, of what came so far. */
export const acts = ({ events }: Followed) => events.filter(({ name }) => name === 'alert').map(({ data }) => data.act)
