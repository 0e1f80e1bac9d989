import { describe, expect, test } from 'vitest'
import { parseProfile } from '../../src/carriers/load.ts'
import { openTerminal } from './command-line.ts'
import { startApi } from './support.ts'

const cli = openTerminal()

const run = (...args: string[]) => {
  cli.out = ''
  return cli.api.run(args)
}
const entry = (...args: string[]) => run('entry', ...args)
const nothing = 'nothing changed: that stands already\n'

/** How often something was ever set, and how often that is in the audit log. */
const counted = async (table: string, act: string) => {
  const { rows } = await cli.api.db.pool.query(
    `SELECT (SELECT count(*)::int FROM ${table} WHERE made_by = 'person:composer') rows,
            (SELECT count(*)::int FROM audit WHERE act = $1) acts`,
    [act],
  )
  return [rows[0].rows, rows[0].acts]
}

test('general texts can be written again where a carrier writes KS X 1001', async () => {
  const profile = parseProfile(
    `{ id: euckr, reaches: [{ population: roamers }], links: [{ host: 127.0.0.1, port: 9 }], systemId: x, password: x, throughput: 10,
       source: { addr: "822" }, text: { alphabet: ascii, unicode: ksx1001, long: sar } }`,
    'euckr.yaml',
    {},
  )
  const own = await startApi({ carriers: { profiles: [profile], reload: async () => [] } })
  try {
    const check = await own.call('viewer', 'GET', '/v1/entry/check')
    expect(check.body).toEqual({ checked: 8, refused: [], numbers: [] })
    const texts = { ko: '[외교부] {country} {contacts}{localHelp}', en: '[MOFA] {country}: {contacts}{localHelp}' }
    const write = (body: object) => own.call('composer', 'POST', '/v1/entry/templates', { body })
    expect((await write({ area: '*', kind: 'mission', texts })).status).toBe(201)
    const shown = await own.call('viewer', 'GET', '/v1/entry/preview?country=CI&language=en')
    expect(shown.body.texts[0].text).toContain("Cote d'Ivoire")
    const { body } = await write({ area: 'JP', kind: 'mission', texts: { en: 'Café {contacts}' } })
    expect(body.errors[0].detail).toMatch(/^KS X 1001 .*“é” .*at the carrier euckr \(the English text, in JP\)$/)
  } finally {
    await own.close()
  }
})

describe('an error says what to write', () => {
  test.each([
    [['show', 'jp'], '"jp" is not a country (at country). Did you mean "JP"?'],
    [['show', 'Japan'], 'Did you mean "JP"?'],
    [['show', '일본'], 'Did you mean "JP"?'],
    [['show', "cote d'ivoire"], 'Did you mean "CI"?'],
    [['show', 'JP-17'], 'the country is JP, with --region JP-17'],
    [['show', '*'], "what is set for all: bongsu entry history '*'"],
    [['set-policy', 'jp', 'delaySeconds=1'], '"jp" is no country and no region (at area). Did you mean "JP"?'],
    [['set-policy', '**', 'delaySeconds=1'], 'Only a text can be of ** (at /area). Write * for everywhere'],
    [['set-policy', 'JP', 'quiet=22:00'], '`quiet` cannot be "22:00" (at quiet). Write quiet=22:00-07:00'],
    [['set-policy', 'JP', 'quiet=22-7'], '`quiet` cannot be "22-7" (at quiet). Write quiet=22:00-07:00'],
    [['set-policy', 'JP', 'resend=level'], 'Write {"level":true}'],
    [['set-policy', 'JP', 'resend=true'], '`resend` cannot be true (at resend). Write {"level":true}'],
    [
      ['set-text', 'JP', '--kind', 'level', '--level', '5', '--ko', 'x'],
      'no travel-alert level "5" (at --level). Write 1, 2, 3 or 4',
    ],
    [['set-text', 'Japan', '--ko', '{contacts}'], 'Did you mean "JP"?'],
    [['set-text', '**', '--take-back', 'ko'], 'it cannot be taken back (at /texts). Replace it'],
    [['set-phone', 'tokyo', '03-3452-7611'], 'in groups with hyphens, like +81-3-3452-7611'],
    [['set-phone', 'tokyo', '+81-3-3452-7611', '--verified-on', '22.11.2026'], 'It is to be: a day like 2026-11-22.'],
    [['set-emergency', 'jp', '110', '119', '119'], '"jp" is not a country (at /country). Did you mean "JP"?'],
    [['history', 'dengue-2026'], 'bongsu entry history dengue-2026 --campaign'],
  ])('%j', async (args, said) => {
    const problem = await entry(...args)
    expect(problem?.line).toContain(said)
    expect(problem?.line).not.toMatch(/\^|must match|call centre: the/)
  })

  test('of a year', async () => {
    const problem = await run('report', 'year', 'twenty')
    expect(problem?.line).toContain('It is to be: a year like 2026.')
  })
})

