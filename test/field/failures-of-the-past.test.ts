import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { timeIn } from '../api/desk.ts'
import { alertFor, type ControlRoom, openControlRoom, refusalOf } from './control-room.ts'

// What went wrong elsewhere, tried here: each is attempted as it happened, through the API of a running engine, and SMSCs on the
// other side of TCP say what left.

let room: ControlRoom

beforeAll(async () => {
  room = await openControlRoom()
})

afterAll(() => room?.close())

const launch = (id: string) => room.desk.act(id, 'launch', 'composer')

/** All that a real carrier took for these numbers. */
const onTheWire = (msisdns: readonly string[]) => msisdns.flatMap((msisdn) => room.texts(room.live, msisdn))

const delivered = (id: string, n: number) =>
  expect
    .poll(async () => (await room.call('viewer', 'GET', `/v1/alerts/${id}/progress`)).body.states?.delivered, {
      timeout: 10_000,
    })
    .toBe(n)

/** Longer than the engine takes to send what it may. */
async function everythingElseLeaves(): Promise<void> {
  const [witness] = await room.enrol('KH', 1)
  const id = await room.desk.live(alertFor('KH', {}, { event: '홍수', headline: '[외교부] 캄보디아 홍수' }))
  await expect.poll(() => onTheWire([witness as string]).length, { timeout: 10_000 }).toBeGreaterThan(0)
  await room.desk.act(id, 'retract', 'approver', { reason: 'a witness' })
  await room.db.pool.query('DELETE FROM resident WHERE msisdn = $1', [witness])
}

describe('Hawaii 2018: a drill that went out as real, by one person, with no words ready to take it back', () => {
  test('one person cannot: who wrote it approves it by none of his keys', async () => {
    await room.enrol('JP', 1)
    const id = await room.desk.submitted(alertFor('JP'))
    const key = await room.keyOf('composer', 'approver')
    const refused = await room.call('approver', 'POST', `/v1/alerts/${id}/approve`, { key })
    expect(refusalOf(refused)).toMatchObject({ status: 403, code: 'author-cannot-approve' })
    expect(refusalOf(await launch(id))).toMatchObject({ status: 409, code: 'wrong-phase' })
  })

  test('whoever approves has seen how many, and by another look it is another alert', async () => {
    const id = await room.desk.submitted(alertFor('JP'))
    const { forecast, digest } = (await room.desk.view(id)).body
    expect(forecast.matched).toBeGreaterThan(0)
    await room.call('composer', 'PUT', `/v1/alerts/${id}`, {
      body: alertFor('US'),
      headers: { 'if-match': String((await room.desk.view(id)).headers.etag) },
    })
    expect(refusalOf(await room.desk.act(id, 'approve', 'approver', { digest })).status).toBe(409)
  })

  test('a drill never leaves by a real carrier, and says what it is in its text', async () => {
    const [person] = (await room.enrol('FR', 1)) as [string]
    const id = await room.desk.live(alertFor('FR', { status: 'Exercise' }))
    await delivered(id, 1)
    expect(room.texts(room.drill, person).join('')).toMatch(/훈련|EXERCISE/)
    expect(onTheWire([person])).toEqual([])
  })

  test('an approved drill that is made real is approved no more', async () => {
    const id = await room.desk.approved(alertFor('FR', { status: 'Exercise' }))
    const etag = String((await room.desk.view(id)).headers.etag)
    const edited = await room.call('composer', 'PUT', `/v1/alerts/${id}`, {
      body: alertFor('FR', { status: 'Actual' }),
      headers: { 'if-match': etag },
    })
    expect(edited.body.phase).toBe('draft')
    expect(refusalOf(await launch(id))).toMatchObject({ status: 409, code: 'wrong-phase' })
  })

  test('the words that take it back were approved with it, and reach those who have it at one call', async () => {
    const [person] = (await room.enrol('TH', 1)) as [string]
    const id = await room.desk.live(alertFor('TH'))
    await delivered(id, 1)
    const words = (await room.desk.view(id)).body.corrections.cancel.ko
    const before = onTheWire([person]).length
    const taken = await room.desk.act(id, 'retract', 'composer', { reason: '잘못 보냄' })
    expect(taken.status).toBe(202)
    await delivered(taken.body.alertId, 1)
    expect(onTheWire([person]).slice(before).join('')).toBe(words)
    expect((await room.desk.view(id)).body).toMatchObject({
      phase: 'ended',
      lifecycle: { ended: { reason: 'cancelled' } },
    })
  })
})

