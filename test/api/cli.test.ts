import { afterEach, describe, expect, test, vi } from 'vitest'
import { rulesSchema } from '../../src/alerts/rule-schema.ts'
import { registerCarriers } from '../../src/store/chunks/carriers.ts'
import { transaction } from '../../src/store/database.ts'
import { ensureDailyPartitions } from '../../src/store/partitions.ts'
import { capText } from '../alerts/sample.ts'
import { accepted, choose, move, selected } from '../reporting/broadcast.ts'
import { freePort } from '../support/free-port.ts'
import { openTerminal, type ServedApi } from './command-line.ts'

const cli = openTerminal()

afterEach(() => {
  process.exitCode = undefined
})

const bongsu: ServedApi['run'] = (args, env) => cli.api.run(args, env)
const file: ServedApi['file'] = (name, text) => cli.api.file(name, text)

const at = (ms: number) => `${new Date(Date.now() + ms).toISOString().slice(0, 19)}-00:00`
let n = 0
const cap = () =>
  capText((xml) =>
    xml
      .replace('noto-1', `cli-${n++}`)
      .replace('2024-01-01T16:12:00+09:00', at(-1_000))
      .replace('2024-01-02T16:12:00+09:00', at(3_600_000)),
  )

describe('files', () => {
  test('residents import prints the sums, and each reject with line and reason on stderr', async () => {
    const csv = await file('a.csv', 'msisdn,mission,country\n819012345678,tokyo,JP\n12,tokyo,JP\n')
    expect(await bongsu(['residents', 'import', csv])).toBeUndefined()
    expect(cli.out).toBe('imported 1 rejected 1\n')
    expect(cli.err).toMatch(/^line 3: msisdn: .*is not a number/)
  })

  test('residents import tells NDJSON by its first character', async () => {
    const json = await file('a.ndjson', ' \n{"msisdn":"819012345679","mission":"tokyo","country":"JP"}\n')
    await bongsu(['residents', 'import', json])
    expect(cli.out).toBe('imported 1 rejected 0\n')
  })

  test('roaming ingest prints the sums', async () => {
    const line = JSON.stringify({ msisdn: '821012345678', country: 'JP', at: '2026-11-21T03:04:05Z', event: 'enter' })
    const path = await file('r.ndjson', `${line}\nnot json\n`)
    expect(await bongsu(['roaming', 'ingest', path], { BONGSU_API_KEY: cli.api.keys.carrier })).toBeUndefined()
    expect(cli.out).toBe('accepted 1 rejected 1\n')
    expect(cli.err).toContain('line 2: The line is not JSON')
    expect(cli.err).not.toContain('ignored')
    const odd = await file('odd.ndjson', `${line.replace('{', '{"raduis":5,')}\n`)
    await bongsu(['roaming', 'ingest', odd], { BONGSU_API_KEY: cli.api.keys.carrier })
    expect(cli.err).toContain('ignored, as not known: raduis\n')
  })

  test.each([
    ['whose header is wrong', 'composer', 'csv-header'],
    ['that this key may not send', 'viewer', 'forbidden'],
  ] as const)('a long file %s is answered with that, not with a broken connection', async (_, role, code) => {
    const path = await file('long.csv', `msisdn,mision,country\n${'819012345678,tokyo,JP\n'.repeat(300_000)}`)
    expect(await bongsu(['residents', 'import', path], { BONGSU_API_KEY: cli.api.keys[role] })).toMatchObject({ code })
  })

  test('a file that is not there is told by its name', async () => {
    expect(await bongsu(['residents', 'import', '/not/there.csv'])).toMatchObject({
      code: 'file-unreadable',
      where: '/not/there.csv',
    })
  })
})