test("a mission's number of another country is taken only when somebody confirms it, and is named until it is verified", async () => {
  const wrong = ['set-phone', 'tokyo', '+976-11-321548']
  const problem = await entry(...wrong)
  expect(problem?.code).toBe('mission-phone-abroad')
  expect(problem?.line).toContain('+976-11-321548 is no number of JP, where tokyo is: those begin with +81')
  expect(await entry('check')).toBeUndefined()
  expect(await entry(...wrong, '--confirm')).toBeUndefined()
  const found = await entry('check')
  expect(found?.line).toContain('1 mission has a number of another country')
  expect(found?.line).toContain('- +976-11-321548 is no number of JP, where tokyo is')
  expect(await entry(...wrong, '--confirm', '--verified-on', '2026-11-22')).toBeUndefined()
  expect(await entry('check')).toBeUndefined()
  // The call centre's stands for none of its own.
  expect(await entry('set-phone', 'tokyo', '+82-2-3210-0404')).toBeUndefined()
})

test('what stands already is said to, and adds nothing to the history', async () => {
  const templates = () => counted('entry_template', 'entry-template.set')
  expect(await entry('set-text', 'IS', '--ko', '{contacts}')).toBeUndefined()
  expect(cli.out).not.toContain(nothing)
  expect(await templates()).toEqual([1, 1])
  await entry('set-text', 'IS', '--ko', '{contacts}', '--note', 'again')
  expect(cli.out).toBe(`${nothing}IS mission ko: {contacts}\n`)
  expect(await templates()).toEqual([1, 1])
  await entry('set-text', 'IS', '--ko', '{contacts}', '--verified')
  await entry('set-text', 'IS', '--ko', '{contacts}')
  expect(cli.out).toContain(nothing)
  expect(await templates()).toEqual([2, 2])
  await entry('set-text', 'IS', '--take-back', 'ko')
  expect(cli.out).toBe('IS has no text of its own\n')
  await entry('set-text', 'IS', '--take-back', 'ko')
  expect(cli.out).toBe(`${nothing}IS has no text of its own\n`)
  expect(await templates()).toEqual([3, 3])

  const policies = () => counted('entry_policy', 'entry-policy.set')
  for (const [args, before] of [
    [['--take-back'], nothing],
    [['coolDownHours=12'], ''],
    [['coolDownHours=12'], nothing],
    [['--take-back'], ''],
    [['--take-back'], nothing],
  ] as const) {
    await entry('set-policy', 'IS', ...args)
    expect(cli.out.startsWith(nothing)).toBe(before === nothing)
  }
  expect(await policies()).toEqual([2, 2])

  const set = ['--areas', 'TH', '--from', '2026-01-01T00:00:00Z', '--to', '2026-12-31T00:00:00Z', '--en', 'Dengue']
  await entry('campaign', 'set', 'dengue', ...set, '--ko', '뎅기열')
  expect(cli.out).not.toContain(nothing)
  await entry('campaign', 'set', 'dengue', ...set, '--ko', '뎅기열')
  expect(cli.out.startsWith(nothing)).toBe(true)
  await entry('campaign', 'set', 'dengue', ...set, '--ko', '뎅기열 유행')
  expect(await counted('campaign', 'entry-campaign.set')).toEqual([2, 2])

  for (let i = 0; i < 2; i++) await entry('set-emergency', 'MN', '102', '103', '101', '--verified')
  expect(await counted('emergency_number', 'emergency-number.set')).toEqual([1, 1])
  await entry('set-emergency', 'MN', '102', '103', '101')
  expect(await counted('emergency_number', 'emergency-number.set')).toEqual([2, 2])
})

describe('entry show', () => {
  test('names who wrote what it is made of, when and why, and says the policy in words', async () => {
    await entry('set-text', 'FR', '--ko', '프랑스 {contacts}', '--verified', '--note', 'after the strike')
    await entry('set-policy', '*', 'delaySeconds=30', '--note', 'welcome first')
    await entry('set-policy', 'FR', 'quiet={"from":"22:00","to":"07:00","unlessLevel":3}', 'resend={"level":true}')
    await entry('show', 'FR')
    const [text, from, ...rest] = cli.out.trim().split('\n')
    expect(text).toContain('프랑스')
    expect(from).toMatch(
      /^ {2}from FR mission ko, by person:composer on 2\d{3}-\d\d-\d\d \d\d:\d\d UTC, verified: "after the strike"$/,
    )
    const policy = rest.findIndex((line) => line.startsWith('policy'))
    expect(rest.slice(policy, policy + 3)).toEqual([
      'policy: texts: mission, level, campaign; 30 seconds after the entry; not from 22:00 to 07:00 by the clock there, unless the level is 3 or graver; not again within 24 hours; not to those who are back within 60 minutes; told again when the level rises',
      expect.stringMatching(/^ {2}from \*, by person:composer on .* UTC: "welcome first"$/),
      expect.stringMatching(/^ {2}from FR, by person:composer on .* UTC$/),
    ])
  })

  test('says that nobody is told at home', async () => {
    await entry('show', 'KR')
    expect(cli.out.split('\n')[0]).toBe('nobody gets a text: Korea is home')
    expect(cli.out).not.toContain('mission (')
  })
})