describe('Pickering 2020: nobody was sure who may take it back, and training looked like the real thing', () => {
  test.each(['composer', 'approver'] as const)('a lone %s takes it back, and it goes out', async (role) => {
    const people = await room.enrol('US', 1)
    const all = (await room.db.pool.query(`SELECT FROM resident WHERE country = 'US'`)).rowCount as number
    const id = await room.desk.live(alertFor('US'))
    await delivered(id, all)
    const taken = await room.desk.act(id, 'retract', role, { reason: '훈련이었음' })
    expect(taken.status).toBe(202)
    await delivered(taken.body.alertId, all)
    expect(onTheWire(people).join('\n')).toContain('잘못 발송')
  })

  test('a rehearsal of a real alert is as large as that, and reaches no telephone', async () => {
    const people = await room.enrol('ID', 5)
    const real = await room.desk.submitted(alertFor('ID'))
    const made = await room.desk.act(real, 'rehearsal', 'composer')
    expect(made.status).toBe(201)
    expect(made.body.real.matched).toBe(5)
    const { id } = made.body.alert
    await room.desk.act(id, 'submit', 'composer')
    await room.desk.act(id, 'approve', 'approver')
    await launch(id)
    await delivered(id, 5)
    for (const person of people) expect(room.texts(room.simulated, person).join('')).toMatch(/훈련|EXERCISE/)
    expect(onTheWire(people)).toEqual([])
  })

  test('an exercise is told apart wherever it is shown', async () => {
    const id = await room.desk.live(alertFor('DE', { status: 'Exercise' }))
    expect((await room.desk.view(id)).body.status).toBe('Exercise')
    const report = await room.call('viewer', 'GET', `/v1/alerts/${id}/report`, { headers: { accept: 'text/html' } })
    expect(report.text).toContain('this was not a real alert')
  })
})

describe('Seoul 2023: no why, no where, and corrected by another agency', () => {
  test('what was sent then is refused: it does not say what happens', async () => {
    const headline =
      '[서울특별시] 오늘 6시 32분 서울지역에 경계경보 발령. 국민 여러분께서는 대피할 준비를 하시고, 어린이와 노약자가 우선 대피할 수 있도록 해 주시기 바랍니다.'
    const refused = await room.call('composer', 'POST', '/v1/alerts', {
      body: alertFor('JP', {}, { event: '경계경보', headline, instruction: '대피할 준비를 하십시오' }),
    })
    expect(refusalOf(refused)).toEqual({ status: 422, code: 'alert-refused', findings: ['content-incomplete'] })
    expect(refused.body.errors[0].detail).toBe('The alert does not say what happens')
  })

  test('an alert that says neither where nor what to do is refused, each by name', async () => {
    const areas = [{ areaDesc: '-', shapes: [{ kind: 'country', iso2: 'JP' }] }]
    const refused = await room.call('composer', 'POST', '/v1/alerts', {
      body: alertFor('JP', {}, { headline: '[외교부] 지진', instruction: undefined, areas }),
    })
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map(({ detail }: { detail: string }) => detail)).toEqual([
      'The alert does not say where',
      'The alert does not say what to do',
    ])
  })

  test('a second issuer for the same people launches nothing until somebody decides', async () => {
    const people = await room.enrol('CN', 2)
    await room.desk.live(alertFor('CN', { sender: 'seoul@example.org' }))
    const id = await room.desk.approved(
      alertFor('CN', { sender: 'ministry@example.org' }, { headline: '[행안부] 오발령' }),
    )
    const refused = await launch(id)
    expect(refusalOf(refused)).toMatchObject({ status: 409, code: 'overlap-undecided' })
    expect(refused.body.detail).toContain('seoul@example.org')
    await everythingElseLeaves()
    expect(onTheWire(people).join('\n')).not.toContain('오발령')
  })
})

