import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { catchOutput, type ServedApi, serveApi } from './command-line.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'

let api: ServedApi
let desk: Desk
let out = ''

beforeAll(async () => {
  api = await serveApi()
  desk = openDesk(api)
})

afterAll(() => api.close(), 20_000)

beforeEach(() => {
  out = ''
  catchOutput('stdout', (text) => {
    out += text
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
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
