import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebhookNetworks } from '../../src/reporting/webhooks/networks.ts'
import { WebhookWorker } from '../../src/reporting/webhooks/webhook-worker.ts'
import { purgeSpent } from '../../src/store/upkeep/purge-spent.ts'
import { type Desk, openDesk } from './desk.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
let desk: Desk
let ear: Ear
let worker: WebhookWorker

interface Heard {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly url: string
}

/** Somebody who is told, and answers what a test wants. */
interface Ear {
  readonly url: string
  readonly heard: Heard[]
  answer: number | 'nothing'
  close(): Promise<void>
}

async function listen(): Promise<Ear> {
  const heard: Heard[] = []
  const server: Server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    heard.push({ headers: request.headers, body, url: request.url as string })
    if (made.answer === 'nothing') return
    response.writeHead(made.answer, made.answer === 302 ? { location: '/elsewhere' } : {}).end('thanks')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made: Ear = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    heard,
    answer: 204,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return made
}

beforeAll(async () => {
  api = await startApi()
  desk = openDesk(api)
})
beforeEach(async () => {
  ear = await listen()
  worker = new WebhookWorker({ ...api.deps, networks: api.deps.webhookNetworks })
})
afterEach(async () => {
  await worker.stop()
  await ear.close()
  await api.db.pool.query('UPDATE webhook SET ended_at = now()')
  await api.db.pool.query('DELETE FROM webhook_delivery')
})
afterAll(() => api.close())

const add = async (body: object = { url: ear.url }) => {
  const answered = await api.call('administrator', 'POST', '/v1/webhooks', { body })
  expect(answered.status, answered.text).toBe(201)
  return answered.body as { id: string; secret: string }
}
const deliveries = async (id: string) =>
  (await api.call('administrator', 'GET', `/v1/webhooks/${id}/deliveries`)).body.deliveries as {
    act: string
    state: string
    attempts: number
    status: number | null
    error: string | null
  }[]
