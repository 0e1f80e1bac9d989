import { expect, test } from 'vitest'
import { openTerminal } from './command-line.ts'

const cli = openTerminal()

const entry = (...args: string[]) => {
  cli.out = ''
  return cli.api.run(['entry', ...args])
}

test('entry show prints the texts, the level, the policy, and what nobody has verified', async () => {
  await entry('show', 'PH')
  expect(cli.out).toMatch(/^level none\nnot told until confirmed: PH level 1; PH-BAS level 4; .*\(from the file\)$/m)
  expect(cli.out).toContain("bongsu entry confirm-level PH --source '…'")
  expect(await entry('confirm-level', 'PH', '--source', '0404.go.kr, 2026-11-22')).toBeUndefined()
  expect(cli.out.split('\n')[0]).toBe('PH level 1: confirmed, told from now on')
  await entry('confirm-level', 'PH', '--source', 'again')
  expect(cli.out).toBe('nothing of the file is left to confirm there\n')
  expect(await entry('show', 'PH')).toBeUndefined()
  const [mission, , level, ...rest] = cli.out.trim().split('\n')
  expect(mission).toMatch(/^mission \(\d segments\): \[외교부\] 필리핀 방문 중 .* 주필리핀대사관 \+63-2-8856-9210/)
  expect(level).toMatch(/^level \(\d segments?\): .*일부 지역은 4단계/)
  expect(rest).toEqual([
    expect.stringMatching(/^ {2}from \*\* level 1 ko, by migration on \S+ \S+ UTC, not verified$/),
    expect.stringMatching(/^ {2}from PH level 1, by person:composer on .* UTC, verified: "0404.go.kr, 2026-11-22"$/),
    expect.stringMatching(
      /^ {2}from PH-\w+ level 4, by person:composer on .* UTC, verified: "0404.go.kr, 2026-11-22"$/,
    ),
    'level 1',
    'policy: texts: mission, level, campaign; at once; not again within 24 hours; not to those who are back within 60 minutes; not told again',
    '  from the defaults: nobody has set one',
    'not verified: manila +63-2-8856-9210; emergency 911/911/911',
    'missions without a number: cebu',
  ])
  await entry('show', 'PH', '--region', 'PH-SLU', '--language', 'en')
  expect(cli.out).toContain('WARNING: travel alert level 4 (travel ban) stands for your part of Philippines')
  await entry('show', 'GP,MF', '--json')
  expect(JSON.parse(cli.out).texts).toHaveLength(1)
  expect((await entry('show', 'QQ'))?.code).toBe('unknown-country')
})

test('entry set-text changes what the next is told, and says what is wrong with a text', async () => {
  expect(await entry('set-text', 'IS', '--ko', '{country} {contacts}', '--note', 'volcano')).toBeUndefined()
  expect(cli.out).toBe('IS mission ko: {country} {contacts}\n')
  await entry('show', 'IS')
  expect(cli.out).toContain('mission (1 segment): 아이슬란드 영사콜센터')
  const problem = await entry('set-text', 'IS', '--ko', '{contry} 010-1234-5678')
  expect(problem?.line).toContain('There is no field {contry} (at /texts/ko). Did you mean "country"?')
  expect(problem?.line).toContain('"010-1234-5678" is no number or address that is allowed here')
  await entry(
    'set-text',
    'IS',
    '--kind',
    'level',
    '--level',
    '3',
    '--ko',
    '{level} 출국하십시오',
    '--en',
    '{level} leave',
  )
  expect(cli.out).toContain('IS level 3 ko: {level} 출국하십시오\n')
  await entry('set-text', 'IS', '--take-back', 'ko')
  expect(cli.out).not.toContain('mission')
  await entry('history', 'IS')
  expect(cli.out.split('\n').map((line) => line.replace(/^\S+ /, ''))).toEqual([
    'person:composer IS mission ko: (taken back)',
    expect.stringContaining('IS level 3'),
    expect.stringContaining('IS level 3'),
    'person:composer IS mission ko: {country} {contacts} (volcano)',
    '',
  ])
})

