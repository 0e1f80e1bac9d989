import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { bongsu, endAll } from './cli-process.ts'

let dir: string
const env = () => ({ BONGSU_CARRIERS_DIR: dir, TEST_SMPP_PASSWORD: 'secret' })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'bongsu-carriers-'))
  await writeFile(
    join(dir, 'both-ways.yaml'),
    `id: both-ways
reaches: [{ population: roamers }]
links: [{ host: 127.0.0.1, port: ${await freePort()} }]
systemId: bongsu
password: \${TEST_SMPP_PASSWORD}
bind: transmitter+receiver
throughput: 10
source: { addr: "82232100404" }
receipts: { idInResponse: hex, idInReceipt: decimal, multipart: last }
testNumbers: ["821000000001"]
errors: { ESME_RSYSERR: later, 0x0400: throttle }
supports: { query: true }
`,
  )
})

afterAll(async () => {
  await endAll()
  await rm(dir, { recursive: true, force: true })
})

it('runs the SMSC that a profile expects, and the on-air test of that profile passes against it', async () => {
  const smsc = bongsu(['smsc', '--profiles', dir, '--receipt-delay', '50ms'], env())
  await smsc.says(/both-ways on 127\.0\.0\.1:\d+/)
  const test = bongsu(
    ['carriers', 'test', 'both-ways', '--to', '+821000000001', '--text', '안전문자 시험 '.repeat(20)],
    env(),
  )
  expect(await test.ended, test.err()).toBe(0)
  expect(test.out()).toMatch(/160 characters in ucs2, 3 segments/)
  expect(test.out()).toMatch(/segment 3: ESME_ROK, id /)
  expect(test.out()).toMatch(/receipt for \d+: delivered/)
  const stranger = bongsu(['carriers', 'test', 'both-ways', '--to', '+821000000002'], env())
  expect(await stranger.ended).toBe(1)
  expect(stranger.err()).toContain('none of the testNumbers')
  const wrong = bongsu(['carriers', 'test', 'both-ways', '--to', '821000000001'], {
    ...env(),
    TEST_SMPP_PASSWORD: 'wrong',
  })
  expect(await wrong.ended).toBe(1)
  expect(wrong.err()).toContain('ESME_RINVPASWD')
  smsc.child.kill('SIGTERM')
  expect(await smsc.ended).toBe(0)
  expect(smsc.out()).toMatch(/both-ways \{"submits":3,"accepted":3/)
})

it('checks every profile and says what is wrong with each', async () => {
  const good = bongsu(['carriers', 'check'], env())
  expect(await good.ended).toBe(0)
  expect(good.out()).toMatch(/both-ways: both-ways; 10\/s over 1 binds/)
  expect(good.out()).toMatch(/\n {2}here ESME_RSYSERR is later, 0x00000400 is throttle\n {2}is asked by query_sm\n/)
  const long = bongsu(['carriers', 'check'], { ...env(), TEST_SMPP_PASSWORD: 'longer than SMPP has it' })
  expect(await long.ended).toBe(0)
  expect(long.out()).toMatch(/23 characters of password: SMPP 3\.4 has 8/)
  await writeFile(join(dir, 'bad.yaml'), 'id: bad\nthroughputt: 5\n')
  const bad = bongsu(['carriers', 'check'], env())
  expect(await bad.ended).toBe(1)
  expect(bad.err()).toContain('"throughputt" is not a key of a carrier profile')
  expect(bad.err()).toContain('Did you mean "throughput"?')
})