const typesOf = (heard: Heard[]) => heard.map(({ body }) => (JSON.parse(body) as { type: string }).type)
/** As somebody with the documentation in his hand would. */
const signatureOf = (secret: string, { headers, body }: Heard) =>
  `v1,${createHmac('sha256', Buffer.from(secret.replace('whsec_', ''), 'base64'))
    .update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`)
    .digest('base64')}`

test('is told each act in order, signed with the secret that was shown once', async () => {
  const { id, secret } = await add()
  const alert = await desk.submitted()
  await worker.work()
  await expect.poll(() => typesOf(ear.heard)).toEqual(['alert.create', 'alert.submit'])
  for (const heard of ear.heard) {
    expect(heard.headers['webhook-signature']).toBe(signatureOf(secret, heard))
    expect(Math.abs(Number(heard.headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(300)
    expect(JSON.parse(heard.body).data).toMatchObject({ alertId: alert, status: 'Actual' })
  }
  await expect.poll(async () => (await deliveries(id)).map(({ state }) => state)).toEqual(['told', 'told'])
  await worker.work()
  expect((await api.call('administrator', 'GET', `/v1/webhooks/${id}`)).text).not.toContain(secret)
  const { rows } = await api.db.pool.query<{ secret: Buffer }>('SELECT secret FROM webhook WHERE id = $1', [id])
  expect(rows[0]?.secret.includes(secret.slice(6))).toBe(false)
  expect(ear.heard).toHaveLength(2)
})

test('is told only the acts that it asked for, and nothing of before it was there', async () => {
  await desk.submitted()
  const { id } = await add({ url: ear.url, acts: ['submit'] })
  await desk.submitted()
  await worker.work()
  await expect.poll(() => typesOf(ear.heard)).toEqual(['alert.submit'])
  await expect.poll(async () => (await deliveries(id)).map(({ act }) => act)).toEqual(['submit'])
})

test('what was not taken is tried again with the same id, and one that does not answer holds up no other', async () => {
  const other = await listen()
  try {
    ear.answer = 'nothing'
    other.answer = 500
    await add()
    const { id } = await add({ url: other.url })
    await desk.draft()
    await worker.work()
    await expect.poll(() => other.heard.length).toBe(1)
    await expect.poll(async () => deliveries(id)).toMatchObject([{ state: 'waiting', attempts: 1, status: 500 }])
    await worker.work()
    expect(other.heard).toHaveLength(1)
    await api.db.pool.query('UPDATE webhook_delivery SET next_at = now() WHERE webhook_id = $1', [id])
    other.answer = 200
    await worker.work()
    await expect.poll(async () => deliveries(id)).toMatchObject([{ state: 'told', attempts: 2, error: null }])
    const [first, second] = other.heard as [Heard, Heard]
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id'])
  } finally {
    await other.close()
  }
})

test('after three days it is given up, counted, and shown', async () => {
  ear.answer = 503
  const { id } = await add()
  await desk.draft()
  await api.db.pool.query(`UPDATE alert_event SET at = now() - interval '71 hours 59 minutes 58 seconds'`)
  await worker.work()
  await expect.poll(async () => deliveries(id)).toMatchObject([{ state: 'given-up', attempts: 1, status: 503 }])
  await worker.work()
  expect(ear.heard).toHaveLength(1)
  const seen = await api.call('administrator', 'GET', `/v1/webhooks/${id}`)
  expect(seen.body).toMatchObject({ waiting: 0, givenUp: 1, toldAt: null })
})

test('what is under way when the engine stops is told by the next', async () => {
  ear.answer = 'nothing'
  const { id } = await add()
  await desk.draft()
  await worker.work()
  await expect.poll(() => ear.heard.length).toBe(1)
  await worker.stop()
  ear.answer = 204
  const other = new WebhookWorker({ ...api.deps, networks: api.deps.webhookNetworks })
  await other.work()
  await expect.poll(async () => (await deliveries(id))[0]?.state).toBe('told')
  await other.stop()
  expect(ear.heard).toHaveLength(2)
})

test('two workers of two processes tell each event once', async () => {
  await add()
  await desk.submitted()
  await desk.submitted()
  const other = new WebhookWorker({ ...api.deps, networks: api.deps.webhookNetworks })
  await Promise.all([worker.work(), other.work()])
  await expect.poll(() => ear.heard.length).toBe(4)
  await Promise.all([worker.work(), other.work()])
  await other.stop()
  expect(new Set(ear.heard.map(({ headers }) => headers['webhook-id'])).size).toBe(4)
})

test('a redirect is not followed', async () => {
  ear.answer = 302
  const { id } = await add()
  const ping = await api.call('administrator', 'POST', `/v1/webhooks/${id}/ping`)
  expect(ping.body).toEqual({ status: 302, error: 'It answered 302' })
  expect(ear.heard.map(({ url }) => url)).toEqual(['/hook'])
})

/** As the documentation has it. */
async function documentedCheck() {
  const documented = /```js\n([\s\S]*?)```/.exec(
    await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8'),
  )
  const code = `${documented?.[1]}; export { isFromBongsu }`
  const { isFromBongsu } = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    isFromBongsu(secret: string, headers: object, body: string): boolean
  }
  return isFromBongsu
}

test('the code of the documentation takes what we send, and nothing else', async () => {
  const isFromBongsu = await documentedCheck()
  const { id, secret } = await add()
  await api.call('administrator', 'POST', `/v1/webhooks/${id}/ping`)
  const [{ headers, body }] = ear.heard as [Heard]
  expect(isFromBongsu(secret, headers, body)).toBe(true)
  expect(isFromBongsu(secret, headers, `${body} `)).toBe(false)
  expect(isFromBongsu((await add()).secret, headers, body)).toBe(false)
  expect(isFromBongsu(secret, { ...headers, 'webhook-timestamp': '1' }, body)).toBe(false)
})

const rotate = (id: string, body?: object) =>
  api.call('administrator', 'POST', `/v1/webhooks/${id}/secret`, body === undefined ? {} : { body })

test('while two secrets overlap, whoever has either takes what we send; then only who has the new one', async () => {
  const isFromBongsu = await documentedCheck()
  const { id, secret: old } = await add()
  await desk.draft()
  await worker.work()
  await expect.poll(() => ear.heard.length).toBe(1)
  const { status, body, text } = await rotate(id)
  expect(status, text).toBe(200)
  expect(body.secret).not.toBe(old)
  const hours = (new Date(body.oldSecretUntil).getTime() - Date.now()) / 3_600_000
  expect(Math.round(hours)).toBe(24)
  await desk.draft()
  await worker.work()
  await api.call('administrator', 'POST', `/v1/webhooks/${id}/ping`)
  await expect.poll(() => ear.heard.length).toBe(3)
  const taken = () =>
    ear.heard.map((heard) => [old, body.secret].map((one) => isFromBongsu(one, heard.headers, heard.body)))
  expect(taken()).toEqual([
    [true, false],
    [true, true],
    [true, true],
  ])
  for (const heard of ear.heard.slice(1)) {
    const both = `${signatureOf(body.secret, heard)} ${signatureOf(old, heard)}`
    expect(heard.headers['webhook-signature']).toBe(both)
  }
  await api.db.pool.query('UPDATE webhook SET old_until = now() WHERE id = $1', [id])
  await desk.draft()
  await worker.work()
  await expect.poll(() => ear.heard.length).toBe(4)
  expect(taken().at(-1)).toEqual([false, true])
  expect((await api.call('administrator', 'GET', `/v1/webhooks/${id}`)).body.oldSecretUntil).toBeNull()
  await purgeSpent(api.db)
  const { rows } = await api.db.pool.query('SELECT old_secret FROM webhook WHERE id = $1', [id])
  expect(rows).toEqual([{ old_secret: null }])
})

test('a third secret is refused while two overlap, unless one has leaked: then the new one alone is left', async () => {
  const { id, secret: first } = await add()
  const second = (await rotate(id, { overlap: '2h' })).body.secret
  const refused = await rotate(id, { overlap: '2h' })
  expect([refused.status, codeOf(refused)]).toEqual([409, 'rotation-under-way'])
  const third = (await rotate(id, { overlap: '0s' })).body
  expect(third.oldSecretUntil).toBeNull()
  await api.call('administrator', 'POST', `/v1/webhooks/${id}/ping`)
  const [heard] = ear.heard as [Heard]
  expect(heard.headers['webhook-signature']).toBe(signatureOf(third.secret, heard))
  expect(new Set([first, second, third.secret]).size).toBe(3)
})

test('a rotation is in the audit log without its secret, which is nowhere in the clear', async () => {
  const { id } = await add()
  const { secret } = (await rotate(id, { overlap: '90m' })).body
  const { rows } = await api.db.pool.query(`SELECT act, detail FROM audit WHERE subject = $1 ORDER BY id`, [
    `webhook:${id}`,
  ])
  expect(rows).toMatchObject([{ act: 'webhook.add' }, { act: 'webhook.rotate', detail: { overlapS: 5_400 } }])
  expect(JSON.stringify(rows)).not.toContain(secret.slice(6))
  const { rows: kept } = await api.db.pool.query<{ secret: Buffer; old_secret: Buffer }>(
    'SELECT secret, old_secret FROM webhook WHERE id = $1',
    [id],
  )
  expect(kept[0]?.secret.includes(secret.slice(6))).toBe(false)
  expect(kept[0]?.old_secret.length).toBeGreaterThan(0)
})

test.each(['31d', '-1s', 'tomorrow', ''])('an overlap of "%s" is refused', async (overlap) => {
  const { id } = await add()
  const answered = await rotate(id, { overlap })
  expect([answered.status, codeOf(answered), answered.body.where]).toEqual([400, 'bad-duration', '/overlap'])
})

test('a ping is signed too, and says what was answered', async () => {
  const { id, secret } = await add()
  expect((await api.call('administrator', 'POST', `/v1/webhooks/${id}/ping`)).body).toEqual({
    status: 204,
    error: null,
  })
  const [heard] = ear.heard as [Heard]
  expect(JSON.parse(heard.body)).toMatchObject({ type: 'ping' })
  expect(heard.headers['webhook-signature']).toBe(signatureOf(secret, heard))
})

test('an address that has ended or moved is told nothing where it was', async () => {
  const moved = await listen()
  try {
    const ended = await add()
    const { id } = await add()
    await desk.draft()
    expect((await api.call('administrator', 'DELETE', `/v1/webhooks/${ended.id}`)).status).toBe(204)
    await api.call('administrator', 'PUT', `/v1/webhooks/${id}`, { body: { url: moved.url } })
    const later = new WebhookWorker({ ...api.deps, networks: api.deps.webhookNetworks })
    await later.work()
    await expect.poll(() => moved.heard.length).toBe(1)
    await later.stop()
    expect(ear.heard).toHaveLength(0)
    expect((await api.call('administrator', 'GET', `/v1/webhooks/${ended.id}`)).status).toBe(404)
  } finally {
    await moved.close()
  }
})

test.each([
  'http://example.org/hook',
  'https://10.0.0.1/hook',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/hook',
  'https://[::ffff:10.0.0.1]/hook',
  'https://[fd00::1]/hook',
  'https://0/hook',
  'https://2130706434/hook',
  'https://user:password@example.org/hook',
  'ftp://example.org/hook',
  'file:///etc/passwd',
  'example.org/hook',
])('refuses %s', async (url) => {
  const answered = await api.call('administrator', 'POST', '/v1/webhooks', { body: { url } })
  expect([answered.status, codeOf(answered)]).toEqual([422, 'bad-webhook-url'])
})

test('a name that leads to an address of our own is refused when it is connected to', async () => {
  const { id } = await add({ url: `https://localhost:${new URL(ear.url).port}/hook` })
  const own = await startApi({ db: api.db, webhookNetworks: new WebhookNetworks() })
  try {
    const ping = await own.call('administrator', 'POST', `/v1/webhooks/${id}/ping`, { key: api.keys.administrator })
    expect(ping.body.status).toBeNull()
    expect(ping.body.error).toMatch(/is not an address of the public Internet$/)
  } finally {
    await own.close()
  }
})

test.each(['10.0.0.0/33', 'example.org', '10.0.0.0/', '::/129', '10.0.0.0/8;127.0.0.1'])(
  'the setting "%s" is refused at start',
  (text) => {
    expect(() => new WebhookNetworks(text)).toThrow(/is not a network/)
  },
)

test('an engine without a secret key makes none, and says why', async () => {
  const bare = await startApi({ seal: undefined })
  try {
    const answered = await bare.call('administrator', 'POST', '/v1/webhooks', { body: { url: 'https://example.org/' } })
    expect([answered.status, codeOf(answered)]).toEqual([503, 'secret-key-missing'])
  } finally {
    await bare.close()
  }
})