describe('what goes wrong', () => {
  test('nobody at the address', async () => {
    const port = await freePort()
    const problem = await bongsu(['report', 'x'], { BONGSU_URL: `http://127.0.0.1:${port}` })
    expect(problem?.line).toBe(
      `Nobody answers at http://127.0.0.1:${port}. Start the engine with \`bongsu serve\`, or set BONGSU_URL to where it runs.`,
    )
  })

  test('a setting that is not known, with the nearest that is', async () => {
    const problem = await bongsu(['report', 'x'], { BONGSU_APPROVR_KEY: 'k', BONGSU_TOKN: 't' })
    expect(problem?.details.map(({ message, hint }) => `${message}. ${hint}`)).toEqual([
      'BONGSU_APPROVR_KEY is not known. Did you mean BONGSU_APPROVER_KEY?',
      expect.stringMatching(/^BONGSU_TOKN is not known\. Known: .*BONGSU_API_KEY/),
    ])
  })

  test('no key, a wrong key, and a key that may not', async () => {
    expect(await bongsu(['report', 'x'], { BONGSU_API_KEY: undefined })).toMatchObject({ where: 'BONGSU_API_KEY' })
    expect(await bongsu(['report', 'x'], { BONGSU_API_KEY: 'wrong' })).toMatchObject({
      code: 'unknown-key',
      hint: expect.stringContaining('BONGSU_API_KEY'),
    })
    const path = await file('alert.xml', cap())
    expect(await bongsu(['alert', 'launch', path], { BONGSU_API_KEY: cli.api.keys.viewer })).toMatchObject({
      code: 'forbidden',
    })
  })

  test('every finding of a refused alert, with its place', async () => {
    const path = await file(
      'bad.xml',
      cap()
        .replace(/<area>.*<\/area>/s, '')
        .replace('>Actual<', '>System<'),
    )
    const problem = await bongsu(['alert', 'launch', path])
    expect(problem?.code).toBe('alert-refused')
    expect(problem?.line).toMatch(/- An alert of status System is not for people \(at \/status\)/)
    expect(problem?.line).toMatch(/- The alert has no area/)
  })
})

