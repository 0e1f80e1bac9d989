import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { catchOutput, type ServedApi, serveApi } from './command-line.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'

let api: ServedApi
let desk: Desk
let out = ''
let err = ''

beforeAll(async () => {
  api = await serveApi()
  desk = openDesk(api)
})

afterAll(() => api.close(), 20_000)

beforeEach(() => {
  out = ''
  err = ''
  catchOutput('stdout', (text) => {
    out += text
  })
  catchOutput('stderr', (text) => {
    err += text
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

const as = (role: 'composer' | 'approver', ...args: string[]) =>
  api.run(['alert', ...args], { BONGSU_API_KEY: api.keys[role] })

describe('two people at two command lines', () => {
  test('submit, approve and launch an alert, and are told how it stands', async () => {
    const id = await desk.draft(alertBody({ identifier: 'by-hand' }))
    expect(await as('composer', 'submit', 'by-hand')).toBeUndefined()
    expect(out).toBe(`by-hand (${id}) is submitted\n  reached 0 people when it was submitted; up to 100 are approved\n`)
    expect(await as('composer', 'approve', id)).toMatchObject({ code: 'forbidden' })
    await as('approver', 'approve', id)
    await as('composer', 'launch-approved', id, '--at', timeIn(1_800_000).replace('-00:00', 'Z'))
    expect(out).toContain('is launched ')
    await as('composer', 'unschedule', id)
    out = ''
    expect(await as('composer', 'launch-approved', id)).toBeUndefined()
    expect(out).toContain('is live')
  })

  test('send one back, give one up, and break the glass', async () => {
    const id = await desk.submitted()
    await as('approver', 'reject', id, '--reason', '오타')
    expect(out).toContain('is draft')
    await as('approver', 'break-glass', id, '--reason', '혼자 근무')
    expect(out).toContain('is approved')
    await as('composer', 'discard', id)
    expect(out).toContain('is ended')
  })

  test('decide between two issuers, and let a standing alert go on', async () => {
    await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
    const standing = { expires: timeIn(30 * 86_400_000) }
    const one = await desk.live(alertBody({ sender: 'a@x' }, standing))
    const two = await desk.submitted(alertBody({ sender: 'b@x' }, standing))
    await as('approver', 'approve', two)
    expect(out).toContain('of a@x')
    expect(out).toContain('nobody has decided')
    expect(await as('composer', 'launch-approved', two)).toMatchObject({ code: 'overlap-undecided' })
    await as('approver', 'decide', two, one, 'both', '--reason', '다른 위험')
    expect(out).toMatch(/\): both\n/)
    expect(await as('composer', 'launch-approved', two)).toBeUndefined()
    out = ''
    await as('approver', 'review', two, '--reason', '계속')
    expect(out).toContain('to be looked at again by ')
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
      const edited = await api.call('composer', 'PUT', `/v1/alerts/${id}`, { body, headers: { 'if-match': etag } })
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
    expect(err).toContain('[외교부] 일본 지진')
    expect(err).toContain('area: 일본\n')
    expect(err).toContain('reached 0 people when it was submitted; up to 100 are approved\n')
    expect(err).toMatch(/if sent in error, ko: .*잘못 발송/)
    expect(err).toMatch(/when it is over, ko: /)
    err = ''
    expect(await as('approver', 'break-glass', await desk.draft(), '--reason', '혼자 근무')).toBeUndefined()
    expect(err).toContain('[외교부] 일본 지진')
  })

  test('is refused where somebody has changed the alert since it was shown', async () => {
    const id = await desk.submitted()
    editedBeforeApproval()
    expect(await as('approver', 'approve', id)).toMatchObject({ code: 'alert-changed' })
    expect((await desk.view(id)).body.phase).toBe('submitted')
  })

  test('with the key of the second person is of what was submitted here', async () => {
    const file = await api.file('launch.json', JSON.stringify(alertBody({ identifier: 'edited-meanwhile' })))
    editedBeforeApproval()
    const run = api.run(['alert', 'launch', file], { BONGSU_APPROVER_KEY: api.keys.approver })
    expect(await run).toMatchObject({ code: 'alert-changed' })
  })
})
