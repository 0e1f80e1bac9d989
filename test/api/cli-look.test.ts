import { Command } from 'commander'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { registerClientCommands } from '../../src/app/cli/commands.ts'
import { commandsOf } from '../../src/app/cli/required.ts'
import { openTerminal } from './command-line.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'

const cli = openTerminal()
let desk: Desk

beforeAll(() => {
  desk = openDesk(cli.api)
})

/** One alert of Japan at a time, or each would wait for a decision about the one before. */
beforeEach(async () => {
  await cli.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
})

const as = (role: 'composer' | 'approver' | 'viewer', ...args: string[]) =>
  cli.api.run(args, { BONGSU_API_KEY: cli.api.keys[role] })
const glass = '!!! GLASS BROKEN by approver, who did not write it and could have approved it plainly: 혼자 근무'

describe('who breaks the glass', () => {
  test('reads on stderr, before how it stands, that everybody sees it, and who launches it reads it too', async () => {
    const id = await desk.submitted(alertBody({ identifier: 'alone' }))
    expect(await as('approver', 'alert', 'break-glass', id, '--reason', '혼자 근무')).toBeUndefined()
    expect(cli.err).toContain(`${glass}\n!!! Everybody sees it: `)
    expect(cli.out).toContain(`is approved\n${glass}\n`)
    cli.err = ''
    await as('composer', 'alert', 'launch-approved', id)
    expect(cli.err.startsWith(glass)).toBe(true)
    for (const look of ['show', 'progress']) {
      cli.out = ''
      cli.err = ''
      expect(await as('viewer', 'alert', look, id)).toBeUndefined()
      expect(cli.out + cli.err).toContain(glass)
    }
    cli.out = ''
    await as('viewer', 'alert', 'list', '--phase', 'live')
    expect(cli.out).toMatch(/^live: alone of .*\n {2}!!! GLASS BROKEN by approver: 혼자 근무\n/m)
  })

  test('is said to have been ALONE where he wrote it, and in what takes it back', async () => {
    const wrote = await desk.draft(alertBody({ identifier: 'by-one' }))
    await cli.api.db.pool.query(
      `UPDATE alert SET lifecycle = jsonb_set(lifecycle, '{authors}', '["approver"]') WHERE id = $1`,
      [wrote],
    )
    await as('approver', 'alert', 'break-glass', wrote, '--reason', '혼자 근무')
    expect(cli.out).toContain(
      '\n!!! GLASS BROKEN by approver, who wrote it and approved it ALONE, without a second person: 혼자 근무\n',
    )
    await desk.act(wrote, 'launch', 'composer')
    const { body } = await desk.act(wrote, 'retract', 'composer', { reason: 'in error' })
    cli.out = ''
    await as('viewer', 'alert', 'show', body.alertId)
    expect(cli.out).toContain('GLASS BROKEN by approver, who approved what this takes back: 혼자 근무\n')
  })

  test('and of what two people approved nothing of the kind is said', async () => {
    const id = await desk.live(alertBody({ identifier: 'by-two' }))
    for (const look of ['show', 'progress']) await as('viewer', 'alert', look, id)
    expect(cli.out + cli.err).not.toContain('GLASS')
  })
})

describe('an exercise is marked', () => {
  const exercise = '*** EXERCISE *** '

  test('in front of whatever a command prints of it', async () => {
    const file = await cli.api.file(
      'exercise.json',
      JSON.stringify(alertBody({ identifier: 'drill', status: 'Exercise' })),
    )
    expect(await as('composer', 'alert', 'create', file)).toBeUndefined()
    expect(cli.err).toContain(`${exercise}drill is a draft\n`)
    const id = cli.out.trim()
    await as('composer', 'alert', 'preview', id)
    expect(cli.out).toContain(`${exercise}matches 0 people now`)
    await as('composer', 'alert', 'edit', id, file)
    expect(cli.out).toContain(`${exercise}drill (${id}) is a draft again`)
    for (const [who, act] of [
      ['composer', 'submit'],
      ['approver', 'approve'],
      ['composer', 'launch-approved'],
      ['viewer', 'show'],
    ] as const) {
      cli.out = ''
      expect(await as(who, 'alert', act, id)).toBeUndefined()
      expect(cli.out).toContain(`${exercise}drill (${id})`)
    }
    cli.out = ''
    await as('viewer', 'alert', 'list')
    expect(cli.out).toContain(`${exercise}live: drill of `)
    cli.err = ''
    await as('viewer', 'alert', 'progress', id)
    expect(cli.err).toContain(`${exercise}drill: `)
    cli.out = ''
    await as('viewer', 'report', id)
    expect(cli.out).toMatch(/EXERCISE/i)
  })

  test('in what takes it back, as it would be sent', async () => {
    const id = await desk.draft(alertBody({ status: 'Exercise' }))
    await as('viewer', 'alert', 'show', id)
    const shown = [...cli.out.matchAll(/(?:if sent in error|when it is over), (\w+): (\S+)/g)].map((found) =>
      found.slice(1),
    )
    expect(shown).toEqual([
      ['en', '[EXERCISE]'],
      ['ko', '[훈련]'],
      ['en', '[EXERCISE]'],
      ['ko', '[훈련]'],
    ])
  })

  test('and a real alert is not', async () => {
    const id = await desk.live(alertBody({ identifier: 'earnest' }))
    for (const look of ['show', 'progress', 'preview']) await as('viewer', 'alert', look, id)
    expect(cli.out + cli.err).not.toContain('***')
  })
})

