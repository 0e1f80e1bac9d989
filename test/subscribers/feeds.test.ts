import { describe, expect, test } from 'vitest'
import { csvField } from '../../src/lib/csv-field.ts'
import { Problem } from '../../src/lib/problem.ts'
import { patienceWith } from '../../src/subscribers/feed-silence.ts'
import { IgnoredFields } from '../../src/subscribers/ignored-fields.ts'
import type { NotificationRow, RoamingNotification } from '../../src/subscribers/notification.ts'
import { readNotificationsCsv } from '../../src/subscribers/notifications-csv.ts'
import { ownSubscriber } from '../../src/subscribers/own-networks.ts'

describe('a key of home networks', () => {
  const of = (hplmn?: string): RoamingNotification => ({
    msisdn: '821012345678',
    countries: ['JP'],
    at: new Date(0),
    event: 'enter',
    ...(hplmn === undefined ? {} : { hplmn }),
  })
  const problemOf = (run: () => unknown): string => {
    try {
      run()
    } catch (error) {
      if (error instanceof Problem) return error.code
      throw error
    }
    return 'none'
  }

  test('writes of their subscribers, however the network code is padded, and of nobody else', () => {
    expect(ownSubscriber(of('45008'), ['45008', '45002'])).toEqual(of('45008'))
    expect(ownSubscriber(of('450008'), ['45008'])).toEqual(of('450008'))
    expect(problemOf(() => ownSubscriber(of('45005'), ['45008', '45002']))).toBe('foreign-hplmn')
    // 310 080 and 310 08 would be two networks, but the third digit that is no nought tells them apart anyway.
    expect(problemOf(() => ownSubscriber(of('310180'), ['31018']))).toBe('foreign-hplmn')
  })

  test('gives its network to whoever names none, if it is the only one', () => {
    expect(ownSubscriber(of(), ['45008']).hplmn).toBe('45008')
    expect(problemOf(() => ownSubscriber(of(), ['45008', '45002']))).toBe('missing-hplmn')
  })

  test('of all networks takes each as it is', () => {
    expect(ownSubscriber(of(), null)).toEqual(of())
    expect(ownSubscriber(of('45005'), null)).toEqual(of('45005'))
  })
})

describe('a CSV of notifications', () => {
  const read = async (text: string | Buffer, ignored = new IgnoredFields()): Promise<NotificationRow[]> => {
    const rows: NotificationRow[] = []
    const bytes = async function* () {
      yield Buffer.from(text as string)
    }
    for await (const row of readNotificationsCsv(bytes(), ignored)) rows.push(row)
    return rows
  }
  const thrown = async (text: string | Buffer) => (await read(text).catch((error: Problem) => error)) as Problem

  test('has its columns in any order, and takes what is empty for left out', async () => {
    const rows = await read(
      '\ufeffevent,at,msisdn,country,vplmn,lat,lon,radius,id,hplmn\r\n' +
        'enter,2026-11-21T03:04:05Z,+821012345678,jp,44010,35.68,139.77,2000,"e,1",45008\r\n' +
        'leave,2026-11-22T03:04:05Z,821012345678,JP,,,,,,\r\n',
    )
    expect(rows).toEqual([
      {
        line: 2,
        notification: {
          id: 'e,1',
          msisdn: '821012345678',
          hplmn: '45008',
          vplmn: '44010',
          countries: ['JP'],
          at: new Date('2026-11-21T03:04:05Z'),
          event: 'enter',
          lat: 35.68,
          lon: 139.77,
          radiusM: 2000,
        },
      },
      {
        line: 3,
        notification: {
          msisdn: '821012345678',
          countries: ['JP'],
          at: new Date('2026-11-22T03:04:05Z'),
          event: 'leave',
        },
      },
    ])
  })

  test('may tell the language, row by row', async () => {
    const rows = await read(
      'msisdn,event,at,country,language\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP,en_US\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP,\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP,English\n',
    )
    expect(rows).toMatchObject([
      { line: 2, notification: { language: 'en-US' } },
      { line: 3, notification: { countries: ['JP'] } },
      { line: 4, problem: { code: 'bad-language', where: 'language' } },
    ])
    expect(rows[1]).not.toHaveProperty('notification.language')
  })

  test('names columns that it does not know and reads on', async () => {
    const ignored = new IgnoredFields()
    const rows = await read('msisdn,event,at,country,imei\n821012345678,enter,2026-11-21T03:04:05Z,JP,35\n', ignored)
    expect(rows).toMatchObject([{ line: 2, notification: { countries: ['JP'] } }])
    expect(ignored.names).toEqual(['imei'])
  })

  test('tells the line and the column of what is wrong', async () => {
    const rows = await read(
      'msisdn,event,at,country,lat,lon\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP,north,139\n' +
        '8.21012E+11,enter,2026-11-21T03:04:05Z,JP,,\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP\n' +
        '821012345678,enter,2026-11-21T03:04:05Z,JP,,\n',
    )
    expect(rows).toMatchObject([
      { line: 2, problem: { code: 'bad-number', where: 'lat' } },
      { line: 3, problem: { code: 'bad-msisdn' } },
      { line: 4, problem: { code: 'csv-columns' } },
      { line: 5, notification: { event: 'enter' } },
    ])
  })

  test('without the columns that are needed, in UTF-16 or empty is refused as a whole', async () => {
    expect((await thrown('msisdn,event\n')).line).toContain('The column "at" is missing')
    expect((await thrown('msisdn;event;at\n')).code).toBe('csv-separator')
    expect((await thrown(Buffer.from('\ufeffmsisdn,event,at\n', 'utf16le'))).code).toBe('not-utf8')
    expect((await thrown('')).code).toBe('file-empty')
  })
})

describe('a feed is silent', () => {
  const hours = (...n: number[]) => n.map((one) => one * 3600)

  test('when its key says so, else the setting, else after an hour', () => {
    expect(patienceWith(90_000, 5_000, hours(1, 1, 1))).toEqual({ ms: 90_000, by: 'key' })
    expect(patienceWith(null, 5_000, hours(1, 1, 1))).toEqual({ ms: 5_000, by: 'setting' })
    expect(patienceWith(null, undefined, hours(1, 1))).toEqual({ ms: 3_600_000, by: 'default' })
  })

  test('after three times the longest silence of an ordinary day, once that is known', () => {
    expect(patienceWith(null, undefined, hours(1, 1, 1))).toEqual({ ms: 3 * 3_600_000, by: 'learned' })
    // A failure of a day, last week, excuses nothing.
    expect(patienceWith(null, undefined, hours(1, 23, 1, 1)).ms).toBe(3 * 3_600_000)
    expect(patienceWith(null, undefined, [2, 3, 4]).ms).toBe(600_000)
    expect(patienceWith(null, undefined, hours(20, 20, 20)).ms).toBe(86_400_000)
  })
})

test('a field of CSV is never a formula, and keeps its quotes', () => {
  expect(['=1+1', '+82', '-1', '@x', '\tx', 'a,b', 'a"b', 'two\nlines', '35'].map(csvField)).toEqual([
    "'=1+1",
    "'+82",
    "'-1",
    "'@x",
    "'\tx",
    '"a,b"',
    '"a""b"',
    '"two\nlines"',
    '35',
  ])
})
