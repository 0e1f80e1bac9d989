import { describe, expect, test } from 'vitest'
import { Problem } from '../../src/lib/problem.ts'
import { parseNotification, readNotifications } from '../../src/subscribers/notification.ts'

const full = {
  msisdn: '821012345678',
  hplmn: '45008',
  vplmn: '44010',
  country: 'JP',
  at: '2026-11-21T03:04:05Z',
  event: 'enter',
  lat: 35.68,
  lon: 139.77,
  radius: 2000,
}

function refusal(value: unknown): Problem {
  try {
    parseNotification(value)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('a roaming notification', () => {
  test('with a NUL character is refused by its field: the database would refuse its whole batch', () => {
    expect(refusal({ ...full, id: 'a\0b' })).toMatchObject({ code: 'bad-field', where: 'id' })
  })

  test('is read whole', () => {
    expect(parseNotification({ ...full, id: 'e-1', carrierSays: 'hello' })).toEqual({
      id: 'e-1',
      msisdn: '821012345678',
      hplmn: '45008',
      vplmn: '44010',
      countries: ['JP'],
      at: new Date('2026-11-21T03:04:05Z'),
      event: 'enter',
      lon: 139.77,
      lat: 35.68,
      radiusM: 2000,
    })
  })

  test('has the subscriber’s language in its one form, and none where the sender does not know it', () => {
    const languages = ['ko', 'kor_KR', 'KO-kr', 'zh_hant_tw', 'eng', 'und', 'und-KR', '', ' en ', null]
    expect(languages.map((language) => parseNotification({ ...full, language }).language)).toEqual([
      ...['ko', 'ko-KR', 'ko-KR', 'zh-Hant-TW', 'en', undefined, undefined, undefined, 'en', undefined],
    ])
  })

  test('with digits as numbers and a + is the same', () => {
    const { lat, lon, radius, ...bare } = full
    expect(parseNotification({ ...bare, hplmn: 45008, msisdn: '+821012345678' })).toEqual({
      ...parseNotification(bare),
    })
  })

  test('believes the country before the network, and takes the network’s candidates without it', () => {
    expect(parseNotification({ ...full, country: 'GU', vplmn: '310260' }).countries).toEqual(['GU'])
    expect(parseNotification({ ...full, country: undefined, vplmn: '34001' }).countries).toEqual([
      'BL',
      'GF',
      'GP',
      'MF',
      'MQ',
    ])
  })

  test('from a ship has no country; from a network nobody knows it needs a country or a place', () => {
    const { country, lat, lon, radius, ...bare } = full
    expect(parseNotification({ ...bare, vplmn: '90112' }).countries).toEqual([])
    expect(refusal({ ...bare, vplmn: '70099' }).code).toBe('unknown-network')
    expect(parseNotification({ ...bare, vplmn: '70099', lat, lon }).countries).toEqual([])
  })

  test.each([
    [{ msisdn: undefined }, 'missing-field', 'msisdn'],
    [{ msisdn: '010-1234' }, 'bad-msisdn', 'msisdn'],
    [{ at: undefined }, 'missing-field', 'at'],
    [{ at: '2026-11-21T03:04:05' }, 'bad-time', 'at'],
    [{ at: '2026-02-30T03:04:05Z' }, 'bad-time', 'at'],
    [{ at: '1970-01-01T00:00:00Z' }, 'bad-time', 'at'],
    [{ event: 'arrived' }, 'bad-notification', 'event'],
    [{ event: undefined }, 'bad-notification', 'event'],
    [{ country: 'Japan' }, 'unknown-country', 'country'],
    [{ country: undefined, vplmn: undefined }, 'missing-field', 'country'],
    [{ vplmn: '440-10' }, 'bad-plmn', 'vplmn'],
    [{ lat: undefined }, 'half-a-place', 'lat'],
    [{ lat: '35.68' }, 'bad-number', 'lat'],
    [{ lat: 139.77, lon: 35.68 }, 'off-the-globe', 'lat, lon'],
    [{ radius: -1 }, 'bad-number', 'radius'],
    [{ language: 'Korean' }, 'bad-language', 'language'],
    [{ language: 'k' }, 'bad-language', 'language'],
    [{ language: 'ko, en' }, 'bad-language', 'language'],
    [
      { language: `ko-x-${'a1'.repeat(4)}-${'a1'.repeat(4)}-${'a1'.repeat(4)}-${'a1'.repeat(4)}` },
      'bad-language',
      'language',
    ],
    [{ language: 410 }, 'bad-field', 'language'],
  ])('with %j is refused: %s at %s', (change, code, where) => {
    const problem = refusal({ ...full, ...change })
    expect([problem.code, problem.where]).toEqual([code, where])
    expect(problem.line).not.toContain('821012345678')
  })

  test('that is no object is refused', () => {
    for (const value of [null, [], 'x', 1]) expect(refusal(value).code).toBe('bad-notification')
  })
})

test('a stream gives the good lines and names the bad ones', async () => {
  async function* stream(): AsyncGenerator<Uint8Array> {
    const good = JSON.stringify(full)
    yield new TextEncoder().encode(`\ufeff${good}\r\n{"msisdn":\n\n${good.slice(0, 20)}`)
    yield new TextEncoder().encode(`${good.slice(20)}\n`)
    yield Uint8Array.from([0x7b, 0xff, 0x7d, 10])
  }
  const found: string[] = []
  for await (const row of readNotifications(stream())) {
    found.push(`${row.line} ${'problem' in row ? row.problem.code : row.notification.countries}`)
  }
  expect(found).toEqual(['1 JP', '2 bad-json', '4 JP', '5 not-utf8'])
})
