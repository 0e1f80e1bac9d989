import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { EntryResend } from '../../src/targeting/entry-resend.ts'
import { alertOf } from './engine.ts'
import { EntryWorld } from './entry-world.ts'

let world: EntryWorld
const him = '821000000001'
const her = '821000000002'
const hour = 60
const day = 24 * hour
const tokyo = { lon: 139.69, lat: 35.69 }

beforeAll(async () => {
  world = await EntryWorld.start()
  await world.engine.rows(`
    INSERT INTO entry_template (area, kind, level, language, body, verified, made_by)
    SELECT area, kind, level, language, format('%s %s%s %s', area, kind, level, language), true, 'test'
      FROM (VALUES ('JP', 'mission', NULL), ('JP-13', 'mission', NULL), ('CN', 'mission', NULL), ('**', 'mission', NULL), ('JP', 'level', 3))
           AS t (area, kind, level),
           unnest(ARRAY['ko', 'en']) AS language`)
})

afterAll(() => world?.engine.close())
beforeEach(() => world.reset())

const enters = (minute: number, msisdn: string, country: string | readonly string[], language?: string) =>
  world.report(world.event(minute, msisdn, country, language === undefined ? {} : { language }))
const languages = () =>
  world.engine.rows<{ msisdn: string; language: string | null }>(
    'SELECT msisdn::text, language FROM roamer ORDER BY roamer.msisdn',
  )

describe('who enters a country gets its texts', () => {
  test.each([
    [undefined, 'ko'],
    ['ko', 'ko'],
    ['ko-KR', 'ko'],
    ['kok', 'en'],
    ['en-US', 'en'],
    ['ja', 'en'],
  ])('where his language is %s in %s', async (tag, language) => {
    await world.level('JP', 3)
    await enters(0, him, 'JP', tag)
    expect(await world.texts(him)).toEqual([`JP mission ${language}`, `JP level3 ${language}`])
    expect(await languages()).toEqual([{ msisdn: him, language: tag ?? null }])
  })

  test('each in his own, where many come at once to the same places, and each variant is of one language', async () => {
    const numbers = Array.from({ length: 60 }, (_, i) => String(821_000_000_100 + i))
    const tagOf = (i: number) => ['ko', 'en', undefined][i % 3]
    const event = (msisdn: string, i: number) => {
      const tag = tagOf(i)
      const place = i % 2 === 0 ? tokyo : {}
      return world.event(0, msisdn, 'JP', { ...place, ...(tag !== undefined && { language: tag }) })
    }
    await world.report(...numbers.map(event))
    for (const [i, msisdn] of numbers.entries()) {
      const area = i % 2 === 0 ? 'JP-13' : 'JP'
      expect(await world.texts(msisdn)).toEqual([`${area} mission ${tagOf(i) ?? 'ko'}`])
    }
    const wrong = await world.engine.rows(
      `SELECT FROM broadcast_text WHERE text LIKE '% mission %' AND right(text, 2) <> language`,
    )
    expect(wrong).toEqual([])
    expect(await world.tallies()).toEqual({ sent: 60 })
  })

  test('where his network serves several countries', async () => {
    await enters(0, him, ['GP', 'MF'], 'en')
    await enters(0, her, ['GP', 'MF'])
    expect([await world.texts(him), await world.texts(her)]).toEqual([['** mission en'], ['** mission ko']])
  })

  test('in Korean where nothing of it is written in English, once, however many read either', async () => {
    await world.engine.rows(
      `INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by)
       VALUES ('flu', '{JP}', '{"ko": "flu ko"}', $1, $2, 'test')`,
      world.time(-day),
      world.time(hour),
    )
    try {
      await world.report(world.event(0, him, 'JP', { language: 'en' }), world.event(0, her, 'JP'))
      expect(await world.texts(him)).toEqual(['JP mission en', 'flu ko'])
      expect(await world.texts(her)).toEqual(['JP mission ko', 'flu ko'])
      const variants = await world.engine.rows(`
        SELECT DISTINCT broadcast_id, variant FROM message JOIN broadcast_text USING (broadcast_id, variant) WHERE text = 'flu ko'`)
      expect(variants).toHaveLength(1)
    } finally {
      await world.engine.rows(
        `INSERT INTO campaign (name, areas, texts, starts_at, ends_at, made_by)
         VALUES ('flu', '{JP}', '{}', '2026-01-01', '2026-01-02', 'test')`,
      )
    }
  })
})

