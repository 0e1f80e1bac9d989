import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { changesOf } from '../../src/carriers/changes.ts'
import { encodeForCarrier } from '../../src/carriers/encode.ts'
import { loadProfiles, parseProfile } from '../../src/carriers/load.ts'
import { notesOn } from '../../src/carriers/notes.ts'
import { CarrierProfileSchema } from '../../src/carriers/schema.ts'
import type { Problem } from '../../src/lib/problem.ts'
import { problemOf } from '../alerts/sample.ts'
import { publishedSchema } from './published-schema.ts'

const least = {
  id: 'kr-1',
  reaches: '[{ population: roamers }]',
  links: '[{ host: smsc.example, port: 2775 }]',
  systemId: 'bongsu',
  password: '$' + '{KR1_PASSWORD}',
  throughput: '200',
  source: '{ addr: "82232100404" }',
}
const env = { KR1_PASSWORD: 'hunter2' }

const yaml = (change: Record<string, string | undefined> = {}) =>
  Object.entries({ ...least, ...change })
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}: ${value}`]))
    .join('\n')
const parse = (change: Record<string, string | undefined> = {}, file = 'kr-1.yaml') =>
  parseProfile(yaml(change), file, env)
const findings = (change: Record<string, string | undefined>, file?: string): readonly Problem[] =>
  problemOf(() => parse(change, file)).details

describe('a carrier profile', () => {
  it('needs seven keys; the rest has sensible defaults', () => {
    expect(parse()).toMatchObject({
      id: 'kr-1',
      name: 'kr-1',
      reaches: [{ population: 'roamers', priority: 100 }],
      links: [{ host: 'smsc.example', port: 2775, tls: false }],
      password: 'hunter2',
      bind: 'transceiver',
      binds: 1,
      window: 10,
      counts: 'segments',
      source: { ton: 1, npi: 1 },
      destination: { ton: 1, npi: 1 },
      text: { alphabet: 'gsm7', unicode: 'ucs2', long: 'udh', segmentOctets: 140, reserveOctets: 0, maxSegments: 6 },
      validity: { form: 'relative', maxMs: 48 * 3600_000 },
      receipts: { idInResponse: 'string', idInReceipt: 'string', multipart: 'all', finalAfterMs: 72 * 3600_000 },
      interfaceVersion: '3.4',
      errors: {},
      supports: { query: false, cancel: false },
      timers: { enquireLinkMs: 30_000, responseMs: 10_000, reconnectMs: [1000, 30_000] },
      downAfterMs: 60_000,
      testNumbers: [],
      live: true,
    })
  })

  it.each(Object.keys(least))('without %s is refused', (key) => {
    expect(findings({ [key]: undefined })).toMatchObject([{ code: 'missing-key', message: `"${key}" is missing` }])
  })

  it('with an unknown key is refused, and the nearest known one is named', () => {
    expect(findings({ troughput: '20' })).toMatchObject([
      { code: 'unknown-key', hint: 'Did you mean "throughput"?', where: 'kr-1.yaml' },
    ])
    expect(findings({ timers: '{ enquirelink: 3s }' })).toMatchObject([
      { code: 'unknown-key', hint: 'Did you mean "enquireLink"?', where: 'kr-1.yaml/timers' },
    ])
  })

  it('tells all that is wrong with it at once', () => {
    const found = findings({ binds: '0', window: 'many', colour: 'red' })
    expect(found.map(({ where }) => where).sort()).toEqual(['kr-1.yaml', 'kr-1.yaml/binds', 'kr-1.yaml/window'])
  })

  it('shows a bad value, but never a password', () => {
    expect(findings({ throughput: '-3' })[0]?.message).toContain('(found -3)')
    for (const password of ['12345678', '[hunter2]', '""'])
      expect(JSON.stringify(findings({ password }).map(({ line }) => line))).not.toMatch(/hunter2|12345678/)
    // Nor where it stands beside or within what is wrong, or in a place of another key.
    expect(problemOf(() => parse({ throughput: '-3' })).line).not.toContain('hunter2')
    expect(problemOf(() => parseProfile('- hunter2', 'kr-1.yaml', env)).line).not.toContain('hunter2')
    expect(findings({ links: '[{ host: smsc.example, port: "$' + '{KR1_PASSWORD}" }]' })[0]?.line).not.toContain(
      'hunter2',
    )
  })

  it('names the environment variable that is not set', () => {
    const problem = problemOf(() => parseProfile(yaml(), 'kr-1.yaml', {}))
    expect(problem.details).toMatchObject([
      {
        code: 'missing-secret',
        where: 'kr-1.yaml/password',
        hint: 'Set KR1_PASSWORD, or KR1_PASSWORD_FILE to a file that holds it.',
      },
    ])
  })

  it('whose id is not the name of its file is refused', () => {
    expect(findings({}, 'kr-2.yaml')).toMatchObject([{ hint: 'Name the file kr-1.yaml, or change the id.' }])
  })

  it('that is no YAML is refused with its file', () => {
    expect(problemOf(() => parseProfile('id: [', 'kr-1.yaml', env))).toMatchObject({ where: 'kr-1.yaml' })
  })

  it('refuses durations without a unit and numbers that are none', () => {
    expect(findings({ downAfter: '"60"' })).toMatchObject([{ where: 'kr-1.yaml/downAfter' }])
    expect(findings({ testNumbers: '["+82 10"]' })).toMatchObject([{ where: 'kr-1.yaml/testNumbers/0' }])
  })
})

describe('the errors of a carrier', () => {
  it('go by name or by number, and come out by number', () => {
    const { errors } = parse({ errors: '{ ESME_RSUBMITFAIL: permanent, 0x0400: later, "1025": throttle }' })
    expect(errors).toEqual({ 69: 'permanent', 1024: 'later', 1025: 'throttle' })
  })

  it('with an unknown name are refused, and the nearest known one is named', () => {
    expect(findings({ errors: '{ ESME_RTHROTLED: throttle }' })).toMatchObject([
      { code: 'unknown-status', where: 'kr-1.yaml/errors/ESME_RTHROTLED', hint: 'Did you mean "ESME_RTHROTTLED"?' },
    ])
    expect(findings({ errors: '{ "0x100000000": later }' })).toMatchObject([{ code: 'unknown-status' }])
  })

  it('with an unknown policy, given twice, or that are none, are refused', () => {
    expect(findings({ errors: '{ ESME_RSYSERR: again }' })).toMatchObject([{ where: 'kr-1.yaml/errors/ESME_RSYSERR' }])
    expect(findings({ errors: '{ ESME_RSYSERR: later, "0x8": retry }' })).toMatchObject([
      { message: 'ESME_RSYSERR stands twice' },
    ])
    expect(findings({ errors: '{ ESME_ROK: later }' })).toMatchObject([{ message: 'ESME_ROK is no error' }])
  })
})

describe('the sense of a profile', () => {
  it.each([
    ['a CA without TLS', { links: '[{ host: a, port: 1, serverName: b }]' }, 'links/0/serverName'],
    ['a CA that is not there', { links: '[{ host: a, port: 1, tls: true, ca: /none.pem }]' }, 'links/0/ca'],
    ['a sender with too long a name', { source: '{ ton: 5, npi: 0, addr: "MINISTRY OF FA" }' }, 'source/addr'],
    ['a name as an international number', { source: '{ addr: BONGSU }' }, 'source/addr'],
    ['no room for a text', { text: '{ reserveOctets: 100, segmentOctets: 120 }' }, 'text/reserveOctets'],
    ['more octets than a segment holds', { text: '{ segmentOctets: 150 }' }, 'text/segmentOctets'],
    ['pauses the wrong way round', { timers: '{ reconnect: [30s, 1s] }' }, 'timers/reconnect'],
    ['a timer that never rests', { timers: '{ enquireLink: 0s }' }, 'timers/enquireLink'],
    ['a password that no PDU holds', { password: 'x'.repeat(65) }, 'password'],
  ])('refuses %s', (_, change, where) => {
    expect(findings(change)).toMatchObject([{ where: `kr-1.yaml/${where}` }])
  })
})

describe('a folder of carrier profiles', () => {
  let dir: string
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bongsu-carriers-'))
  })
  afterEach(() => rm(dir, { recursive: true }))

  it('is read in the order of the names', async () => {
    for (const id of ['b', 'a']) await writeFile(join(dir, `${id}.yaml`), yaml({ id }))
    await writeFile(join(dir, 'README.md'), 'no profile')
    expect((await loadProfiles(dir, env)).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('is refused whole when one profile is bad: its people would not be told', async () => {
    await writeFile(join(dir, 'a.yaml'), yaml({ id: 'a' }))
    await writeFile(join(dir, 'b.yaml'), yaml({ id: 'b', binds: '0' }))
    await expect(loadProfiles(dir, env)).rejects.toMatchObject({
      code: 'bad-carrier-profile',
      message: `1 of 2 carrier profiles in ${dir} cannot be used`,
    })
  })

  it('takes a secret from a file, read anew each time, where its variable is not set', async () => {
    await writeFile(join(dir, 'a.yaml'), yaml({ id: 'a' }))
    await writeFile(join(dir, 'secret'), 'first\n')
    const fromFile = { KR1_PASSWORD_FILE: join(dir, 'secret') }
    expect(await loadProfiles(dir, fromFile)).toMatchObject([{ password: 'first' }])
    await writeFile(join(dir, 'secret'), 'second\r\n')
    expect(await loadProfiles(dir, fromFile)).toMatchObject([{ password: 'second' }])
    expect(await loadProfiles(dir, { ...fromFile, ...env })).toMatchObject([{ password: 'hunter2' }])
    await writeFile(join(dir, 'secret'), '\n')
    await expect(loadProfiles(dir, fromFile)).rejects.toMatchObject({
      details: [{ details: [{ code: 'missing-secret', where: 'a.yaml/password' }] }],
    })
  })

  it('holds the CAs of its carriers beside the profiles', async () => {
    await writeFile(join(dir, 'a.yaml'), yaml({ id: 'a', links: '[{ host: a, port: 1, tls: true, ca: ca.pem }]' }))
    await writeFile(join(dir, 'ca.pem'), 'no certificate')
    await expect(loadProfiles(dir, env)).rejects.toMatchObject({
      details: [{ details: [{ where: 'a.yaml/links/0/ca' }] }],
    })
    const pem = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n'
    await writeFile(join(dir, 'ca.pem'), pem)
    expect((await loadProfiles(dir, env))[0]?.links).toEqual([{ host: 'a', port: 1, tls: true, ca: pem }])
  })

  it('that is not there is a clear error', async () => {
    await expect(loadProfiles(join(dir, 'none'), env)).rejects.toMatchObject({ code: 'no-carriers' })
  })
})

describe('a text for a carrier', () => {
  it('that one PDU could not carry within the contract is refused when it is written', () => {
    const payload = { text: '{ long: payload }', throughput: '2' }
    const text = 'x'.repeat(400)
    expect(problemOf(() => encodeForCarrier(text, parse(payload)))).toMatchObject({ code: 'text-too-long' })
    expect(encodeForCarrier(text, parse({ ...payload, throughput: '3' })).airSegments).toBe(3)
    expect(encodeForCarrier(text, parse({ ...payload, counts: 'pdus' })).airSegments).toBe(3)
  })
})

describe('the published schema', () => {
  const file = new URL('../../docs/carrier-profile.schema.json', import.meta.url)

  it('says what profiles are validated by', async () => {
    const current = JSON.parse(JSON.stringify(publishedSchema(CarrierProfileSchema)))
    if (process.env.BONGSU_WRITE_SCHEMA === '1') await writeFile(file, `${JSON.stringify(current, null, 2)}\n`)
    const published = await readFile(file, 'utf8').then(JSON.parse, () => undefined)
    const hint = 'BONGSU_WRITE_SCHEMA=1 npx vitest run test/carriers; npx biome check --write docs'
    expect(published, `docs/carrier-profile.schema.json is stale; write it anew with: ${hint}`).toEqual(current)
  })

  it('asks for the seven keys that have no default, and takes a profile of these', () => {
    const schema = publishedSchema(CarrierProfileSchema) as { required: string[] }
    expect([...schema.required].sort()).toEqual(Object.keys(least).sort())
    const valid = new Ajv().compile(schema)
    expect(valid(parseYaml(yaml()))).toBe(true)
    expect(valid(parseYaml(yaml({ binds: '0' })))).toBe(false)
  })
})

describe('the notes on a profile', () => {
  const notes = (change: Record<string, string>, others: readonly ReturnType<typeof parse>[] = []) =>
    notesOn(parse(change), others).join('\n')

  it.each([
    ['a password that SMPP has no room for', { password: 'ninechars' }, /9 characters of password/],
    ['a window that binds before the contract', { window: '10', throughput: '51' }, /let 50\/s through, not 51\/s/],
    ['a way without TLS', {}, /no TLS/],
    ['receipts that are given up early', { receipts: '{ finalAfter: 24h }' }, /given up while the carrier still tries/],
  ])('say %s', (_, change, note) => {
    expect(notes(change)).toMatch(note)
  })

  it('say which other carrier has the same account, and nothing where all is well', () => {
    const well = { links: '[{ host: smsc.example, port: 1, tls: true }]', window: '100' }
    const twin = parse({ ...well, id: 'kr-2' }, 'kr-2.yaml')
    expect(notes(well, [twin])).toMatch(/the same systemId and address as kr-2/)
    expect(notes(well, [parse(well)])).toBe('')
  })
})

describe('what reading the profiles again changes', () => {
  it('is told by the keys of the file, without a value', () => {
    const kept = parse()
    const changed = parse({ password: 'other', downAfter: '5s', timers: '{ response: 3s }' })
    expect(changesOf([kept], [parse()])).toEqual([{ id: 'kr-1', change: 'unchanged', keys: [] }])
    expect(changesOf([kept], [changed])).toEqual([
      { id: 'kr-1', change: 'changed', keys: ['downAfter', 'password', 'timers'] },
    ])
    const other = parse({ id: 'kr-2' }, 'kr-2.yaml')
    expect(changesOf([kept], [other]).map(({ id, change }) => [id, change])).toEqual([
      ['kr-1', 'removed'],
      ['kr-2', 'added'],
    ])
  })

  it('is never whether a carrier is live: texts of an exercise may be queued for it', () => {
    expect(problemOf(() => changesOf([parse()], [parse({ live: 'false' })]))).toMatchObject({
      code: 'carrier-live-changed',
      status: 409,
      details: [{ where: 'kr-1.yaml/live' }],
    })
  })
})
