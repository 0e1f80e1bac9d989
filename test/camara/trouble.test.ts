import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { builtFile } from '../support/built.ts'
import { dying, Killed } from '../targeting/dying.ts'
import { answering } from './operator-server.ts'
import { CamaraRig, day, hour, minute, profileYaml } from './rig.ts'

let rig: CamaraRig
let child: ChildProcess | undefined
afterEach(async () => {
  if (child && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  child = undefined
  await rig.close()
})

const number = '821012345678'
const numbers = Array.from({ length: 20 }, (_, i) => `8210${10_000_000 + i}`)
const second = 1_000
const account = async () =>
  (await rig.api.call('viewer', 'GET', '/v1/camara/operators')).body.operators[0] as {
    problem: string | null
    heldUntil: string | null
    states: Record<string, number>
  }

describe('a token', () => {
  test('is asked for once, and again before its end', async () => {
    rig = await CamaraRig.start()
    await rig.subscribe(...numbers)
    await rig.work()
    expect(rig.operator.calls('token').length).toBe(1)
    await rig.after(58 * minute)
    expect(rig.operator.calls('token').length).toBe(1)
    await rig.after(minute + 10 * second)
    await rig.subscribe(number)
    await rig.work()
    expect(rig.operator.calls('token').length).toBe(2)
    expect(rig.operator.asked.filter(({ status }) => status === 401)).toEqual([])
  })

  test('that is refused before its time is renewed once, and the request made again', async () => {
    rig = await CamaraRig.start()
    await rig.work()
    rig.operator.revokeTokens()
    await rig.subscribe(number)
    await rig.work()
    expect(rig.operator.calls('create').map(({ status }) => status)).toEqual([401, 201])
    expect(rig.operator.calls('token').length).toBe(2)
    expect((await account()).problem).toBeNull()
  })

  test('that is refused again and again stops all requests, with what to do, until it is taken', async () => {
    rig = await CamaraRig.start()
    await rig.work()
    rig.operator.tokenLifeS = 1e-9
    rig.operator.revokeTokens()
    await rig.subscribe(...numbers)
    await rig.work()
    const tried = rig.operator.calls('create').length
    // Two lanes, and each tries its first request twice.
    expect(tried).toBeLessThanOrEqual(4)
    expect((await account()).problem).toContain('check oauth')
    await rig.work()
    expect(rig.operator.calls('create').length).toBe(tried)
    rig.operator.tokenLifeS = 3600
    await rig.after(hour)
    expect(await account()).toMatchObject({ problem: null, heldUntil: null, states: { active: 20 } })
  })

  test('is not had with the wrong secret, and the secret is in no log and no answer', async () => {
    rig = await CamaraRig.start([
      'oauth: { tokenUrl: "OPERATOR/token", clientId: bongsu, clientSecret: wrong-hunter2 }',
    ])
    await rig.subscribe(number)
    await rig.work()
    const { problem } = await account()
    expect(problem).toContain('401 invalid_client')
    expect(`${rig.logged}${problem}`).not.toContain('hunter2')
    expect(rig.operator.asked.map(({ call }) => call)).toEqual(['token'])
  })

  test.each(['rsa', 'ec'] as const)('is had by private_key_jwt with a key of %s', async (type) => {
    const { privateKey, publicKey } =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const oauth = 'oauth: { tokenUrl: "OPERATOR/token", clientId: bongsu, clientKey: "$' + '{KT_KEY}", keyId: k1 }'
    rig = await CamaraRig.start([oauth], { KT_KEY: pem })
    rig.operator.publicKey = publicKey
    await rig.subscribe(number)
    await rig.work()
    expect(rig.operator.active.length).toBe(1)
  })
})

describe('an operator', () => {
  test('that wants a pause (429 with Retry-After) has it, and nobody is forgotten', async () => {
    rig = await CamaraRig.start(['concurrency: 1'])
    rig.operator.faults.push({ call: 'create', fault: answering(429, 'TOO_MANY_REQUESTS', { 'retry-after': '90' }) })
    await rig.subscribe(...numbers)
    await rig.work()
    expect(rig.operator.calls('create').length).toBe(1)
    expect(await account()).toMatchObject({
      problem: expect.stringContaining('429 TOO_MANY_REQUESTS'),
      heldUntil: new Date(rig.now.getTime() + 90 * second).toISOString(),
    })
    await rig.after(89 * second)
    expect(rig.operator.asked.filter(({ call }) => call !== 'token' && call !== 'list').length).toBe(1)
    await rig.after(second)
    expect(rig.operator.active.length).toBe(20)
    expect((await account()).problem).toBeNull()
  })

  test('that made it and answered with an error is not asked for another: its list tells', async () => {
    rig = await CamaraRig.start()
    await rig.subscribe(number)
    rig.operator.faults.push({ call: 'create', after: true, fault: answering(503, 'UNAVAILABLE') })
    await rig.work()
    expect(await rig.states()).toEqual({ asked: 1 })
    await rig.after(hour)
    expect(await rig.rows()).toMatchObject([{ state: 'active', remote_id: rig.operator.active[0]?.id, problem: null }])
    expect(rig.operator.calls('create').length).toBe(1)
  })

  test('that did not make it is asked again', async () => {
    rig = await CamaraRig.start()
    await rig.subscribe(number)
    rig.operator.faults.push({ call: 'create', fault: (response) => void response.destroy() })
    await rig.work()
    expect(await rig.states()).toEqual({ asked: 1 })
    await rig.after(hour)
    await rig.after(hour)
    expect(await rig.states()).toEqual({ active: 1 })
    expect(rig.operator.active.length).toBe(1)
  })

  test.each([403, 404, 501])(
    'that gives no list (%i) is subscribed to all the same, what is in doubt after a day',
    async (status) => {
      rig = await CamaraRig.start(['concurrency: 1'])
      const denied = () => rig.operator.faults.push({ call: 'list', fault: answering(status, 'NONE') })
      denied()
      rig.operator.faults.push({ call: 'create', fault: (response) => void response.destroy() })
      await rig.subscribe(number)
      await rig.work()
      await rig.subscribe(...numbers)
      for (let hours = 1; hours < 24; hours++) {
        denied()
        await rig.after(hour)
      }
      expect(await rig.states()).toEqual({ active: 20, asked: 1 })
      expect((await account()).problem).toContain(`${status} NONE`)
      for (let hours = 0; hours < 3; hours++) {
        denied()
        await rig.after(hour)
      }
      expect(rig.operator.active.length).toBe(21)
      rig.operator.faults.length = 0
      await rig.after(2 * hour)
      expect((await account()).problem).toBeNull()
    },
  )

  test.each<[string, (response: ServerResponse) => void]>([
    ['breaks off', (response) => void response.writeHead(200).write('[', () => response.destroy())],
    ['is never answered', () => undefined],
    ['fails', answering(503, 'UNAVAILABLE')],
  ])('whose list %s is left alone three times, then subscribed to and renewed without it', async (_, fault) => {
    rig = await CamaraRig.start(['concurrency: 1', 'timeout: 1s'])
    const never = () => rig.operator.faults.push({ call: 'list', fault })
    await rig.subscribe(...numbers)
    for (let tries = 0; tries < 3; tries++) {
      never()
      await rig.after(hour)
      expect(rig.operator.calls('create')).toEqual([])
      expect((await account()).heldUntil).not.toBeNull()
    }
    never()
    await rig.after(hour)
    expect(rig.operator.active.length).toBe(20)
    expect(rig.logged).toContain('a CAMARA operator does not give its list of subscriptions')
    const first = rig.operator.active.map(({ id }) => id)
    for (let tries = 0; tries < 4; tries++) {
      never()
      await rig.after(tries === 0 ? 27 * day : hour)
    }
    const renewed = rig.operator.active.filter(({ id }) => !first.includes(id))
    expect(renewed.map(({ phone }) => phone).sort()).toEqual(numbers.map((one) => `+${one}`))
    rig.operator.faults.length = 0
    await rig.after(hour)
    expect((await account()).problem).toBeNull()
  })

  test('that knows one URL of ours only is asked by number and type what it made', async () => {
    const sink =
      'sink: { url: https://alerts.example/v1/roaming-notifications, key: "$' + '{SINK_KEY}", tagged: false }'
    rig = await CamaraRig.start([sink, 'types: [roaming-status, roaming-change-country]'])
    await rig.subscribe(number)
    for (let i = 0; i < 2; i++)
      rig.operator.faults.push({ call: 'create', after: true, fault: answering(500, 'INTERNAL') })
    await rig.work()
    await rig.after(hour)
    await rig.after(hour)
    expect(rig.operator.active.map(({ sink: to }) => to)).toEqual(
      Array(2).fill('https://alerts.example/v1/roaming-notifications'),
    )
    expect(await rig.states()).toEqual({ active: 2 })
  })

  test('that redirects is not followed: a token goes to nobody else', async () => {
    rig = await CamaraRig.start()
    let lured = 0
    const elsewhere = createServer((_, response) => {
      lured++
      response.end()
    })
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`
    rig.operator.faults.push({ call: 'list', fault: (response) => void response.writeHead(307, { location }).end() })
    await rig.work()
    expect((await account()).problem).toContain('redirect')
    expect(lured).toBe(0)
    await new Promise((resolve) => elsewhere.close(resolve))
  })

  test('that is away holds nothing up for ever, and is found again', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    rig = await CamaraRig.start([`apiRoot: http://127.0.0.1:${port}/camara`])
    await rig.subscribe(number)
    await rig.work()
    expect((await account()).problem).toContain('ECONNREFUSED')
    Object.assign(rig.profile, { apiRoot: rig.profile.oauth.tokenUrl.replace('/token', '/camara') })
    await rig.after(hour)
    expect(rig.operator.active.length).toBe(1)
  })

  test('that writes a number into its error does not bring it into a log', async () => {
    rig = await CamaraRig.start()
    rig.operator.faults.push({
      call: 'create',
      fault: (response) => {
        const body = { status: 404, code: 'IDENTIFIER_NOT_FOUND', message: `+${number} is unknown` }
        response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(body))
      },
    })
    await rig.subscribe(number)
    await rig.work()
    expect((await rig.rows())[0]?.problem).toContain('404 IDENTIFIER_NOT_FOUND: +8210*** is unknown')
    expect(rig.logged).toContain('IDENTIFIER_NOT_FOUND')
    expect(rig.logged).not.toContain(number)
    expect(rig.logged).not.toContain(rig.api.keys.carrier)
  })

  test('that refuses one number over and over again is asked for the others', async () => {
    rig = await CamaraRig.start(['concurrency: 1'])
    await rig.subscribe(number)
    for (let i = 0; i < 20; i++) rig.operator.faults.push({ call: 'create', fault: answering(400, 'INVALID_ARGUMENT') })
    for (let i = 0; i < 6; i++) await rig.after(hour)
    rig.operator.faults.length = 0
    await rig.subscribe(...numbers)
    await rig.after(hour)
    expect(rig.operator.active.length).toBe(20)
    expect(await rig.rows("state = 'due'")).toMatchObject([
      { problem: expect.stringContaining('400 INVALID_ARGUMENT') },
    ])
    await rig.after(25 * hour)
    expect(rig.operator.active.length).toBe(21)
  })
})

