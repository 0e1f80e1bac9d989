import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plainName } from '../../src/entry/plain-name.ts'
import { auditAfter } from '../../src/store/reports/audit-entries.ts'
import { codeOf, startApi, type TestApi } from './support.ts'

let api: TestApi
beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

type Who = 'composer' | 'viewer' | 'approver' | 'administrator'
const get = async (path: string) => (await api.call('viewer', 'GET', `/v1/entry/${path}`)).body
const post = (path: string, body: object, who: Who = 'composer') => api.call(who, 'POST', `/v1/entry/${path}`, { body })
const told = async (query: string): Promise<string[]> =>
  (await get(`preview?${query}`)).texts.map(({ text }: { text: string }) => text)
const audited = async (act: string) =>
  (await auditAfter(api.db.pool, 0, 10_000))
    .filter((entry) => entry.act === act)
    .map(({ actor, subject }) => ({ actor, subject }))

describe('what is there to begin with', () => {
  test('tells in Korean and English in every country that has a mission, in four segments at most', async () => {
    const { missions } = await get('facts')
    const countries = new Set<string>(missions.map(({ country }: { country: string }) => country))
    expect(countries.size).toBeGreaterThan(110)
    for (const country of countries) {
      for (const [language, name] of [
        ['ko', 'ko'],
        ['en', 'en'],
      ] as const) {
        const { texts } = await get(`preview?country=${country}&language=${language}`)
        expect(texts[0].kind, country).toBe('mission')
        const named = api.deps.countries.nameOf(country, name)
        expect(texts[0].text, country).toContain(name === 'ko' ? named : plainName(named))
        expect(texts[0].text, country).toContain('+82-2-3210-0404')
        for (const { text, segments } of texts) {
          expect(text, country).not.toMatch(/[{}]|undefined|null/)
          expect(segments, text).toBeLessThanOrEqual(4)
        }
      }
    }
  }, 120_000)

  test('would pass every check that a new text has to', async () => {
    expect(await get('check')).toEqual({ checked: 8, refused: [], numbers: [] })
  })

  test('is not verified, and says so', async () => {
    const { missions, emergency } = await get('facts')
    expect(missions.every(({ verifiedOn }: { verifiedOn: null }) => verifiedOn === null)).toBe(true)
    expect(emergency.every(({ verified }: { verified: boolean }) => !verified)).toBe(true)
    expect((await get('templates')).templates.every(({ verified }: { verified: boolean }) => !verified)).toBe(true)
  })

  test('of travel levels tells nobody what no person has confirmed, and shows it', async () => {
    const { texts, level, special, untoldLevels } = await get('preview?country=SY')
    expect(texts.map(({ kind }: { kind: string }) => kind)).toEqual(['mission'])
    expect([level, special, untoldLevels]).toEqual([null, false, [{ area: 'SY', level: 4, special: false }]])
    const levels = (path: string, body: object, who: Who = 'composer') =>
      api.call(who, 'POST', `/v1/travel-levels${path}`, { body })
    // What a person says is told at once, whether he calls it verified or not; that of other areas goes on waiting.
    await levels('', { country: 'PH', area: 'PH-SLU', level: 4, since: '2026-01-01', source: 'test' })
    expect((await told('country=PH'))[1]).toContain('일부 지역은 4단계(여행금지)입니다.')
    const areas = async () => (await get('preview?country=PH')).untoldLevels.map(({ area }: { area: string }) => area)
    expect(await areas()).toEqual(['PH', 'PH-BAS', 'PH-TAW', 'PH-ZAN', 'PH-ZSI', 'PH-ZAS'].sort())
    expect((await levels('/confirm', { country: 'PH', source: 'test' }, 'viewer')).status).toBe(403)
    expect(codeOf(await levels('/confirm', { country: 'QQ', source: 'test' }))).toBe('unknown-country')
    const { body } = await levels('/confirm', { country: 'PH', source: '0404.go.kr, today' })
    expect(body.confirmed).toHaveLength(6)
    expect(body.confirmed[0]).toMatchObject({ area: 'PH', level: 1, source: '0404.go.kr, today', verified: true })
    expect(await areas()).toEqual([])
    expect((await levels('/confirm', { country: 'PH', source: 'test' })).body).toEqual({ confirmed: [] })
    expect(await told('country=SY')).toHaveLength(1)
    const all = await levels('/confirm', { country: '*', source: 'test' }, 'administrator')
    expect(all.body.confirmed.length).toBeGreaterThan(40)
    expect(all.body.confirmed.some(({ country }: { country: string }) => country === 'PH')).toBe(false)
    const { rows } = await api.db.pool.query(
      `SELECT DISTINCT made_by, verified FROM travel_level WHERE made_by <> 'file' AND area <> 'PH-SLU' ORDER BY 1`,
    )
    expect(rows).toEqual([
      { made_by: 'person:administrator', verified: true },
      { made_by: 'person:composer', verified: true },
    ])
    expect(new Set((await audited('travel-level.confirm')).map(({ actor }) => actor))).toEqual(
      new Set(['person:composer', 'person:administrator']),
    )
  })

  test('is another text for a level 4 country, for a special advisory, and for a country with parts that are worse', async () => {
    expect((await told('country=SY'))[1]).toContain('시리아에 여행경보 4단계(여행금지)가 발령 중입니다. 즉시 대피')
    expect((await told('country=IL'))[1]).toContain('특별여행주의보가 발령 중입니다')
    expect((await told('country=PH'))[1]).toBe(
      '[외교부] 필리핀 여행경보 1단계(여행유의): 신변안전에 유의하시기 바랍니다. 일부 지역은 4단계(여행금지)입니다.',
    )
    expect((await told('country=PH&region=PH-SLU'))[1]).toContain('필리핀(현재 계신 지역)에 여행경보 4단계')
    expect(await told('country=GP,MF')).toHaveLength(1)
  })
})