describe('Los Angeles 2025: the polygon was lost on the way, and echoes came the next day', () => {
  test.each([
    ['no areas', { areas: [] }, 'area-missing'],
    ['an area without a shape', { areas: [{ areaDesc: 'LA', shapes: [] }] }, 'area-empty'],
  ])('an alert with %s is refused, and is never the country', async (_, info, code) => {
    const { status, findings } = refusalOf(
      await room.call('composer', 'POST', '/v1/alerts', { body: alertFor('VN', {}, info) }),
    )
    expect(status).toBe(422)
    expect(findings).toContain(code)
  })

  const loseArea = (id: string) =>
    room.db.pool.query(`UPDATE alert SET document = jsonb_set(document, '{infos,0,areas}', '[]') WHERE id = $1`, [id])

  test('one whose area is lost after the approval is not launched', async () => {
    const people = await room.enrol('VN', 3)
    const id = await room.desk.approved(alertFor('VN'))
    await loseArea(id)
    expect(refusalOf(await launch(id)).status).toBeGreaterThanOrEqual(409)
    await everythingElseLeaves()
    expect(onTheWire(people)).toEqual([])
  })

  test('one whose area is lost after the launch sends nothing more', async () => {
    const people = await room.enrol('GB', 3)
    const id = await room.desk.live(alertFor('GB'))
    await expect
      .poll(async () => (await room.call('viewer', 'GET', `/v1/alerts/${id}/progress`)).body.states.pending)
      .toBe(3)
    await loseArea(id)
    const wales = await room.wales()
    await expect.poll(() => wales.stats().binds, { timeout: 10_000 }).toBeGreaterThan(0)
    await everythingElseLeaves()
    expect(people.flatMap((msisdn) => room.texts(wales, msisdn))).toEqual([])
    await wales.close()
  })

  test('what waited at a carrier until it had expired is not sent the next day', async () => {
    await room.db.pool.query(`DELETE FROM resident WHERE country = 'GB'`)
    const people = await room.enrol('GB', 3)
    const id = await room.desk.live(alertFor('GB'))
    const states = async () => (await room.call('viewer', 'GET', `/v1/alerts/${id}/progress`)).body.states
    await expect.poll(async () => (await states()).pending).toBe(3)
    await room.db.pool.query(`UPDATE broadcast SET expires = now() - interval '1 s' WHERE alert_id = $1`, [id])
    const wales = await room.wales()
    await expect.poll(async () => (await states()).pending, { timeout: 10_000 }).toBe(0)
    expect(people.flatMap((msisdn) => room.texts(wales, msisdn))).toEqual([])
    expect(await states()).toMatchObject({ expired: 3 })
    await wales.close()
  })
})

describe('a vendor whose polygon was set to exclude: the whole county', () => {
  test('an area holds no such switch', async () => {
    const shape = { kind: 'circle', lon: 139.7, lat: 35.7, radiusKm: 5 }
    for (const area of [
      { areaDesc: 'Tokyo', exclude: true, shapes: [shape] },
      { areaDesc: 'Tokyo', shapes: [{ ...shape, exclude: true }] },
    ]) {
      expect(
        refusalOf(await room.call('composer', 'POST', '/v1/alerts', { body: alertFor('JP', {}, { areas: [area] }) })),
      ).toMatchObject({
        status: 422,
        code: 'alert-invalid',
      })
    }
  })

  test('whom the area holds is counted for the approver, and a launch that would reach more is refused', async () => {
    await room.enrol('PH', 3)
    const id = await room.desk.submitted(alertFor('PH'))
    expect((await room.desk.view(id)).body.forecast).toMatchObject({ matched: 3, upTo: 103 })
    await room.desk.act(id, 'approve', 'approver')
    const more = await room.enrol('PH', 101)
    const refused = await launch(id)
    expect(refusalOf(refused)).toMatchObject({ status: 409, code: 'forecast-exceeded' })
    expect(refused.body.detail).toMatch(/104 people match now; 3 were counted/)
    await everythingElseLeaves()
    expect(onTheWire(more)).toEqual([])
  })
})

