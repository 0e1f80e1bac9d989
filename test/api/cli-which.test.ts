import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openTerminal } from './command-line.ts'
import { alertBody, type Desk, openDesk, timeIn } from './desk.ts'
import { codeOf } from './support.ts'

const cli = openTerminal()
let desk: Desk

beforeAll(() => {
  desk = openDesk(cli.api)
})

/** One alert of Japan at a time, or each would wait for a decision about the one before. */
beforeEach(async () => {
  await cli.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
})

async function as(role: 'composer' | 'approver' | 'viewer' | 'auditor', ...args: string[]) {
  cli.out = ''
  cli.err = ''
  return cli.api.run(args, { BONGSU_API_KEY: cli.api.keys[role] })
}

const phaseOf = async (id: string) => (await desk.view(id)).body.phase
/** Of the same name, each sent at a second of its own. */
let sent = 60
const named = (identifier: string) => alertBody({ identifier, sent: timeIn(-1_000 * sent--) })

describe('an identifier that is the id of another alert', () => {
  test('is refused when an alert is written, and when one is edited', async () => {
    const known = await desk.draft()
    const body = alertBody({ identifier: known })
    const refused = await cli.api.call('composer', 'POST', '/v1/alerts', { body })
    expect([refused.status, codeOf(refused), refused.body.where]).toEqual([409, 'identifier-is-an-id', '/identifier'])
    const other = await desk.draft()
    const seen = (await desk.view(other)).headers.etag as string
    const edited = await cli.api.call('composer', 'PUT', `/v1/alerts/${other}`, {
      body: alertBody({ identifier: known.toUpperCase() }),
      headers: { 'if-match': seen },
    })
    expect([edited.status, codeOf(edited)]).toEqual([409, 'identifier-is-an-id'])
    const free = alertBody({ identifier: '0f0e6c1a-6a54-4d8b-9c39-2d1c7b1f9a10' })
    expect((await cli.api.call('composer', 'POST', '/v1/alerts', { body: free })).status).toBe(201)
  })

  test('has a command act on neither, and both are named', async () => {
    const meant = await desk.submitted(alertBody({ identifier: 'meant' }))
    const other = await desk.submitted(alertBody({ sender: 'b@x' }))
    await cli.api.db.pool.query('UPDATE alert SET identifier = $1 WHERE id = $2', [meant, other])
    const refused = await as('approver', 'alert', 'approve', meant)
    expect(refused).toMatchObject({ code: 'ambiguous' })
    expect(refused?.line).toMatch(new RegExp(`by its id: ${meant}, meant of .* \\(submitted, `))
    expect(refused?.line).toContain(`by its identifier: ${other}, ${meant} of b@x (submitted, `)
    expect([await phaseOf(meant), await phaseOf(other)]).toEqual(['submitted', 'submitted'])
    // Both can still be said.
    expect(await as('approver', 'alert', 'approve', 'meant')).toBeUndefined()
    expect(await as('approver', 'alert', 'approve', other)).toBeUndefined()
    expect([await phaseOf(meant), await phaseOf(other)]).toEqual(['approved', 'approved'])
  })
})