describe('texts', () => {
  test('that a person writes are what the next is told; what stood remains, with who wrote it', async () => {
    const body = {
      area: 'IS',
      kind: 'mission',
      texts: { ko: '아이슬란드 {localHelp}', en: 'Iceland{localHelp}' },
      note: 'volcano',
    }
    const set = await post('templates', body)
    expect([set.status, set.body.templates.length]).toEqual([201, 2])
    expect(await told('country=IS')).toEqual(['아이슬란드  현지 긴급전화 112.'])
    await post('templates', { ...body, texts: { ko: '다시 {callCentre}' }, verified: true })
    expect(await told('country=IS')).toEqual(['다시 +82-2-3210-0404'])
    expect(await told('country=IS&language=en')).toEqual(['Iceland Local emergency 112.'])
    await post('templates', { ...body, texts: { ko: null } })
    expect((await told('country=IS'))[0]).toContain('해외 체류 중')
    const { templates } = await get('templates?area=IS&history=true')
    expect(templates.map((row: Record<string, unknown>) => [row.language, row.body, row.verified, row.madeBy])).toEqual(
      [
        ['ko', null, false, 'person:composer'],
        ['ko', '다시 {callCentre}', true, 'person:composer'],
        ['en', 'Iceland{localHelp}', false, 'person:composer'],
        ['ko', '아이슬란드 {localHelp}', false, 'person:composer'],
      ],
    )
    expect((await get('templates?area=IS')).templates).toMatchObject([{ language: 'en', note: 'volcano' }])
    expect(await audited('entry-template.set')).toEqual(Array(3).fill({ actor: 'person:composer', subject: 'area:IS' }))
    await expect(api.db.pool.query(`UPDATE entry_template SET body = 'x'`)).rejects.toThrow(/append-only/)
  })

  test('are refused with everything that is wrong, and nothing is kept', async () => {
    const texts = { ko: '{contry} 010-1234-5678', ja: 'x', en: 'https://evil.example {phone}' }
    const refused = await post('templates', { area: '*', kind: 'mission', texts })
    expect([refused.status, codeOf(refused)]).toEqual([422, 'entry-template'])
    expect(refused.body.errors).toMatchObject([{ code: 'entry-language', where: '/texts/ja' }])
    const { ja: _, ...both } = texts
    expect((await post('templates', { area: '*', kind: 'mission', texts: both })).body.errors).toMatchObject([
      { code: 'entry-field-unknown', where: '/texts/ko', hint: 'Did you mean "country"?' },
      { code: 'entry-not-allowed', where: '/texts/ko' },
      { code: 'entry-not-allowed', where: '/texts/en' },
    ])
    expect(
      (await get('templates?area=*&history=true')).templates.filter(
        ({ madeBy }: { madeBy: string }) => madeBy !== 'migration',
      ),
    ).toEqual([])
    expect((await post('templates', { area: 'JP', kind: 'mission', texts: { ko: 'x' }, levl: 1 })).status).toBe(400)
  })

  test('are measured by the carriers that would send them', async () => {
    const long = { area: 'JP', kind: 'mission', texts: { ko: '가'.repeat(269) } }
    const refused = await post('templates', long)
    expect(refused.body.errors).toMatchObject([{ code: 'entry-text-too-long', where: '/texts/ko' }])
    expect(refused.body.errors[0].detail).toContain('5 segments')
  })

  test('are for composers and administrators to write, and for everybody of the house to read', async () => {
    const body = { area: 'JP', kind: 'mission', texts: { ko: '{contacts}' } }
    for (const who of ['viewer', 'approver'] as const) expect((await post('templates', body, who)).status).toBe(403)
    expect((await post('templates', body, 'administrator')).status).toBe(201)
    expect((await api.call('auditor', 'GET', '/v1/entry/templates')).status).toBe(200)
    expect((await api.call('carrier', 'GET', '/v1/entry/templates')).status).toBe(403)
    expect(codeOf(await api.call('viewer', 'GET', '/v1/entry/templates?history=true'))).toBe('missing-area')
  })
})