describe('the language of a roamer', () => {
  test('is the one last told, by the events’ own time; who says nothing of it changes nothing', async () => {
    await enters(0, him, 'JP', 'en')
    await enters(10, him, 'CN')
    expect(await world.texts(him)).toEqual(['JP mission en', 'CN mission en'])
    await world.leave(20, him, 'CN')
    await world.report(world.event(30, him, 'KR', { language: 'ko' }))
    await enters(2 * day, him, 'JP')
    expect((await world.texts(him)).at(-1)).toBe('JP mission ko')
  })

  test('is not what a late event told', async () => {
    await enters(10, him, 'JP', 'en')
    await enters(5, him, 'CN', 'ko')
    await enters(20, him, 'CN')
    expect(await world.outcomes(him)).toEqual(['out-of-order', 'sent', 'sent'])
    expect(await world.texts(him)).toEqual(['JP mission en', 'CN mission en'])
  })

  test('follows the events’ time within one batch, and counts for the entry that it came with', async () => {
    await world.report(world.event(20, him, 'CN', { language: 'en' }), world.event(0, him, 'JP', { language: 'ko' }))
    expect(await world.texts(him)).toEqual(['JP mission ko', 'CN mission en'])
    expect(await languages()).toEqual([{ msisdn: him, language: 'en' }])
  })

  test('is no part of what tells an event: the same with another is a repeat', async () => {
    await enters(0, him, 'JP')
    await enters(0, him, 'JP', 'en')
    expect(await world.tallies()).toEqual({ sent: 1, duplicate: 1 })
  })

  test('is of nobody’s else, in a batch of some with and some without', async () => {
    await world.report(world.event(0, him, 'JP', { language: 'zh-Hant-TW' }), world.event(0, her, 'JP'))
    await world.report(world.event(1, him, 'JP'), world.event(1, her, 'JP', { language: 'ko-KR' }))
    expect(await languages()).toEqual([
      { msisdn: him, language: 'zh-Hant-TW' },
      { msisdn: her, language: 'ko-KR' },
    ])
  })
})

describe('texts that wait', () => {
  test('are in the language that is known when they are due', async () => {
    await world.policy('*', { delaySeconds: 600 })
    await enters(0, him, 'JP', 'en')
    await enters(0, her, 'JP')
    await world.report(world.event(5, her, 'JP', { event: 'location', language: 'fr' }))
    await world.at(10)
    expect([await world.texts(him), await world.texts(her)]).toEqual([['JP mission en'], ['JP mission en']])
  })
})

describe('who is told again', () => {
  test('of a level that rose is told in his language', async () => {
    await world.policy('JP', { resend: { level: true } })
    await enters(0, him, 'JP', 'en')
    await enters(0, her, 'JP')
    await world.level('JP', 3)
    expect(await world.resend.work()).toBe(2)
    expect((await world.texts(him)).slice(1)).toEqual(['JP mission en', 'JP level3 en'])
    expect((await world.texts(her)).slice(1)).toEqual(['JP mission ko', 'JP level3 ko'])
  })

  test('in the morning, too', async () => {
    await world.policy('JP', { resend: { level: true }, quiet: { from: '12:30', to: '13:30', unlessLevel: null } })
    await enters(0, him, 'JP', 'en')
    await world.at(40)
    await world.level('JP', 3)
    expect(await world.resend.work()).toBe(1)
    expect(await world.texts(him)).toHaveLength(1)
    await world.at(90)
    expect((await world.texts(him)).slice(1)).toEqual(['JP mission en', 'JP level3 en'])
  })

  test('because an alert came into force is told in his language, and the alert in its first, as all roamers are', async () => {
    await world.policy('JP', { resend: { alert: true } })
    await enters(0, him, 'JP', 'en')
    // Told before it is launched.
    await world.engine.rows(`UPDATE journey SET entered_at = now() - interval '1 hour'`)
    const { infos, ...alert } = alertOf([{ kind: 'country', iso2: 'JP' }])
    const both = ['ko', 'en'].flatMap((language) =>
      infos.map((info) => ({ ...info, language, parameter: [{ valueName: 'SMS', value: `quake ${language}` }] })),
    )
    const { broadcastId } = await world.engine.send({ ...alert, infos: both })
    expect(await new EntryResend(world.engine.select).work()).toBe(1)
    expect((await world.texts(him)).slice(1)).toEqual(['JP mission en'])
    // Late or not: selection knows no language of roamers, and who comes later is told what they were.
    await enters(1, her, 'JP', 'en')
    const told = await world.engine.rows<{ text: string; n: number }>(
      `SELECT text, count(*)::int n FROM message JOIN broadcast_text USING (broadcast_id, variant) WHERE broadcast_id = $1 GROUP BY 1`,
      broadcastId,
    )
    expect(told).toEqual([{ text: 'quake ko', n: 2 }])
  })
})
