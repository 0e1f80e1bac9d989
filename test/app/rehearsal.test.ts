import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { registerClientCommands } from '../../src/app/cli/commands.ts'
import { type Engine, startEngine } from '../../src/app/engine.ts'
import { createLogger } from '../../src/lib/log.ts'
import { type Smsc, startSmsc } from '../../src/simulator/smsc.ts'
import { addKey } from '../../src/store/people/keys.ts'
import { catchOutput, runCommand } from '../api/command-line.ts'
import { alertBody } from '../api/desk.ts'
import { testProfile } from '../dispatch/profile.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { addResidents } from '../targeting/people.ts'

const people = 30
let dir: string
let database: TestDatabase
let engine: Engine
const smscs: Record<'live' | 'drill' | 'simulated', Smsc> = {} as never
const keys = { composer: '', approver: '' }

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-rehearsal-'))
  database = await cloneDatabase()
  for (const id of ['live', 'drill', 'simulated'] as const) {
    smscs[id] = await startSmsc({ systemId: 'bongsu', password: 'secret', receipts: { delayMs: 5 }, record: true })
  }
  engine = await startEngine({
    databaseUrl: database.url,
    redisUrl: undefined,
    dataDir: dir,
    geofencesDir: new URL('../../geofences', import.meta.url).pathname,
    port: 0,
    profiles: [
      testProfile(smscs.live.port, [], 'live'),
      // Before the simulator by its id, and it reaches the same people.
      testProfile(smscs.drill.port, ['live: false'], 'drill'),
      testProfile(smscs.simulated.port, ['live: false', 'simulated: true'], 'simulated'),
    ],
    roles: ['api', 'targeting', 'dispatch'],
    log: createLogger('silent'),
  })
  for (const role of ['composer', 'approver'] as const) keys[role] = await addKey(engine.db, role, role, 'test')
  await addResidents(
    engine.db,
    Array.from({ length: people }, (_, i) => ({ msisdn: String(819000000 + i), country: 'JP' })),
  )
})

afterAll(async () => {
  await engine?.stop()
  for (const smsc of Object.values(smscs)) await smsc.close()
  await database?.drop()
  await rm(dir, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever it is
async function ask(role: keyof typeof keys, method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${engine.url}/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${keys[role]}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return JSON.parse(text)
}

const submits = (id: keyof typeof smscs) => smscs[id].stats().accepted
const launch = async (id: string) => {
  await ask('composer', 'POST', `/alerts/${id}/submit`)
  await ask('approver', 'POST', `/alerts/${id}/approve`)
  await ask('composer', 'POST', `/alerts/${id}/launch`)
}
const delivered = async (id: string) => (await ask('composer', 'GET', `/alerts/${id}/progress`)).states.delivered

it('a rehearsal reaches everybody whom the real alert would, and no PDU of it a live bind', async () => {
  await expect.poll(() => Object.values(smscs).map((smsc) => smsc.stats().binds)).toEqual([1, 1, 1])
  const { id } = await ask('composer', 'POST', '/alerts', alertBody())
  const { alert, real, rehearsal } = await ask('composer', 'POST', `/alerts/${id}/rehearsal`)
  expect(alert).toMatchObject({ status: 'Exercise', rehearses: id, phase: 'draft' })
  expect(alert.texts[0].text).toMatch(/^\[훈련\] /)
  expect(real).toMatchObject({ matched: people, segments: people, unreached: 0 })
  expect(rehearsal).toMatchObject({ matched: people, unreached: 0 })

  await launch(alert.id)
  await expect.poll(() => delivered(alert.id), { timeout: 30_000 }).toBe(people)
  // What takes it back belongs to the rehearsal.
  const back = await ask('composer', 'POST', `/alerts/${alert.id}/retract`, { reason: 'rehearsed as well' })
  await expect.poll(() => delivered(back.alertId), { timeout: 30_000 }).toBe(people)
  const clear = await ask('composer', 'GET', `/alerts/${back.alertId}`)
  expect(clear).toMatchObject({ status: 'Exercise', msgType: 'Cancel', rehearses: id })
  expect([submits('live'), submits('drill'), submits('simulated')]).toEqual([0, 0, 2 * people])

  // The real one still goes to telephones, and to them alone.
  await launch(id)
  await expect.poll(() => delivered(id), { timeout: 30_000 }).toBe(people)
  expect([submits('live'), submits('drill'), submits('simulated')]).toEqual([people, 0, 2 * people])
})

describe('at a command line', () => {
  const output = catchOutput()

  it('tells both forecasts, is approved by the second person, and ends with what came of it', async () => {
    vi.stubEnv('BONGSU_URL', engine.url)
    vi.stubEnv('BONGSU_API_KEY', keys.composer)
    vi.stubEnv('BONGSU_APPROVER_KEY', keys.approver)
    const { id } = await ask('composer', 'POST', '/alerts', alertBody({ identifier: 'to-be-rehearsed' }))
    const before = [submits('live'), submits('simulated')]
    const run = ['alert', 'rehearse', 'to-be-rehearsed', '--wait', '--json']
    expect(await runCommand(registerClientCommands, run)).toBeUndefined()
    expect(output.err).toContain(`the real alert now: ${people} people, ${people} segments; half handed over after `)
    expect(output.err).toMatch(/\*\*\* EXERCISE, a rehearsal \*\*\* its copy to-be-rehearsed\.rehearsal-\w+/)
    expect(output.err).toContain(
      `*** EXERCISE, a rehearsal *** live, all that were found are told: matched ${people} = delivered ${people}`,
    )
    const told = JSON.parse(output.out.trim().split('\n').at(-1) as string)
    expect(told).toMatchObject({ real: { matched: people }, rehearsal: { matched: people, unreached: 0 } })
    expect(told.broadcast).toMatchObject({ matched: people, states: { delivered: people } })
    expect([submits('live'), submits('simulated')]).toEqual([before[0], (before[1] as number) + people])
    expect(await ask('composer', 'GET', `/alerts/${id}`)).toMatchObject({ phase: 'draft' })
  })

  it('waits for the second person where his key is not there', async () => {
    vi.stubEnv('BONGSU_URL', engine.url)
    vi.stubEnv('BONGSU_API_KEY', keys.composer)
    vi.stubEnv('BONGSU_APPROVER_KEY', undefined)
    const { id } = await ask('composer', 'POST', '/alerts', alertBody())
    expect(await runCommand(registerClientCommands, ['alert', 'rehearse', id, '--json'])).toBeUndefined()
    expect(output.err).toContain('a second person has to approve it')
    expect(JSON.parse(output.out)).toMatchObject({ real: { matched: people }, broadcast: null })
    expect(process.exitCode).toBe(2)
    process.exitCode = undefined
  })
})
