import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addKey } from '../../src/store/people/keys.ts'
import { alertBody, type Desk, openDesk, timeIn } from '../api/desk.ts'
import type { TestApi } from '../api/support.ts'
import { choose } from '../reporting/broadcast.ts'
import { type ConsolePage, hasBrowser, openConsole } from './browser.ts'
import { leastContrast } from './contrast.ts'
import { openWorld, type World } from './world.ts'

const time = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC'

describe.skipIf(!hasBrowser)('the alerts on the console', () => {
  let world: World
  let api: TestApi
  let desk: Desk
  let seen: ConsolePage

  beforeAll(async () => {
    world = await openWorld()
    api = world.api
    desk = openDesk(api)
  })
  afterAll(() => world?.close())
  beforeEach(async () => {
    seen = await openConsole(world.browser, world.url)
    await seen.useKey(api.keys.viewer)
  })
  afterEach(async () => {
    await api.db.pool.query(`UPDATE alert SET phase = 'ended', launch_at = NULL; DELETE FROM alert_overlap;
      UPDATE carrier SET down = false; TRUNCATE tally`)
    await seen.close()
  })

  let n = 0
  const named = (change: object = {}, info: object = {}) => {
    const identifier = `console-${n++}`
    return { identifier, body: alertBody({ identifier, sender: 'a@x', ...change }, info) }
  }
  const row = async (part: 'alerts' | 'approved' | 'submitted') => (await seen.rows(part))[0]

  test('are those in force, those that wait for a launch and those that wait for approval; no draft, and none that is over', async () => {
    const [live, approved, submitted, draft, over] = [named(), named(), named(), named(), named()]
    await desk.live(live.body)
    await desk.approved(approved.body)
    await desk.submitted(submitted.body)
    await desk.draft(draft.body)
    const id = await desk.approved(over.body)
    await api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute' WHERE id = $1`, [id])
    const shown = async () =>
      (await Promise.all((['alerts', 'approved', 'submitted'] as const).map(seen.rows))).map((rows) =>
        rows.map((one) => [one.Alert, one.State, one['Approved by']]),
      )
    await seen
      .soon(shown)
      .toEqual([
        [[`지진 (${live.identifier})`, '–', 'approver']],
        [[`지진 (${approved.identifier})`, 'waits for its launch', 'approver']],
        [[`지진 (${submitted.identifier})`, 'waits for an approver', undefined]],
      ])
    expect(await row('alerts')).toMatchObject({ Status: 'Actual, Alert', Areas: '일본', Severity: 'Extreme' })
    expect(await seen.alarms()).toEqual([])
    await api.db.pool.query(`UPDATE alert SET phase = 'ended'`)
    await seen.soon(() => seen.page.getByText('No alert is in force').isVisible()).toBe(true)
  })

  test.each(['light', 'dark'] as const)(
    'that are no more than exercises say so by word, colour and pattern, and come last, %s',
    async (colorScheme) => {
      await seen.page.emulateMedia({ colorScheme })
      const actual = named()
      const real = await desk.live(actual.body)
      const exercise = named({ status: 'Exercise' })
      const tried = named({ status: 'Test' })
      for (const { body } of [exercise, tried]) await desk.live(body)
      const rehearsal = await desk.submitted(named({ status: 'Exercise' }).body)
      await api.db.pool.query('UPDATE alert SET rehearses = $2 WHERE id = $1', [rehearsal, real])
      await seen
        .soon(async () => (await seen.rows('alerts')).map((one) => one.Alert))
        .toEqual([
          `지진 (${actual.identifier})`,
          `TEST 지진 (${tried.identifier})`,
          `EXERCISE 지진 (${exercise.identifier})`,
        ])
      await seen.soon(async () => (await row('submitted'))?.Alert).toMatch(/^REHEARSAL /)
      const look = (nth: number) => seen.page.locator('#alerts tbody tr').nth(nth).locator('th').evaluate(styleOf)
      const [meant, not] = [await look(0), await look(1)]
      expect(meant).toMatchObject({ mark: null, pattern: 'none' })
      expect(not).toMatchObject({ mark: 'TEST', pattern: expect.stringContaining('repeating-linear-gradient') })
      expect(not.ground).not.toBe(meant.ground)
      expect((await leastContrast(seen.page)).ratio).toBeGreaterThanOrEqual(7)
    },
  )

  test('that one person approved alone say who and why, also when they are in force', async () => {
    const { identifier, body } = named()
    const id = await desk.submitted(body)
    const broken = await api.call('approver', 'POST', `/v1/alerts/${id}/break-glass`, {
      body: { reason: '혼자 당직 <b>' },
    })
    expect(broken.status, broken.text).toBe(200)
    const notice = [
      `The glass is broken: approver approved the alert 지진 (${identifier}) by breaking it. Why: 혼자 당직 <b>`,
      ...(await unknownCarrier()),
    ]
    await seen.soon(seen.notices).toEqual(notice)
    const approvedBy = 'approver, GLASS BROKEN: 혼자 당직 <b>'
    expect(await row('approved')).toMatchObject({ 'Approved by': approvedBy })
    expect(await seen.page.locator('#approved td.bad').textContent()).toBe(approvedBy)
    await desk.act(id, 'launch', 'approver')
    await seen.soon(async () => (await row('alerts'))?.['Approved by']).toBe(approvedBy)
    expect(await seen.notices()).toEqual(notice)
  })

  test('that are to be reviewed say by when, and those that are paused raise an alarm', async () => {
    const { identifier, body } = named({}, { severity: 'Moderate' })
    const id = await desk.live(body)
    const review = (at: string) =>
      api.db.pool.query(`UPDATE alert SET review_at = now() + $2::interval WHERE id = $1`, [id, at])
    await review('3 days')
    await seen.soon(async () => (await row('alerts'))?.State).toMatch(new RegExp(`^review by ${time}$`))
    expect(await seen.notices()).toEqual(await unknownCarrier())
    await review('3 hours')
    await seen
      .soon(seen.notices)
      .toContainEqual(expect.stringMatching(new RegExp(`\\(${identifier}\\) is to be reviewed by ${time}`)))
    expect(await seen.alarms()).toEqual([])
    await review('-1 minute')
    await seen
      .soon(seen.alarms)
      .toEqual([expect.stringMatching(new RegExp(`\\(${identifier}\\) is paused since ${time}: nobody who enters`))])
    expect((await row('alerts'))?.State).toMatch(new RegExp(`^PAUSED for its review since ${time}$`))
  })

  test('of two issuers for the same people raise an alarm as soon as they hold up a launch, once for both', async () => {
    const [one, two] = [named(), named({ sender: 'b@x' })]
    await desk.approved(one.body)
    const other = await desk.submitted(two.body)
    const alarm = (holds: string) =>
      new RegExp(`^Two issuers would tell the same people: .*\\(${identifiers}\\).*\\. Nobody has decided.*${holds}$`)
    const identifiers = `console-\\d+`
    await seen.soon(seen.notices).toContainEqual(expect.stringMatching(alarm('go out\\.')))
    expect(await seen.alarms()).toEqual([])
    expect((await row('submitted'))?.State).toBe(`waits for an approver; overlap undecided: ${one.identifier} (a@x)`)
    await desk.act(other, 'approve', 'approver')
    await seen.soon(seen.alarms).toEqual([expect.stringMatching(alarm(`It holds up the launch of .*`))])
    const decided = await api.call('approver', 'POST', `/v1/alerts/${other}/overlaps/${await idOf(one.identifier)}`, {
      body: { decision: 'both', reason: '두 곳 다 위험' },
    })
    expect(decided.status, decided.text).toBe(200)
    await seen.soon(seen.alarms).toEqual([])
  })

  test('that are launched at a time say when and by whom, and raise an alarm where that was refused', async () => {
    const { identifier, body } = named()
    const id = await desk.approved(body)
    const at = timeIn(1_800_000)
    expect((await desk.act(id, 'launch', 'composer', { at })).status).toBe(202)
    await seen
      .soon(async () => (await row('approved'))?.State)
      .toMatch(new RegExp(`^is launched at ${time} \\(composer\\)$`))
    await api.db.pool.query(`UPDATE alert SET launch_at = NULL, launch_failed = $2 WHERE id = $1`, [
      id,
      { at: new Date().toISOString(), code: 'count-exceeded', message: 'It would reach too many' },
    ])
    await seen
      .soon(seen.alarms)
      .toEqual([
        expect.stringMatching(
          new RegExp(
            `\\(${identifier}\\) was not launched: .* ${time}, and was refused\\. It would reach too many\\.$`,
          ),
        ),
      ])
    expect((await row('approved'))?.State).toMatch(new RegExp(`^launch REFUSED at ${time}$`))
  })

  test('whose launch was refused say why in the language of the page, where the reason is a usual one', async () => {
    const id = await desk.approved(named().body)
    const failed = (code: string, message: string) =>
      api.db.pool.query(`UPDATE alert SET launch_failed = $2 WHERE id = $1`, [
        id,
        { at: new Date().toISOString(), code, message },
      ])
    await failed('person-disabled', 'Who asked for the launch may not act any more')
    const korean = await openConsole(world.browser, world.url, 'ko-KR')
    try {
      await korean.useKey(api.keys.viewer)
      await korean
        .soon(korean.alarms)
        .toEqual([expect.stringMatching(/거부되었습니다\. 발송을 요청한 .*[^a-zA-Z]{20}\.$/)])
      await failed('forecast-exceeded', '700 people match now; up to 625 were approved')
      await korean.soon(korean.alarms).toEqual([expect.stringMatching(/승인된 수보다 많은 사람이 해당됩니다/)])
      await failed('unheard-of', 'Something new')
      await korean.soon(korean.alarms).toEqual([expect.stringMatching(/거부되었습니다\. Something new\.$/)])
    } finally {
      await korean.close()
    }
    await failed('person-disabled', 'Who asked for the launch may not act any more')
    await seen
      .soon(seen.alarms)
      .toEqual([expect.stringMatching(/has been disabled since: somebody else has to launch it\.$/)])
  })

  test('whose people wait for a carrier that cannot send raise an alarm, and say how many wait', async () => {
    const { identifier, body } = named()
    const id = await desk.live(body)
    const { rows } = await api.db.pool.query<{ id: number }>('SELECT id FROM broadcast WHERE alert_id = $1', [id])
    await choose(api.db, rows[0]?.id as number, { n: 12, carrier: 'north' })
    await seen.soon(async () => (await row('alerts'))?.State).toBe('–')
    await api.db.pool.query(`UPDATE carrier SET down = true WHERE id = 'north'`)
    await seen
      .soon(seen.alarms)
      .toEqual([
        `People whom the alert 지진 (${identifier}) is for cannot be reached: their carrier north cannot send, and no other can take over.`,
      ])
    expect((await row('alerts'))?.State).toBe('12 messages wait for north')
    await api.db.pool.query('UPDATE carrier SET down = false')
    await seen.soon(seen.alarms).toEqual([])
  })

  test('of an exercise raise no alarm: what needs somebody is said of it as of an exercise', async () => {
    const { identifier, body } = named({ status: 'Exercise' })
    const id = await desk.live(body)
    await api.db.pool.query(`UPDATE alert SET review_at = now() - interval '1 minute' WHERE id = $1`, [id])
    await seen
      .soon(seen.notices)
      .toContainEqual(expect.stringMatching(new RegExp(`^EXERCISE: The alert .*\\(${identifier}\\) is paused since`)))
    expect(await seen.alarms()).toEqual([])
    expect(await seen.page.locator('li.exercise').evaluate(styleOf)).toMatchObject({
      pattern: expect.stringContaining('repeating-linear-gradient'),
    })
  })

  test('are shown to mission staff, who see no feeds, without an alarm', async () => {
    await desk.live(named().body)
    await api.db.pool.query(`INSERT INTO person (name, roles, missions) VALUES ('Jung', '{viewer}', '{tokyo}')`)
    await seen.page.getByRole('button', { name: 'Sign out' }).click()
    await seen.useKey(await addKey(api.db, 'Jung', 'viewer', 'test'))
    await seen.soon(() => seen.asOf('feeds')).toMatch(/^Not shown to you\. This is not for mission staff/)
    expect(await seen.rows('alerts')).toHaveLength(1)
    expect(await seen.alarms()).toEqual([])
    expect(await seen.standing()).toMatch(/^No alarm/)
  })

  /** The second carrier of the tests is no process's. */
  const unknownCarrier = async () => [expect.stringMatching(/^Not known here.*: south\./)]
  const idOf = async (identifier: string) =>
    (await api.call('viewer', 'GET', `/v1/alerts?identifier=${identifier}`)).body.alerts[0].id as string
})

/** What tells an exercise from what is meant. Runs in the browser. */
function styleOf(element: object) {
  const { getComputedStyle } = globalThis as unknown as {
    getComputedStyle(of: object): { backgroundImage: string; backgroundColor: string }
  }
  const { backgroundImage: pattern, backgroundColor: ground } = getComputedStyle(element)
  const mark = (element as { querySelector(of: string): { textContent: string } | null }).querySelector('.mark')
  return { pattern, ground, mark: mark?.textContent ?? null }
}
