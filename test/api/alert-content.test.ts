import { describe, expect, test } from 'vitest'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { rebase } from '../../src/alerts/rebase.ts'
import { demoCap } from '../alerts/sample.ts'
import { alertBody, deskForFile } from './desk.ts'

const desk = deskForFile()

const saying = (value: string, more: object = {}) =>
  alertBody({}, { parameter: [{ valueName: 'SMS', value }], ...more })
const create = (body: object, confirm?: string) =>
  desk.api.call('composer', 'POST', `/v1/alerts${confirm === undefined ? '' : `?confirm=${confirm}`}`, { body })
const codes = (found: { code: string }[] | undefined) => found?.map(({ code }) => code)

describe('what an alert says', () => {
  test('a minimal alert is taken: event, severity, expires, a text and a zone', async () => {
    const [info] = saying('일본에서 대피하세요').infos as unknown as [Record<string, unknown>]
    const { language, event, severity, urgency, certainty, expires, parameter } = info
    const areas = [{ zone: 'jp' }]
    const zones = (await desk.api.call('viewer', 'GET', '/v1/zones')).body.zones
    if (!zones.some(({ id }: { id: string }) => id === 'jp')) areas[0] = { zone: zones[0].id }
    const made = await create({
      status: 'Actual',
      infos: [{ language, event, severity, urgency, certainty, expires, parameter, areas }],
    })
    expect(made.status).toBe(201)
    expect(codes(made.body.warnings)).toContain('issuer-unsaid')
  })

  test.each(['noto-alert', 'noto-update'])(
    'the example %s of the documentation is taken without a question',
    async (name) => {
      const body = writeCapXml({ ...rebase(demoCap(name), Date.now()), msgType: 'Alert', references: [] })
      const made = await desk.api.call('composer', 'POST', '/v1/alerts', { body, type: 'application/cap+xml' })
      expect(made.status, made.text).toBe(201)
    },
  )

  test('that says neither why nor what to do is refused, and taken once its author is sure: then the approver sees it', async () => {
    const bare = alertBody({}, { event: '경계경보', headline: '경보 발령', instruction: undefined })
    const refused = await create(bare)
    expect([refused.status, codes(refused.body.errors)]).toEqual([422, ['content-incomplete', 'content-incomplete']])
    expect(refused.text).toContain('confirm=content')
    const taken = await create(bare, 'content')
    expect(taken.status).toBe(201)
    const seen = await desk.api.call('approver', 'GET', `/v1/alerts/${taken.body.id}`)
    expect(codes(seen.body.warnings)).toContain('content-incomplete')
  })

  test.each([
    ['the call centre', '영사콜센터 +82-2-3210-0404', 201],
    ["the embassy's number in its country", '대사관 +81-3-3452-7611', 201],
    ['the emergency number of the country', '긴급전화 110', 201],
    ["another country's embassy", '대사관 +84-24-3771-0404', 422],
    ["a newspaper's number (NL-Alert 2019)", '제보 088-013-9999', 422],
    ['a link to anywhere', 'bit.ly/3xYz', 422],
    ['a link to the ministry', 'www.0404.go.kr', 201],
  ])('may name %s: %i', async (_, said, status) => {
    const made = await create(saying(`[외교부] 일본 지진. 높은 곳으로 대피하세요. ${said}`))
    expect([made.status, made.status === 201 ? '' : made.text.includes('confirm=contacts')]).toEqual([
      status,
      status === 201 ? '' : true,
    ])
  })

  test('a number that is on no list is taken once it is confirmed', async () => {
    const body = saying('[외교부] 일본 지진. 대피하세요. 제보 088-013-9999')
    const made = await create(body, 'contacts,area')
    expect([made.status, codes(made.body.warnings)]).toEqual([201, ['number-not-allowed']])
    expect((await create(body, 'content')).status).toBe(422)
  })

  test('a number is checked in the words that would take the alert back, too', async () => {
    const corrections = { cancel: { ko: '[외교부] 취소. 문의 088-013-9999' }, allClear: { ko: '[외교부] 해제' } }
    const refused = await create(alertBody({ corrections }))
    expect(refused.body.errors).toMatchObject([{ code: 'number-not-allowed', where: '/corrections/cancel/ko' }])
  })
})