describe('a draft at a command line', () => {
  test('is edited only where nobody has changed it since it was seen, if that is asked', async () => {
    const body = alertBody({ identifier: 'edited' })
    const id = await desk.draft(body)
    await as('viewer', 'alert', 'show', 'edited')
    const version = / version (\d+)\n/.exec(cli.out)?.[1] as string
    const file = await cli.api.file('edit.json', JSON.stringify(alertBody({}, { headline: '[외교부] 일본 강진' })))
    expect(await as('composer', 'alert', 'edit', id, file, '--if-version', version)).toBeUndefined()
    const again = as('composer', 'alert', 'edit', id, file, '--if-version', version)
    expect(await again).toMatchObject({ code: 'precondition-failed' })
    cli.out = ''
    await as('viewer', 'alert', 'show', id)
    expect(cli.out).toContain('[외교부] 일본 강진')
  })

  test('comes back as CAP, and its recipients as CSV when it is live', async () => {
    const id = await desk.live()
    await as('viewer', 'alert', 'show', id, '--cap')
    expect(cli.out).toContain('<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">')
  })

  test('given in place of a file it is told how an approved one is launched', async () => {
    const refused = await as('composer', 'alert', 'launch', 'no-such-file')
    expect(refused).toMatchObject({ code: 'file-unreadable' })
    expect(refused?.hint).toContain('bongsu alert launch-approved')
  })
})

test('what nobody decided about two alerts is said while neither is over', async () => {
  const standing = { expires: timeIn(7_200_000) }
  const one = await desk.live(alertBody({ sender: 'a@x', identifier: 'is-over' }, standing))
  await desk.submitted(alertBody({ sender: 'b@x', identifier: 'goes-on' }, standing))
  const said = async () => {
    cli.out = ''
    await as('viewer', 'alert', 'list', '--limit', '2')
    await as('viewer', 'alert', 'show', one)
    return [...cli.out.matchAll(/overlaps (\S+) .*nobody has decided/g)].map((found) => found[1])
  }
  expect(await said()).toEqual(['is-over', 'goes-on', 'goes-on'])
  await cli.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute' WHERE id = $1`, [one])
  expect(await said()).toEqual([])
  await cli.api.db.pool.query(`UPDATE alert SET expires = now() + interval '1 hour' WHERE id = $1`, [one])
  await desk.act(one, 'end', 'approver', { reason: 'over' })
  cli.out = ''
  await as('viewer', 'alert', 'list', '--limit', '3')
  await as('viewer', 'alert', 'show', one)
  expect(cli.out).toContain('ended: is-over of a@x')
  expect(cli.out).not.toContain('overlaps')
})

test('terms are listed, added and removed', async () => {
  await as('approver', 'terms', 'add', 'ko', '해일경보', '--meaning', 'tsunami')
  expect(cli.out).toMatch(/^ko {2}해일경보 {2}\(tsunami\) {2}person:approver \S+\n$/)
  cli.out = ''
  await as('viewer', 'terms', 'list', '--language', 'ko')
  expect(cli.out).toContain('해일경보')
  await as('approver', 'terms', 'remove', 'ko', '해일경보')
  cli.out = ''
  await as('viewer', 'terms', 'list')
  expect(cli.out).not.toContain('해일경보')
  expect(await as('approver', 'terms', 'remove', 'ko', '해일경보')).toMatchObject({ code: 'term-unknown' })
})

/** What may be done with alerts by the API, and the command for it. */
const commandOf: Readonly<Record<string, string>> = {
  approveAlert: 'alert approve',
  breakGlass: 'alert break-glass',
  createAlert: 'alert create',
  createAlertFromTemplate: 'templates use',
  decideOverlap: 'alert decide',
  discardAlert: 'alert discard',
  editAlert: 'alert edit',
  endAlert: 'alert end',
  explainNumber: 'alert explain',
  followAlert: 'alert progress',
  followAlerts: 'events',
  getAlert: 'alert show',
  getAlertAsCap: 'alert show',
  getAlertTemplate: 'templates show',
  getProgress: 'alert progress',
  launchAlert: 'alert launch-approved',
  listAlertTemplates: 'templates list',
  listAlerts: 'alert list',
  listLockedTerms: 'terms list',
  listRecipients: 'alert recipients',
  lockTerm: 'terms add',
  previewAlert: 'alert preview',
  rehearseAlert: 'alert rehearse',
  rejectAlert: 'alert reject',
  retractAlert: 'alert retract',
  reviewAlert: 'alert review',
  setAlertTemplate: 'templates set',
  submitAlert: 'alert submit',
  unlockTerm: 'terms remove',
  unscheduleAlert: 'alert unschedule',
}
/** A raster for a map, which says nothing at a terminal. */
const withoutCommand = ['getAlertDensity']

test('whatever the API does with alerts has a command', async () => {
  const { body } = await cli.api.call('viewer', 'GET', '/docs/json')
  const operations = Object.values<Record<string, { operationId: string; tags?: string[] }>>(body.paths)
    .flatMap((path) => Object.values(path))
    .flatMap(({ operationId, tags }) => (tags?.includes('alerts') ? [operationId] : []))
  expect(operations.sort()).toEqual([...Object.keys(commandOf), ...withoutCommand].sort())
  const program = new Command('bongsu')
  registerClientCommands(program)
  const known = [...commandsOf(program)].map(({ path }) => path)
  expect(known).toEqual(expect.arrayContaining([...new Set(Object.values(commandOf))]))
})
