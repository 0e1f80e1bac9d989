import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApi, type TestApi } from './support.ts'

let api: TestApi
let last = 0
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
// What stands already is not set again, and is in no log: each of the two sets something of his own.
const textsOf = (who: string) => ({ ko: `{country} ${who.length}`, en: `{country} ${who.length}` })
const standing = { country: 'MN', area: 'MN', level: 3, since: '2026-01-01', source: 'test' }
const numbers = { country: 'MN', police: '102', ambulance: '103', fire: '101' }

/** What the log says of what was done since it was last asked. */
async function logged(): Promise<{ actor: string; act: string; subject: string; detail: object }[]> {
  const { body } = await api.call('auditor', 'GET', `/v1/audit?after=${last}&limit=1000`)
  last = body.entries.at(-1)?.id ?? last
  return body.entries
}

test.each<[string, 'composer' | 'administrator', string, object, string, string, object]>([
  ...(['composer', 'administrator'] as const).flatMap(
    (who): [string, typeof who, string, object, string, string, object][] => [
      [
        'a policy',
        who,
        'entry/policies',
        { area: 'MN', policy: { delaySeconds: 30 }, note: 'why' },
        'entry-policy.set',
        'area:MN',
        { policy: { delaySeconds: 30 }, note: 'why' },
      ],
      [
        'a policy that is taken back',
        who,
        'entry/policies',
        { area: 'MN', policy: null },
        'entry-policy.set',
        'area:MN',
        { policy: null },
      ],
      [
        'a text',
        who,
        'entry/templates',
        { area: 'MN', kind: 'mission', texts: textsOf(who) },
        'entry-template.set',
        'area:MN',
        { texts: textsOf(who) },
      ],
      [
        'a text that is taken back',
        who,
        'entry/templates',
        { area: 'MN', kind: 'mission', texts: { ko: null } },
        'entry-template.set',
        'area:MN',
        { texts: { ko: null } },
      ],
      [
        'a campaign',
        who,
        'entry/campaigns',
        { name: 'cold', areas: ['MN'], texts: textsOf(who), startsAt: at(-1), endsAt: at(1) },
        'entry-campaign.set',
        'campaign:cold',
        { areas: ['MN'], texts: textsOf(who) },
      ],
      ['the end of a campaign', who, 'entry/campaigns/cold/end', {}, 'entry-campaign.end', 'campaign:cold', {}],
      ['a level', who, 'travel-levels', standing, 'travel-level.set', 'area:MN', { level: 3, source: 'test' }],
      [
        "a mission's number",
        who,
        'entry/facts/missions/ulaanbaatar',
        { phone: who === 'composer' ? '+976-11-000000' : '+976-11-000001' },
        'mission.set-phone',
        'mission:ulaanbaatar',
        {},
      ],
      [
        'emergency numbers',
        who,
        'entry/facts/emergency-numbers',
        { ...numbers, fire: who === 'composer' ? '106' : '105' },
        'emergency-number.set',
        'country:MN',
        { police: '102' },
      ],
    ],
  ),
  [
    'a level of the file that is confirmed',
    'composer',
    'travel-levels/confirm',
    { country: 'SY', source: 'today' },
    'travel-level.confirm',
    'area:SY',
    { level: 4, source: 'today', verified: true },
  ],
  [
    'a host',
    'administrator',
    'entry/facts/hosts',
    { host: 'overseas.mofa.go.kr', allowed: true },
    'entry-host.set',
    'host:overseas.mofa.go.kr',
    { allowed: true },
  ],
  [
    'a host that is forbidden',
    'administrator',
    'entry/facts/hosts',
    { host: 'overseas.mofa.go.kr', allowed: false },
    'entry-host.set',
    'host:overseas.mofa.go.kr',
    { allowed: false },
  ],
])(
  '%s, set by a %s, is in the audit log, once, with who did it and what he set',
  async (_, who, path, body, act, subject, detail) => {
    await logged()
    const { status, text } = await api.call(who, 'POST', `/v1/${path}`, { body })
    expect([200, 201], text).toContain(status)
    expect(await logged()).toMatchObject([{ actor: `person:${who}`, act, subject, detail }])
  },
)

test('what is refused is not in it', async () => {
  await logged()
  const refused = [
    ['composer', 'entry/policies', { area: 'MN', policy: { delay: 1 } }],
    ['composer', 'entry/templates', { area: 'MN', kind: 'mission', texts: { ko: '{contry}' } }],
    ['viewer', 'travel-levels', standing],
    ['viewer', 'travel-levels/confirm', { country: '*', source: 'today' }],
    ['composer', 'entry/facts/hosts', { host: 'example.com', allowed: true }],
  ] as const
  for (const [who, path, body] of refused) {
    expect((await api.call(who, 'POST', `/v1/${path}`, { body })).status).toBeGreaterThanOrEqual(400)
  }
  expect(await logged()).toEqual([])
})
