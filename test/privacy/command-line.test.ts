import { describe, expect, test, vi } from 'vitest'
import { registerAuditCommands } from '../../src/app/audit-commands.ts'
import { readSettings } from '../../src/app/settings.ts'
import { openTerminal, runCommand } from '../api/command-line.ts'

const cli = openTerminal()

const privacy = (...args: readonly string[]) =>
  cli.api.run(['privacy', ...args], { BONGSU_API_KEY: cli.api.keys.administrator })

/** A command on the database itself, as main.ts runs it. */
function audit(...args: readonly string[]) {
  vi.stubEnv('DATABASE_URL', cli.api.db.url)
  return runCommand(registerAuditCommands, ['audit', ...args])
}

describe('bongsu privacy', () => {
  test('prints what is known of a number, forgets it, and says what', async () => {
    await cli.api.call('composer', 'POST', '/v1/residents', {
      body: { msisdn: '+81 90-1234-5678', mission: 'tokyo', country: 'JP' },
    })
    expect(await privacy('export', '+81-90-1234-5678')).toBeUndefined()
    expect(JSON.parse(cli.out)).toMatchObject({
      subscriber: {
        data: { resident: [{ mission: 'tokyo' }] },
        acts: [{ act: 'resident.add' }, { act: 'privacy.export' }],
      },
      person: null,
    })
    cli.out = ''
    expect(await privacy('erase', '+81-90-1234-5678', '--reason', 'request 7')).toBeUndefined()
    expect(cli.out).toBe('erased: resident 1\n')
    cli.out = ''
    expect(await privacy('erase', '819012345678', '--reason', 'request 7')).toBeUndefined()
    expect(cli.out).toBe('nothing is kept\n')
  })

  test('is told whom', async () => {
    expect(await privacy('export')).toMatchObject({ code: 'whom' })
    expect(await privacy('erase', '819012345678', '--person', 'kim', '--reason', 'x')).toMatchObject({ code: 'whom' })
    expect(await privacy('erase', '--person', 'composer', '--reason', 'x')).toMatchObject({ code: 'person-active' })
  })
})

describe('bongsu audit', () => {
  test('verifies the log, and an export of it without the database', async () => {
    expect(await audit('verify')).toBeUndefined()
    const [, head] = /^\d+ entries, all hold; the last has the hash ([0-9a-f]{64})\n$/.exec(cli.out) ?? []
    cli.out = ''
    expect(await audit('export')).toBeUndefined()
    const exported = cli.out
    expect(JSON.parse(exported.split('\n').at(-2) as string)).toMatchObject({ actor: 'cli', act: 'audit.export' })
    const file = await cli.api.file('audit.ndjson', exported)
    expect(await audit('verify', '--file', file, '--head', head as string)).toBeUndefined()
    expect(await audit('verify', '--head', head as string)).toBeUndefined()
    const changed = await cli.api.file('changed.ndjson', exported.replace('"key.add"', '"key.ADD"'))
    expect(await audit('verify', '--file', changed)).toMatchObject({ code: 'audit-broken' })
    const short = await cli.api.file('short.ndjson', exported.split('\n').slice(0, 2).join('\n'))
    expect(await audit('verify', '--file', short)).toBeUndefined()
    expect(await audit('verify', '--file', short, '--head', head as string)).toMatchObject({
      code: 'audit-head-missing',
    })
    expect(await audit('verify', '--head', 'abc')).toMatchObject({ code: 'bad-hash' })
  })

  test('says so where somebody gave what one did to another', async () => {
    const rename = (from: string, to: string) =>
      cli.api.db.pool.query(`UPDATE pseudonym SET name = $2 WHERE kind = 'person' AND name = $1`, [from, to])
    const [whose] = (await cli.api.db.pool.query<{ name: string }>(`SELECT name FROM pseudonym WHERE kind = 'person'`))
      .rows
    await rename(whose?.name as string, 'somebody else')
    expect(await audit('verify')).toMatchObject({ code: 'audit-misnamed' })
    await rename('somebody else', whose?.name as string)
    expect(await audit('verify')).toBeUndefined()
  })

  test('streams the same from the API, with the export in it', async () => {
    const { status, headers, text } = await cli.api.call('auditor', 'GET', '/v1/audit/export')
    expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson'])
    const file = await cli.api.file('api.ndjson', text)
    expect(await audit('verify', '--file', file)).toBeUndefined()
    const last = JSON.parse(text.trim().split('\n').at(-1) as string)
    expect(last).toMatchObject({ act: 'audit.export', actor: expect.stringMatching(/^person:~/) })
    expect(text).not.toContain('person:auditor')
  })
})

describe('how long the log is kept', () => {
  test('is two years unless it is said, and a year at least', () => {
    expect(readSettings({}).auditKeepMs).toBeUndefined()
    expect(readSettings({ BONGSU_AUDIT_KEEP: '365d', BONGSU_PLACE_KEEP: '12h' })).toMatchObject({
      auditKeepMs: 365 * 86_400_000,
      placeKeepMs: 12 * 3_600_000,
    })
    expect(() => readSettings({ BONGSU_AUDIT_KEEP: '8759h' })).toThrow('shorter than the audit log has to be kept')
    expect(() => readSettings({ BONGSU_AUDIT_KEEP: 'long' })).toThrow('not a duration')
  })
})