describe('Canberra 2011: 170,000 calls that were to fit into 30 minutes', () => {
  test('how long it takes by the contract is seen before it is approved', async () => {
    const people = 20_000
    await room.db.pool.query(
      `INSERT INTO resident (msisdn, mission, country) SELECT 976000000000 + i, 'x', 'MN' FROM generate_series(1, $1::int) i`,
      [people],
    )
    const { forecast } = (await room.desk.view(await room.desk.submitted(alertFor('MN')))).body
    // 100 segments a second, at one segment a person or more.
    expect(forecast.seconds.p99).toBeGreaterThanOrEqual((0.99 * people) / 100)
    expect(forecast.seconds.p50).toBeGreaterThanOrEqual((0.5 * people) / 100)
    expect(forecast.segments).toBeGreaterThanOrEqual(people)
    await room.db.pool.query(`DELETE FROM resident WHERE country = 'MN'`)
  })
})

describe('NL-Alert 2019: a newspaper’s number for the emergency number, and nine times the same', () => {
  test('a number that is on no list of the country is refused, in each text', async () => {
    const refused = await room.call('composer', 'POST', '/v1/alerts', {
      body: alertFor('JP', {}, { instruction: '대피하세요. 신고 020-555-2121' }),
    })
    expect(refusalOf(refused)).toMatchObject({ status: 422, findings: ['number-not-allowed'] })
    const link = await room.call('composer', 'POST', '/v1/alerts', {
      body: alertFor('JP', {}, { instruction: '대피하세요 https://news.example.com/x' }),
    })
    expect(refusalOf(link)).toMatchObject({ status: 422, findings: ['url-not-allowed'] })
  })

  test('whoever approves sees in which languages nothing is said', async () => {
    await room.enrol('JP', 4, 'vi')
    const { forecast } = (await room.desk.view(await room.desk.submitted(alertFor('JP')))).body
    expect(forecast.missingLanguages).toContainEqual({ language: 'vi', people: 4 })
  })

  test('launched nine times at once it is one broadcast, and each phone gets it once', async () => {
    await room.db.pool.query(`DELETE FROM resident WHERE country = 'DE'`)
    const people = await room.enrol('DE', 20)
    const id = await room.desk.approved(alertFor('DE', {}, { headline: '독일 지진', instruction: '대피' }))
    const answers = await Promise.all(Array.from({ length: 9 }, () => launch(id)))
    expect(new Set(answers.map(({ body }) => body.broadcastId)).size).toBe(1)
    await delivered(id, 20)
    for (const person of people) expect(onTheWire([person])).toHaveLength(1)
    expect((await room.db.pool.query('SELECT FROM broadcast WHERE alert_id = $1', [id])).rowCount).toBe(1)
  })
})