describe('policies', () => {
  test('are set field by field for an area, and can be taken back; the history has it all', async () => {
    expect((await post('policies', { area: 'CN', policy: { coolDownHours: 12 }, note: 'pilot' })).status).toBe(201)
    expect((await get('preview?country=CN')).policy).toMatchObject({ coolDownHours: 12, enabled: true })
    await post('policies', { area: 'CN', policy: { enabled: false } })
    expect(await get('preview?country=CN')).toMatchObject({ policy: { coolDownHours: 24, enabled: false }, texts: [] })
    await post('policies', { area: 'CN', policy: null })
    expect((await get('preview?country=CN')).policy).toMatchObject({ coolDownHours: 24, enabled: true })
    expect((await get('policies?area=CN')).policies).toEqual([])
    const { policies } = await get('policies?area=CN&history=true')
    expect(policies.map(({ policy, note }: { policy: object; note: string }) => [policy, note])).toEqual([
      [null, ''],
      [{ enabled: false }, ''],
      [{ coolDownHours: 12 }, 'pilot'],
    ])
    expect(await audited('entry-policy.set')).toHaveLength(3)
  })

  test('have the texts in the order of their kinds', async () => {
    await post('policies', { area: 'PH', policy: { kinds: ['level', 'mission'] } })
    const { texts, policyIds } = await get('preview?country=PH')
    expect(texts.map(({ kind }: { kind: string }) => kind)).toEqual(['level', 'mission'])
    expect(policyIds).toHaveLength(1)
    await post('policies', { area: 'PH', policy: null })
  })

  test('that nobody could follow, of areas that are none, and by people who may not, are refused', async () => {
    const bad = await post('policies', { area: 'JP', policy: { coolDown: 12 } })
    expect([bad.status, bad.body.hint]).toEqual([422, 'Did you mean "coolDownHours"?'])
    expect(codeOf(await post('policies', { area: 'QQ', policy: {} }))).toBe('entry-area')
    expect(codeOf(await post('policies', { area: '**', policy: {} }))).toBe('entry-area')
    expect((await post('policies', { area: 'JP', policy: {} }, 'approver')).status).toBe(403)
    expect((await get('policies')).policies).toEqual([])
  })
})

