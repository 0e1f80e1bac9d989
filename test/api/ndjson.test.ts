import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { sendNdjson } from '../../src/api/ndjson.ts'

const pages = 200
/** A megabyte: more than a socket holds. */
const page = Array.from({ length: 1_000 }, (_, n) => ({ n, text: 'x'.repeat(1_000) }))

test('asks for the next page when the one before was taken, and no sooner', async () => {
  let asked = 0
  const app = fastify()
  app.get('/', (_request, reply) =>
    sendNdjson(
      reply,
      (async function* () {
        while (asked < pages) {
          asked++
          yield page
        }
      })(),
    ),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  try {
    const request = get(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}/`, { agent: false })
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.pause()
    await expect.poll(() => asked).toBeGreaterThan(0)
    // Time enough for all of it, if nobody waited.
    await delay(1_000)
    expect(asked).toBeLessThan(pages / 2)
    let octets = 0
    response.on('data', (part: Buffer) => {
      octets += part.length
    })
    response.resume()
    await once(response, 'end')
    expect(asked).toBe(pages)
    expect(octets).toBe(pages * Buffer.byteLength(page.map((row) => `${JSON.stringify(row)}\n`).join('')))
  } finally {
    await app.close()
  }
})