describe('a process that is killed', () => {
  test('between the request and its answer leaves no subscription behind that nobody knows', async () => {
    rig = await CamaraRig.start()
    await rig.subscribe(number)
    rig.operator.faults.push({
      call: 'create',
      after: true,
      fault: async () => {
        child?.kill('SIGKILL')
      },
    })
    const yaml = profileYaml(rig.profile.oauth.tokenUrl.replace('/token', ''))
    const env = { ...process.env, SINK_KEY: rig.api.keys.carrier }
    child = spawn(process.execPath, [builtFile('test/camara/worker-child.ts'), rig.api.db.url, yaml], {
      stdio: 'inherit',
      env,
    })
    await once(child, 'exit')
    expect(child.signalCode).toBe('SIGKILL')
    const [made] = rig.operator.active
    expect(await rig.rows()).toMatchObject([{ state: 'asked', remote_id: null }])
    // What the dead process held is free after a while.
    await rig.after(10 * minute)
    expect(await rig.rows()).toMatchObject([{ state: 'active', remote_id: made?.id }])
    expect(rig.operator.active.length).toBe(1)
    expect(rig.operator.calls('create').length).toBe(1)
  })

  test.each(['before-commit', 'after-commit'] as const)('with the answer in its hands (%s) too', async (moment) => {
    rig = await CamaraRig.start(['concurrency: 1'])
    await rig.subscribe(...numbers)
    const doomed = rig.newWorker(dying(rig.api.db, moment, /SET state = 'active'/, 7))
    await expect(doomed.work()).rejects.toThrow(Killed)
    await rig.after(10 * minute)
    await rig.after(10 * minute)
    expect(rig.operator.active.length).toBe(20)
    expect(rig.operator.calls('create').length).toBe(20)
    const ids = (await rig.rows("state = 'active'")).map((row) => row.remote_id)
    expect(ids.sort()).toEqual(rig.operator.active.map(({ id }) => id).sort())
  })

  test('in the midst of a renewal leaves one, and what is one too many is ended', async () => {
    rig = await CamaraRig.start()
    await rig.subscribe(number)
    await rig.work()
    const [first] = rig.operator.active
    const doomed = rig.newWorker(dying(rig.api.db, 'before-commit', /SET state = 'active'/))
    const worker = rig.worker
    rig.worker = doomed
    await expect(rig.after(27 * day)).rejects.toThrow(Killed)
    expect(rig.operator.active.length).toBe(2)
    rig.worker = worker
    await rig.after(10 * minute)
    await rig.work()
    expect(rig.operator.active.length).toBe(1)
    expect(rig.operator.active[0]?.id).not.toBe(first?.id)
  })
})

test('a subscription under our sink that nothing here stands for is deleted; one under another sink is left', async () => {
  rig = await CamaraRig.start()
  await rig.subscribe(number)
  await rig.work()
  const [held] = rig.operator.active
  if (held === undefined) throw new Error('nothing was made')
  const tag = '0badc0de-0000-4000-8000-000000000000'
  const own = { ...held, id: 'stray', sink: held.sink.replace(/=.*/, `=${tag}`) }
  const foreign = { ...held, id: 'foreign', sink: 'https://elsewhere.example/sink' }
  const byHand = { ...held, id: 'by-hand', sink: held.sink.replace(/\?.*/, '') }
  for (const one of [own, foreign, byHand]) rig.operator.held.set(one.id, one)
  await rig.after(25 * hour)
  await rig.work()
  expect(rig.operator.active.map(({ id }) => id).sort()).toEqual(['by-hand', 'foreign', held.id].sort())
})