describe('campaigns', () => {
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const dengue = {
    name: 'dengue',
    areas: ['TH', 'VN'],
    texts: { ko: '[외교부] {country} 뎅기열 유행: 모기 기피제를 쓰십시오.', en: '[MOFA] Dengue in {country}.' },
    startsAt: at(-1),
    endsAt: at(30),
  }

  test('are told while they last, can be changed, and end when somebody says so', async () => {
    expect((await post('campaigns', dengue)).status).toBe(201)
    expect((await told('country=TH')).at(-1)).toBe('[외교부] 태국 뎅기열 유행: 모기 기피제를 쓰십시오.')
    expect(await told(`country=TH&at=${at(31)}`)).not.toContain('[외교부] 태국 뎅기열 유행: 모기 기피제를 쓰십시오.')
    await post('campaigns', { ...dengue, areas: ['VN'] })
    expect((await told('country=TH')).join()).not.toContain('뎅기열')
    expect((await told('country=VN')).join()).toContain('뎅기열')
    expect((await get('campaigns')).campaigns).toMatchObject([{ name: 'dengue', areas: ['VN'] }])
    expect((await api.call('composer', 'POST', '/v1/entry/campaigns/dengue/end')).status).toBe(200)
    expect((await told('country=VN')).join()).not.toContain('뎅기열')
    expect((await told(`country=VN&at=${at(-0.5)}`)).join()).toContain('뎅기열')
    expect((await api.call('composer', 'POST', '/v1/entry/campaigns/dengue/end')).status).toBe(404)
    expect((await get('campaigns?name=dengue')).campaigns).toHaveLength(3)
    expect(await audited('entry-campaign.end')).toEqual([{ actor: 'person:composer', subject: 'campaign:dengue' }])
  })

  test('that have not started can be ended too', async () => {
    await post('campaigns', { ...dengue, name: 'later', startsAt: at(5) })
    const { status, body } = await api.call('composer', 'POST', '/v1/entry/campaigns/later/end')
    expect([status, body.campaigns]).toEqual([200, []])
  })

  test('are refused where they could not be told', async () => {
    expect(codeOf(await post('campaigns', { ...dengue, startsAt: 'tomorrow' }))).toBe('bad-time')
    const past = await post('campaigns', { ...dengue, endsAt: at(-0.5) })
    expect(past.body.errors).toMatchObject([{ where: '/endsAt' }])
    expect((await post('campaigns', { ...dengue, name: 'Dengue!' })).status).toBe(400)
    expect((await post('campaigns', dengue, 'viewer')).status).toBe(403)
  })
})