describe('locked terms', () => {
  const text = '[외교부] 일본 지진헤일 위험. 높은 곳으로 대피하세요.'

  test('a word that is nearly one is refused, and taken once it is confirmed', async () => {
    const refused = await create(saying(text))
    expect(refused.body.errors).toMatchObject([
      { code: 'term-misspelt', where: '/infos/0', detail: '"지진헤일" is nearly "지진해일"' },
    ])
    expect((await create(saying(text), 'spelling')).status).toBe(201)
  })

  test('the next alert is read with a term that was added a moment ago, until it is taken out', async () => {
    const word = { language: 'cy', term: 'llifogydd', meaning: 'flood' }
    const welsh = (language: string) => saying('[외교부] 일본 지진: llifogyd', { language })
    expect((await create(welsh('cy'))).status).toBe(201)
    const added = await desk.api.call('approver', 'POST', '/v1/locked-terms', { body: word })
    expect([added.status, added.body.terms]).toMatchObject([201, [{ ...word, madeBy: 'person:approver' }]])
    expect((await create(welsh('cy'))).text).toContain('term-misspelt')
    expect((await create(welsh('ko'))).status).toBe(201)
    expect((await desk.api.call('viewer', 'GET', '/v1/locked-terms?language=cy')).body.terms).toHaveLength(1)
    expect((await desk.api.call('composer', 'DELETE', '/v1/locked-terms/cy/llifogydd')).status).toBe(204)
    expect((await desk.api.call('composer', 'DELETE', '/v1/locked-terms/cy/llifogydd')).status).toBe(404)
    expect((await create(welsh('cy'))).status).toBe(201)
  })
})

describe('what takes an alert back', () => {
  test('is part of what is approved: general words, or those of its author', async () => {
    const general = await desk.view(await desk.draft())
    expect(general.body.corrections.cancel.ko).toBe(
      '[외교부] 앞서 보낸 일본 「지진」 안내는 잘못 발송되었습니다. 해당 내용을 따르지 마시기 바랍니다.',
    )
    const corrections = { cancel: { ko: '[외교부] 취소합니다' }, allClear: { ko: '[외교부] 해제되었습니다' } }
    const own = await desk.view(await desk.draft(alertBody({ corrections })))
    expect(own.body.corrections).toEqual(corrections)
    expect(own.body.digest).not.toBe(general.body.digest)
  })

  test('is missed in a language of the alert that general words lack: its author and who approves it are told', async () => {
    const [ko] = alertBody().infos
    const info = (language: string) => ({ ...ko, language })
    const infos = [info('ko'), info('ja'), info('zh-Hans'), info('en-GB')]
    const message = 'What takes it back has no text in ja, zh-Hans: who reads that is told in ko'
    const made = await create(alertBody({ infos }))
    const warned = expect.objectContaining({ code: 'corrections-language-missing', where: '/corrections', message })
    expect(made.body.warnings).toContainEqual(warned)
    expect((await desk.view(made.body.id)).body.warnings).toContainEqual(warned)
    const texts = { ko: '[외교부] 취소', ja: '[外交部] 取消', zh: '[外交部] 取消', en: '[MOFA] Cancelled' }
    const put = async (body: object) => {
      const headers = { 'if-match': (await desk.view(made.body.id)).headers.etag as string }
      return codes(
        (await desk.api.call('composer', 'PUT', `/v1/alerts/${made.body.id}`, { body, headers })).body.warnings,
      )
    }
    const all = alertBody({ infos, corrections: { cancel: texts, allClear: texts } })
    expect(await put(all)).not.toContain('corrections-language-missing')
    expect(await put(alertBody({ infos }))).toContain('corrections-language-missing')
    expect(await put(alertBody({ infos: [info('ko'), info('en-GB')] }))).not.toContain('corrections-language-missing')
  })

  test('has to be in every language of the alert, and to say something', async () => {
    const corrections = { cancel: { en: 'x' }, allClear: { ko: ' ' } }
    expect(codes((await create(alertBody({ corrections }))).body.errors)).toEqual([
      'correction-language-missing',
      'correction-empty',
    ])
  })

  test('one person, one call: a composer retracts, an approver ends; nobody else', async () => {
    const body = { reason: 'the wrong window' }
    const id = await desk.live()
    for (const role of ['viewer', 'administrator', 'auditor'] as const) {
      expect((await desk.api.call(role, 'POST', `/v1/alerts/${id}/retract`, { body })).status).toBe(403)
    }
    expect((await desk.act(id, 'retract', 'composer', {})).status).toBe(400)
    expect((await desk.act(id, 'retract', 'composer', { reason: ' ' })).status).toBe(400)
    const taken = await desk.act(id, 'retract', 'composer', body)
    expect(taken.status).toBe(202)
    expect(await desk.act(id, 'retract', 'approver', body)).toMatchObject({ status: 202, body: taken.body })
    expect((await desk.view(id)).body).toMatchObject({ phase: 'ended', lifecycle: { ended: { reason: 'cancelled' } } })
    expect((await desk.view(taken.body.alertId)).body.lifecycle.approval).toMatchObject({
      by: 'approver',
      inAdvance: id,
    })

    const other = await desk.live()
    expect((await desk.act(other, 'end', 'approver', body)).status).toBe(202)
    expect((await desk.view(other)).body.lifecycle.ended.reason).toBe('all-clear')
  })
})