describe('alert launch', () => {
  test('without a second person stops after submitting, says who must do what, and exits with 2', async () => {
    const path = await file('alert.xml', cap())
    expect(await bongsu(['alert', 'launch', path, '--wait', '--json'])).toBeUndefined()
    expect(process.exitCode).toBe(2)
    expect(cli.err).toMatch(/a second person has to approve it/)
    expect(cli.err).toMatch(/BONGSU_APPROVER_KEY/)
    expect(cli.out).toBe('')
  })

  test('takes every rule of an alert as a flag, and says what the server finds wrong with one', async () => {
    const rules = {
      unplaced: 'exclude',
      uncertain: 'centre',
      numbers: 'last-seen',
      resend: 'keep',
      legalBasis: 'legal-obligation',
      maxRecipients: 5000,
      tolerance: 10,
      reviewHours: 48,
      placeMaxAgeHours: 24,
      seenMaxAgeHours: 72.5,
      populations: ['residents', 'roamers'],
      languages: ['ko', 'und'],
      missions: ['tokyo'],
      homeNetworks: ['45008', '45005'],
    }
    // A rule that is added to the API has to come here, too.
    expect(Object.keys(rules).sort()).toEqual(Object.keys(rulesSchema.properties).sort())
    const flags = Object.entries(rules).flatMap(([name, value]) => [
      `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value),
    ])
    const path = await file('rules.json', JSON.stringify({ ...jsonAlert(), identifier: 'cli-rules' }))
    expect(await bongsu(['alert', 'launch', path, ...flags])).toBeUndefined()
    const { rows } = await cli.api.db.pool.query(`SELECT rules FROM alert WHERE identifier = 'cli-rules'`)
    expect(rows).toEqual([{ rules }])
    const refused = await bongsu(['alert', 'launch', path, '--languages', 'ko-KR'])
    expect(refused?.details[0]).toMatchObject({ hint: expect.stringContaining('ko, not ko-KR') })
  })

  test('with one launches, waits until all is final, and ends with the broadcast', async () => {
    const path = await file('alert.json', JSON.stringify({ ...jsonAlert(), identifier: 'cli-json' }))
    const command = bongsu(
      ['alert', 'launch', path, '--wait', '--json', '--unplaced', 'exclude', '--max-recipients', '10'],
      {
        BONGSU_APPROVER_KEY: cli.api.keys.approver,
      },
    )
    const broadcastId = await vi.waitUntil(
      async () => (await cli.api.db.pool.query<{ id: number }>('SELECT id FROM broadcast')).rows[0]?.id,
      { timeout: 20_000, interval: 10 },
    )
    await registerCarriers(cli.api.db.pool, ['north'])
    await transaction(cli.api.db.pool, (client) => ensureDailyPartitions(client, new Date(Date.now() - 86_400_000), 3))
    const seqs = await choose(cli.api.db, broadcastId, { n: 3, carrier: 'north' })
    await accepted(cli.api.db, broadcastId, seqs)
    await move(cli.api.db, broadcastId, seqs, 'delivered', { receiptMs: 100 })
    await selected(cli.api.db, broadcastId)

    expect(await command).toBeUndefined()
    const broadcast = JSON.parse(cli.out.trim().split('\n').at(-1) as string)
    expect(Object.keys(broadcast)).toEqual([
      'id',
      'identifier',
      'msgType',
      'matched',
      'states',
      'segments',
      'seconds',
      'firstSubmitMs',
      'carriers',
    ])
    expect(broadcast).toMatchObject({
      id: broadcastId,
      identifier: 'cli-json',
      matched: 3,
      states: { delivered: 3 },
      segments: 3,
    })
    expect(cli.err).toContain(`launched as broadcast ${broadcastId}`)
    const rules = (await cli.api.db.pool.query(`SELECT rules FROM alert WHERE identifier = 'cli-json'`)).rows[0].rules
    expect(rules).toMatchObject({ unplaced: 'exclude', maxRecipients: 10 })

    cli.out = ''
    expect(await bongsu(['report', 'cli-json'])).toBeUndefined()
    expect(cli.out).toContain('After-action report')
    expect(cli.out).toContain('3 numbers, 3 segments')
    expect(await bongsu(['report', 'nothing-of-ours'])).toMatchObject({ code: 'alert-unknown' })
  })
})

test('report year prints what became of the entry texts of a year', async () => {
  expect(await bongsu(['report', 'year', '2026'])).toBeUndefined()
  expect(cli.out).toContain('Entry texts of 2026')
  expect(await bongsu(['report', 'year', 'next'])).toMatchObject({ code: 'bad-request' })
})

describe('alert explain', () => {
  test('says in words why a number is told, with the number masked', async () => {
    await cli.api.db.pool.query(`INSERT INTO resident (msisdn, mission, country) VALUES (819011112222, 'tokyo', 'JP')`)
    const { body } = await cli.api.call('composer', 'POST', '/v1/alerts', {
      body: { ...jsonAlert(), identifier: 'why' },
    })
    const asked = (alert: string, ...flags: string[]) =>
      bongsu(['alert', 'explain', alert, '+81 90-1111-2222', ...flags], { BONGSU_API_KEY: cli.api.keys.auditor })
    expect(await asked('why')).toBeUndefined()
    expect(cli.out).toMatch(/^8190\*{6}22: the alert concerns him\n {2}As a resident: Only his country is known, JP,/)
    expect(cli.out).toContain('carriers: north, south; text: ko')
    expect(cli.out).not.toContain('819011112222')
    cli.out = ''
    expect(await asked(body.id, '--json')).toBeUndefined()
    expect(JSON.parse(cli.out)).toMatchObject({ told: true, rows: [{ standing: 'unplaced' }] })
    expect(await bongsu(['alert', 'explain', 'why', '819011112222'])).toMatchObject({ status: 403 })
    await cli.api.call('composer', 'POST', '/v1/alerts', {
      body: { ...jsonAlert(), identifier: 'drill', status: 'Exercise' },
    })
    cli.out = ''
    expect(await asked('drill')).toBeUndefined()
    expect(cli.out).toMatch(/^\*\*\* EXERCISE \*\*\* 8190\*{6}22: /)
  })
})

const jsonAlert = () => ({
  sender: 'alerts@bongsu.example',
  status: 'Actual',
  infos: [
    {
      language: 'ko',
      event: '지진',
      responseType: ['Evacuate'],
      urgency: 'Immediate',
      severity: 'Extreme',
      certainty: 'Observed',
      expires: at(3_600_000),
      headline: '강진',
      areas: [{ areaDesc: '노토', shapes: [{ kind: 'circle', lon: 137, lat: 37.2, radiusKm: 40 }] }],
    },
  ],
})