describe('facts', () => {
  test('that a person sets are in the next text, and numbers are allowed in texts from then on', async () => {
    const text = { area: 'MN', kind: 'mission', texts: { ko: '{mission} +976-11-000000' } }
    expect((await post('templates', text)).body.errors).toMatchObject([{ code: 'entry-not-allowed' }])
    const set = await post('facts/missions/ulaanbaatar', { phone: '+976-11-000000', verifiedOn: '2026-01-22' })
    expect(set.status).toBe(201)
    expect((await told('country=MN'))[0]).toContain('주몽골대사관 +976-11-000000, 영사콜센터')
    expect((await post('templates', text)).status).toBe(201)
    expect((await get('facts?country=MN')).missions).toMatchObject([{ verifiedOn: '2026-01-22' }])
    expect(await audited('mission.set-phone')).toEqual([{ actor: 'person:composer', subject: 'mission:ulaanbaatar' }])

    await post('facts/emergency-numbers', {
      country: 'AF',
      police: '119',
      ambulance: '112',
      fire: '119',
      verified: true,
    })
    expect((await told('country=AF'))[0]).toContain('현지 경찰 119, 구급 112, 화재 119.')
    await post('facts/emergency-numbers', { country: 'AF', police: '119', ambulance: '119', fire: '119' })
    expect((await told('country=AF'))[0]).toContain('현지 긴급전화 119.')
    expect((await get('facts?country=AF')).emergency).toMatchObject([{ ambulance: '119', verified: false }])
  })

  test('of hosts are for administrators', async () => {
    const link = { area: 'JP', kind: 'mission', texts: { ko: 'https://www.jma.go.jp/' } }
    expect((await post('templates', link)).status).toBe(422)
    expect((await post('facts/hosts', { host: 'jma.go.jp', allowed: true })).status).toBe(403)
    expect((await post('facts/hosts', { host: 'jma.go.jp', allowed: true }, 'administrator')).body.hosts).toContain(
      'jma.go.jp',
    )
    expect((await post('templates', link)).status).toBe(201)
    await post('facts/hosts', { host: 'jma.go.jp', allowed: false }, 'administrator')
    expect((await post('templates', link)).status).toBe(422)
  })

  test('that cannot be are refused', async () => {
    expect((await post('facts/missions/atlantis', { phone: '+1-2' })).status).toBe(404)
    expect((await post('facts/missions/tokyo', { phone: '03-3452' })).status).toBe(400)
    expect((await post('facts/missions/tokyo', { phone: '+81-3', verifiedOn: '2026-13-45' })).status).toBe(422)
    const numbers = { police: '1', ambulance: '2', fire: '3' }
    expect((await post('facts/emergency-numbers', { country: 'JP', ...numbers })).status).toBe(400)
    expect(
      codeOf(await post('facts/emergency-numbers', { country: 'QQ', police: '11', ambulance: '11', fire: '11' })),
    ).toBe('unknown-country')
  })
})

test('standing texts that would be refused now are named, with what is wrong', async () => {
  const number = (phone: string) => post('facts/missions/yangon', { phone })
  await number('+95-1-000000')
  expect((await post('templates', { area: 'MM', kind: 'mission', texts: { ko: '+95-1-000000 {phone}' } })).status).toBe(
    201,
  )
  const mine = async () => (await get('check')).refused.filter(({ where }: { where: string }) => where === 'MM mission')
  expect(await mine()).toEqual([])
  await number('+95-1-111111')
  expect(await mine()).toMatchObject([{ errors: [{ code: 'entry-not-allowed', where: '/texts/ko' }] }])
  const { checked } = await get('check')
  expect(checked).toBeGreaterThan(8)
})

test('a NUL, which PostgreSQL keeps nowhere, is refused wherever it comes', async () => {
  const write = { area: 'JP', kind: 'mission', texts: { ko: '\0' } }
  expect((await post('templates', write)).status).toBe(422)
  expect((await post('templates', { ...write, texts: { ko: '{contacts}' }, note: '\0' })).status).toBe(400)
  expect((await post('policies', { area: '\0', policy: {} })).status).toBe(422)
  expect((await post('facts/missions/%00', { phone: '+1-2' })).status).toBe(400)
  for (const path of [
    'templates?area=%00',
    'policies?area=%00',
    'campaigns?name=%00',
    'facts?country=%00',
    'preview?country=%00',
  ]) {
    expect((await api.call('viewer', 'GET', `/v1/entry/${path}`)).status, path).toBe(400)
  }
})

test('a preview of what does not exist is refused', async () => {
  for (const query of [
    'country=QQ',
    'country=JP&region=KR-11',
    'country=JP&region=JP-99',
    'country=jp',
    'country=JP&at=x',
  ]) {
    expect((await api.call('viewer', 'GET', `/v1/entry/preview?${query}`)).status, query).toBe(400)
  }
})