describe('the test of 2023 in the United Kingdom: a mistyped Welsh word, and one carrier that failed in silence', () => {
  test('a word that is nearly one of the locked terms is refused', async () => {
    const term = { language: 'cy', term: 'daeargryn', meaning: 'earthquake' }
    expect((await room.call('approver', 'POST', '/v1/locked-terms', { body: term })).status).toBeLessThan(300)
    const refused = await room.call('composer', 'POST', '/v1/alerts', {
      body: alertFor('GB', {}, { language: 'cy', headline: '[MOFA] daeargyrn', instruction: 'Ewch allan' }),
    })
    expect(refusalOf(refused)).toMatchObject({ status: 422, findings: ['term-misspelt'] })
    expect(refused.body.errors[0].detail).toBe('"daeargyrn" is nearly "daeargryn"')
  })

  test('how many one carrier cannot reach now is said while it runs', async () => {
    await room.db.pool.query(`DELETE FROM resident WHERE country = 'GB'`)
    await room.enrol('GB', 7)
    const id = await room.desk.live(alertFor('GB'))
    const unreachable = async () => (await room.call('viewer', 'GET', `/v1/alerts/${id}/progress`)).body.unreachable
    await expect.poll(unreachable, { timeout: 10_000 }).toEqual({ wales: 7 })
    const wales = await room.wales()
    await delivered(id, 7)
    expect(await unreachable()).toEqual({})
    await wales.close()
  })
})

describe('an expiry before the sending; a Cancel that refers to nothing', () => {
  test.each([
    ['weeks before it was sent', { expires: timeIn(-42 * 86_400_000) }, 'expires-past'],
    ['missing', { expires: undefined }, 'expires-missing'],
  ])('an expiry that is %s is refused', async (_, info, code) => {
    const { status, findings } = refusalOf(
      await room.call('composer', 'POST', '/v1/alerts', { body: alertFor('JP', {}, info) }),
    )
    expect(status).toBe(422)
    expect(findings).toContain(code)
  })

  const cancelOf = (reference: object) =>
    alertFor('JP', { msgType: 'Cancel', references: [reference] }, { areas: undefined })

  test('a Cancel of what nobody knows is refused', async () => {
    const refused = await room.call('composer', 'POST', '/v1/alerts', {
      body: cancelOf({ sender: 'who@example.org', identifier: 'never-sent', sent: timeIn(-60_000) }),
    })
    expect(refusalOf(refused)).toMatchObject({ status: 422, code: 'reference-unknown' })
  })

  test('a Cancel of what was never launched goes to nobody', async () => {
    const { sender, identifier, sent } = (await room.desk.view(await room.desk.draft(alertFor('JP')))).body
    const refused = await launch(await room.desk.approved(cancelOf({ sender, identifier, sent })))
    expect(refusalOf(refused)).toMatchObject({ status: 409, code: 'chain-not-live' })
  })
})

describe('Iceland’s standing areas: they go on and on', () => {
  test('past its review date whoever comes is told nothing, until somebody has looked at it again', async () => {
    const id = await room.desk.live(alertFor('IS', { rules: { reviewHours: 1 } }, { expires: timeIn(20 * 86_400_000) }))
    expect((await room.desk.view(id)).body.review).toMatchObject({})
    const come = async () => {
      const body = {
        msisdn: String(821_050_000_000 + Math.floor(Math.random() * 1e6)),
        hplmn: '45008',
        country: 'IS',
        at: new Date().toISOString(),
        event: 'enter',
      }
      await room.call('carrier', 'POST', '/v1/roaming-notifications', { body })
      await expect
        .poll(async () => (await room.db.pool.query('SELECT FROM roamer WHERE msisdn = $1', [body.msisdn])).rowCount)
        .toBe(1)
      return body.msisdn
    }
    const toldOf = async (msisdn: string) =>
      (
        await room.db.pool.query(
          `SELECT FROM message m JOIN broadcast b ON b.id = m.broadcast_id WHERE b.alert_id = $1 AND m.msisdn = $2`,
          [id, msisdn],
        )
      ).rowCount
    const first = await come()
    await expect.poll(() => toldOf(first)).toBe(1)
    await room.db.pool.query(`UPDATE alert SET review_at = now() - interval '1 s' WHERE id = $1`, [id])
    const second = await come()
    expect(await toldOf(second)).toBe(0)
    const reviewed = await room.desk.act(id, 'review', 'approver', { reason: '화산 활동 계속' })
    expect(reviewed.status).toBe(200)
    const third = await come()
    await expect.poll(() => toldOf(third)).toBe(1)
  })
})