describe('of several alerts of one name', () => {
  test('the live one is retracted, also where a draft is newer', async () => {
    const live = await desk.live(named('noto'))
    const draft = await desk.draft(named('noto'))
    expect(await as('composer', 'alert', 'retract', 'noto', '--reason', 'in error')).toBeUndefined()
    expect(cli.err).toContain(`2 alerts have the identifier "noto"; this is about ${live}, noto of `)
    expect([await phaseOf(live), await phaseOf(draft)]).toEqual(['ended', 'draft'])
  })

  test('each act is about the one in its phase', async () => {
    const phases: Record<string, string> = { draft: await desk.draft(named('many')) }
    phases.live = await desk.live(named('many'))
    await cli.api.db.pool.query(`UPDATE alert SET expires = now() - interval '1 minute'`)
    phases.approved = await desk.approved(named('many'))
    phases.submitted = await desk.submitted(named('many'))
    phases.discarded = await desk.draft(named('many'))
    await desk.act(phases.discarded as string, 'discard', 'composer', {})
    const taken = async (...args: string[]) => {
      expect(await as('approver', 'alert', ...args)).toBeUndefined()
      return Object.entries(phases).find(([, id]) => cli.err.includes(`this is about ${id}`))?.[0]
    }
    expect(await taken('progress', 'many')).toBe('live')
    expect(await taken('recipients', 'many')).toBe('live')
    expect(await taken('reject', 'many', '--reason', '오타')).toBe('submitted')
    const several = await as('composer', 'alert', 'submit', 'many')
    expect(several).toMatchObject({ code: 'ambiguous-identifier' })
    expect(several?.details).toHaveLength(2)
    expect(several?.line).toMatch(new RegExp(`${phases.draft}, many of .* \\(draft, created 20`))
    await desk.act(phases.submitted as string, 'submit', 'composer')
    expect(await taken('approve', 'many')).toBe('submitted')
    expect(await as('composer', 'alert', 'show', 'many')).toMatchObject({ code: 'ambiguous-identifier' })
    expect(await as('composer', 'alert', 'discard', 'many')).toMatchObject({ code: 'ambiguous-identifier' })
    expect(await as('composer', 'alert', 'launch-approved', 'many')).toMatchObject({ code: 'ambiguous-identifier' })
    await desk.act(phases.approved as string, 'discard', 'composer', {})
    expect(await as('composer', 'alert', 'unschedule', 'many')).toMatchObject({ code: 'not-scheduled' })
    expect(cli.err).toContain(`this is about ${phases.submitted}`)
  })

  test('a report is about the one that was launched last, live or not', async () => {
    const first = await desk.live(named('again'))
    const second = await desk.live(named('again'))
    await desk.draft(named('again'))
    expect(await as('composer', 'alert', 'end', 'again', '--reason', 'over')).toMatchObject({
      code: 'ambiguous-identifier',
    })
    expect(await as('viewer', 'report', 'again')).toBeUndefined()
    expect(cli.err).toContain(`this is about ${second}`)
    for (const id of [first, second]) await desk.act(id, 'end', 'approver', { reason: 'over' })
    expect(await as('viewer', 'report', 'again')).toBeUndefined()
    expect(cli.err).toContain(`this is about ${second}`)
    expect(await as('viewer', 'alert', 'progress', 'again')).toBeUndefined()
    expect(cli.err).toContain(`this is about ${second}`)
  })

  test('whoever writes another while one is approved or live is warned, and who edits that one is not', async () => {
    const warned = async (body: object) =>
      (await cli.api.call('composer', 'POST', '/v1/alerts', { body })).body.warnings.map(
        (one: { code: string }) => one.code,
      )
    await desk.draft(named('taken'))
    expect(await warned(named('taken'))).toEqual([])
    const approved = await desk.approved(named('taken'))
    expect(await warned(named('taken'))).toEqual(['identifier-in-use'])
    expect(await warned({ ...named('taken'), sender: 'other@x' })).toEqual([])
    const seen = (await desk.view(approved)).headers.etag as string
    const body = alertBody({}, { headline: '[외교부] 일본 강진' })
    const edited = await cli.api.call('composer', 'PUT', `/v1/alerts/${approved}`, {
      body,
      headers: { 'if-match': seen },
    })
    expect(edited.body.warnings).toEqual([])
  })

  test('an old file is shifted on to the one that was launched, not to a draft of it', async () => {
    const live = (await desk.view(await desk.live(named('shifted')))).body
    await desk.draft(named('shifted'))
    const cap = (await cli.api.call('viewer', 'GET', `/v1/alerts/${live.id}/cap`)).text
    const reference = `${live.sender},shifted,2020-01-01T00:00:00-00:00`
    const update = cap
      .replace('<identifier>shifted', '<identifier>shifted-on')
      .replace('<msgType>Alert</msgType>', '<msgType>Update</msgType>')
      .replace('</scope>', `</scope><references>${reference}</references>`)
    const file = await cli.api.file('update.xml', update)
    expect(await as('composer', 'alert', 'create', file, '--rebase')).toBeUndefined()
    const made = (await desk.view(cli.out.trim())).body
    expect(Date.parse(made.document.references[0].sent)).toBe(Date.parse(live.sent))
  })
})

test('two alerts are decided between by their identifiers', async () => {
  await desk.live(alertBody({ sender: 'a@x', identifier: 'of-a' }))
  await desk.submitted(alertBody({ sender: 'b@x', identifier: 'of-b' }))
  expect(await as('approver', 'alert', 'decide', 'of-b', 'of-a', 'both', '--reason', '다른 위험')).toBeUndefined()
  expect(cli.out).toContain('decided: both go out')
})