test('entry set-policy sets fields, keeps the others, and takes back', async () => {
  expect(await entry('set-policy', 'JP', 'coolDownHours=12', 'kinds=mission,level')).toBeUndefined()
  expect(cli.out).toBe('JP {"kinds":["mission","level"],"coolDownHours":12}\n')
  await entry('set-policy', 'JP', 'quiet=22:00-07:00', 'kinds=')
  expect(cli.out).toBe('JP {"quiet":{"to":"07:00","from":"22:00","unlessLevel":null},"coolDownHours":12}\n')
  await entry('set-policy', 'JP', 'enabled=false')
  expect(JSON.parse(cli.out.slice(3))).toMatchObject({ enabled: false, coolDownHours: 12 })
  await entry('show', 'JP')
  expect(cli.out).toContain('nothing is told: the policy is off')
  expect((await entry('set-policy', 'JP', 'coolDown=1'))?.hint).toBe('Did you mean "coolDownHours"?')
  expect((await entry('set-policy', 'JP', 'coolDownHours=soon'))?.code).toBe('bad-policy')
  expect((await entry('set-policy', 'JP', 'coolDownHours'))?.code).toBe('bad-option')
  expect((await entry('set-policy', 'JP'))?.code).toBe('bad-option')
  expect((await entry('set-policy', 'JP', 'enabled=true', '--take-back'))?.code).toBe('bad-option')
  await entry('set-policy', 'JP', '--take-back', '--note', 'the pilot is over')
  expect(cli.out).toBe('JP has no policy of its own\n')
  await entry('history', 'JP')
  expect(cli.out.split('\n')[0]).toMatch(/person:composer policy \(taken back\) \(the pilot is over\)$/)
})

test('entry campaign sets, lists and ends', async () => {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const set = ['--areas', 'TH,VN', '--from', at(-1), '--to', at(9), '--ko', '뎅기열', '--en', 'Dengue']
  expect(await entry('campaign', 'set', 'dengue', ...set)).toBeUndefined()
  await entry('campaign', 'list')
  expect(cli.out).toMatch(/^dengue: TH,VN from \S+ to \S+\n {2}ko: 뎅기열\n {2}en: Dengue\n$/)
  await entry('show', 'VN')
  expect(cli.out).toContain('campaign (1 segment): 뎅기열')
  await entry('campaign', 'end', 'dengue')
  expect(cli.out).toBe('dengue: ended; nobody is told of it from now on\n')
  await entry('history', 'dengue', '--campaign')
  expect(cli.out.trim().split('\n')).toHaveLength(2)
  await entry('history', 'nothing', '--campaign')
  expect(cli.out).toBe('nothing was ever set\n')
})

test('entry set-phone and set-emergency set what the texts are filled in with', async () => {
  expect(await entry('set-phone', 'ulaanbaatar', '+976-11-000000', '--verified-on', '2026-11-22')).toBeUndefined()
  expect(cli.out).toBe('ulaanbaatar: +976-11-000000, verified on 2026-11-22\n')
  expect(await entry('set-emergency', 'MN', '102', '103', '101', '--verified')).toBeUndefined()
  expect(cli.out).toBe('MN: police 102, ambulance 103, fire 101, verified\n')
  await entry('show', 'MN')
  expect(cli.out).toContain('주몽골대사관 +976-11-000000')
  expect(cli.out).not.toMatch(/^not verified|without a number/m)
})

test('entry check names the texts that would be refused now', async () => {
  expect(await entry('check')).toBeUndefined()
  expect(cli.out).toMatch(/^\d+ texts, all can be used\n$/)
  await entry('set-phone', 'yangon', '+95-1-000000')
  await entry('set-text', 'MM', '--ko', '+95-1-000000')
  await entry('set-phone', 'yangon', '+95-1-111111')
  const problem = await entry('check')
  expect(problem?.line).toContain('"+95-1-000000" is no number or address that is allowed here (at MM mission ko)')
})
