import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openTerminal } from './command-line.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'

const cli = openTerminal()
let desk: Desk

beforeAll(() => {
  desk = openDesk(cli.api)
})

afterEach(() => {
  vi.unstubAllGlobals()
})

const as = (role: 'composer' | 'approver', ...args: string[]) =>
  cli.api.run(['alert', ...args], { BONGSU_API_KEY: cli.api.keys[role] })

describe('two people at two command lines', () => {
  test('submit, approve and launch an alert, and are told how it stands', async () => {
    const id = await desk.draft(alertBody({ identifier: 'by-hand' }))
    expect(await as('composer', 'submit', 'by-hand')).toBeUndefined()
    expect(cli.out).toBe(
      `by-hand (${id}) is submitted\n  reached 0 people when it was submitted; a launch may reach up to 100\n`,
    )
    expect(await as('composer', 'approve', id)).toMatchObject({ code: 'forbidden' })
    await as('approver', 'approve', id)
    expect(cli.out).toContain('reached 0 people when it was submitted; up to 100 are approved\n')
    await as('composer', 'launch-approved', id, '--at', timeIn(1_800_000).replace('-00:00', 'Z'))
    expect(cli.out).toContain('is launched ')
    await as('composer', 'unschedule', id)
    cli.out = ''
    expect(await as('composer', 'launch-approved', id)).toBeUndefined()
    expect(cli.out).toContain('is live')
  })

  test('send one back, give one up, and break the glass', async () => {
    const id = await desk.submitted()
    await as('approver', 'reject', id, '--reason', '오타')
    expect(cli.out).toContain('is draft')
    await as('approver', 'break-glass', id, '--reason', '혼자 근무')
    expect(cli.out).toContain('is approved')
    await as('composer', 'discard', id)
    expect(cli.out).toContain('is ended')
  })

  test('are told what was not launched, and that what fails may still go out', async () => {
    const id = await desk.approved()
    const fails = (launchAt: string | null, code: string) =>
      cli.api.db.pool.query(
        `UPDATE alert SET launch_at = $2, launch_failed = jsonb_build_object('at', '2026-11-22T03:00:00Z', 'code', $3::text, 'message', 'why')
          WHERE id = $1`,
        [id, launchAt, code],
      )
    const lines = async () => {
      cli.out = ''
      await as('composer', 'show', id)
      const shown = cli.out
      cli.out = ''
      await as('composer', 'list')
      const when = /launched|LAUNCHED|DUE|OUT/
      return [shown, cli.out].map((text) => text.split('\n').filter((line) => when.test(line)))
    }
    const refused = ['  WAS NOT LAUNCHED at 2026-11-22T03:00:00Z: why']
    await fails(null, 'forecast-exceeded')
    expect(await lines()).toEqual([refused, refused])
    const failing = [
      '  DUE SINCE 2026-11-22T03:00:00Z, NOT OUT YET: it is tried again at least every 30 seconds; unschedule it before you send another',
    ]
    await fails('2026-11-22T03:00:00Z', 'launch-failing')
    expect(await lines()).toEqual([failing, failing])
    await cli.api.db.pool.query('UPDATE alert SET launch_at = NULL, launch_failed = NULL WHERE id = $1', [id])
  })

  test('decide between two issuers, and let a standing alert go on', async () => {
    await cli.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
    const standing = { expires: timeIn(30 * 86_400_000) }
    const one = await desk.live(alertBody({ sender: 'a@x' }, standing))
    const two = await desk.submitted(alertBody({ sender: 'b@x' }, standing))
    await as('approver', 'approve', two)
    expect(cli.out).toContain('of a@x')
    expect(cli.out).toContain('nobody has decided')
    expect(await as('composer', 'launch-approved', two)).toMatchObject({ code: 'overlap-undecided' })
    await as('approver', 'decide', two, one, 'both', '--reason', '다른 위험')
    expect(cli.out).toMatch(/\): both\n/)
    expect(cli.out).toMatch(
      /^decided: both go out\n {2}\S+ of b@x \(\S+\): approved, and may be launched\n {2}\S+ of a@x/m,
    )
    const three = await desk.submitted(alertBody({ sender: 'c@x' }, standing))
    cli.out = ''
    await as('approver', 'decide', two, three, 'this', '--reason', '관할')
    expect(cli.out).toMatch(/^decided: \S+ of b@x goes out, \S+ of c@x does not$/m)
    expect(cli.out).toContain(`(${three}): went back to its author`)
    expect(await as('composer', 'launch-approved', two)).toBeUndefined()
    cli.out = ''
    await as('approver', 'review', two, '--reason', '계속')
    expect(cli.out).toContain('to be looked at again by ')
  })
})

/** Somebody edits an alert, and submits it again, between what a command reads and its approval. */
function editedBeforeApproval(): void {
  const direct = fetch
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const id = /alerts\/([^/]+)\/approve$/.exec(url)?.[1]
    if (id !== undefined) {
      const etag = (await desk.view(id)).headers.etag as string
      const body = alertBody({}, { headline: 'Something else' })
      const edited = await cli.api.call('composer', 'PUT', `/v1/alerts/${id}`, { body, headers: { 'if-match': etag } })
      const submitted = await desk.act(id, 'submit', 'composer')
      expect([edited.status, submitted.status]).toEqual([200, 200])
    }
    return direct(url, init)
  })
}

describe('an approval at a command line', () => {
  test('shows all that is approved first', async () => {
    const id = await desk.submitted()
    expect(await as('approver', 'approve', id)).toBeUndefined()
    expect(cli.err).toContain('[외교부] 일본 지진')
    expect(cli.err).toContain('area: 일본\n')
    expect(cli.err).toContain('reached 0 people when it was submitted; a launch may reach up to 100\n')
    expect(cli.err).toMatch(/if sent in error, ko: .*잘못 발송/)
    expect(cli.err).toMatch(/when it is over, ko: /)
    cli.err = ''
    expect(await as('approver', 'break-glass', await desk.draft(), '--reason', '혼자 근무')).toBeUndefined()
    expect(cli.err).toContain('[외교부] 일본 지진')
  })

  test('is refused where somebody has changed the alert since it was shown', async () => {
    const id = await desk.submitted()
    editedBeforeApproval()
    expect(await as('approver', 'approve', id)).toMatchObject({ code: 'alert-changed' })
    expect((await desk.view(id)).body.phase).toBe('submitted')
  })

  test('with the key of the second person is of what was submitted here', async () => {
    const file = await cli.api.file('launch.json', JSON.stringify(alertBody({ identifier: 'edited-meanwhile' })))
    editedBeforeApproval()
    const run = cli.api.run(['alert', 'launch', file], { BONGSU_APPROVER_KEY: cli.api.keys.approver })
    expect(await run).toMatchObject({ code: 'alert-changed' })
  })
})
