import { describe, expect, test } from 'vitest'
import { cellOf } from '../../src/geo/cells.ts'
import { loadCountries } from '../../src/geo/countries.ts'
import { Problem } from '../../src/lib/problem.ts'
import { parseResident, type ResidentRecord } from '../../src/subscribers/resident.ts'
import { type ResidentRow, readResidents } from '../../src/subscribers/residents-file.ts'

const countries = loadCountries()
const osaka: ResidentRecord = {
  msisdn: '+81 90 1234 5678',
  mission: 'kr-osaka',
  country: 'jp',
  lat: '34.6937',
  lon: '135.5023',
}

function refusal(record: ResidentRecord): Problem {
  try {
    parseResident(record, countries)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('was not refused')
}

describe('a resident', () => {
  test('is read with everything that the row has', () => {
    const record = {
      ...osaka,
      address: ' Nakazaki, Kita-ku ',
      language: 'zh-hant',
      name_ref: 'P-17',
      registered_at: '2024-02-29',
    }
    expect(parseResident(record, countries)).toEqual({
      resident: {
        msisdn: '819012345678',
        mission: 'kr-osaka',
        country: 'JP',
        lon: 135.5023,
        lat: 34.6937,
        cell: cellOf(135.5023, 34.6937),
        address: 'Nakazaki, Kita-ku',
        language: 'zh-Hant',
        nameRef: 'P-17',
        registeredAt: new Date('2024-02-29T00:00:00Z'),
      },
      warnings: [],
    })
  })

  test('needs no place, and with a place no country', () => {
    const { resident } = parseResident({ ...osaka, lat: '', lon: '' }, countries)
    expect(resident).toEqual({ msisdn: '819012345678', mission: 'kr-osaka', country: 'JP' })
    expect(parseResident({ ...osaka, country: '' }, countries).resident.country).toBe('JP')
  })

  test.each([
    [{ mission: '' }, 'missing-field', 'mission'],
    [{ msisdn: '' }, 'missing-field', 'msisdn'],
    [{ msisdn: '+81 90 12' }, 'bad-msisdn', 'msisdn'],
    [{ country: 'Japan' }, 'unknown-country', 'country'],
    [{ country: '', lat: '', lon: '' }, 'missing-field', 'country'],
    [{ lat: '34,6937' }, 'bad-number', 'lat'],
    [{ lat: '' }, 'half-a-place', 'lat'],
    [{ lat: '91', lon: '200' }, 'off-the-globe', 'lat, lon'],
    [{ language: 'not a tag' }, 'bad-language', 'language'],
    [{ registered_at: '2023-02-29' }, 'bad-time', 'registered_at'],
    [{ address: { street: 'x' } }, 'bad-field', 'address'],
  ])('with %j is refused: %s at %s', (change, code, where) => {
    const problem = refusal({ ...osaka, ...change })
    expect([problem.code, problem.where]).toEqual([code, where])
  })

  test('with lat and lon exchanged is refused where that leaves the globe, and warned of where it does not', () => {
    expect(refusal({ ...osaka, lat: '135.5023', lon: '34.6937' }).hint).toMatch(/swapped/)
    const paris = { msisdn: '+33612345678', mission: 'kr-paris', country: 'FR', lat: 2.35, lon: 48.85 }
    expect(parseResident(paris, countries).warnings).toEqual([
      'The place is at sea, not in FR; latitude and longitude look swapped.',
    ])
  })

  test('across a border is taken with a warning, within 10 km of it without', () => {
    const basel = { msisdn: '+41791234567', mission: 'kr-bern', country: 'CH' }
    expect(parseResident({ ...basel, lat: 47.59, lon: 7.65 }, countries).warnings).toEqual([])
    const far = parseResident({ ...basel, lat: 47.99, lon: 7.85 }, countries)
    expect(far.warnings).toEqual(['The place is in DE, not in CH.'])
    expect(far.resident.country).toBe('CH')
  })
})

async function* bytes(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? new TextEncoder().encode(part) : part
}

async function rows(
  source: AsyncIterable<Uint8Array>,
  format: 'csv' | 'ndjson' | 'auto' = 'auto',
): Promise<ResidentRow[]> {
  const all: ResidentRow[] = []
  for await (const row of readResidents(source, format, countries)) all.push(row)
  return all
}

const brief = (row: ResidentRow) =>
  'problem' in row ? `${row.line} ${row.problem.code}` : `${row.line} ${row.resident.msisdn}`

const header = 'msisdn,mission,country,lat,lon,address,language,name_ref,registered_at'
const row = (n: number, more = '34.69,135.5,,ko,,') => `+8190123456${String(n).padStart(2, '0')},kr-osaka,JP,${more}`

describe('a file of residents', () => {
  test('gives the good rows and names line and reason of the bad ones', async () => {
    const broken = Uint8Array.from([
      ...new TextEncoder().encode(row(2, '34.69,135.5,')),
      0xb0,
      0xa1,
      0x2c,
      0x2c,
      0x2c,
      10,
    ])
    const found = await rows(
      bytes(
        `${header}\r\n${row(1)}\r\n`,
        broken,
        `${row(3, 'north,135.5,,,,')}\n${row(4, '95,300,,,,')}\n`,
        `\n${row(5, '34.69,135.5,Kita, Osaka,,,')}\n${row(1)}\n${row(6, '34.69,135.5,"Kita, ""Osaka""\nApt 2",,,')}\n${row(7)}`,
      ),
    )
    expect(found.map(brief)).toEqual([
      '2 819012345601',
      '3 not-utf8',
      '4 bad-number',
      '5 off-the-globe',
      '7 csv-columns',
      '8 duplicate-msisdn',
      '9 819012345606',
      '11 819012345607',
    ])
    const quoted = found[6] as ResidentRow & { resident: { address: string } }
    expect(quoted.resident.address).toBe('Kita, "Osaka"\nApt 2')
    const twice = found[5] as { problem: Problem }
    expect(twice.problem.message).toBe('8190******01 was on line 2 already')
  })

  test('loses one line to a quote that is never closed, not the rest', async () => {
    const lines = [header, row(1, '34.69,135.5,"Kita,,,')]
    for (let n = 2; n < 60; n++) lines.push(row(n))
    const found = await rows(bytes(lines.join('\n')))
    expect(found.map(brief).slice(0, 2)).toEqual(['2 csv-quote', '3 819012345602'])
    expect(found).toHaveLength(59)
    const near = await rows(bytes([header, row(1, '34.69,135.5,"Kita,,,'), row(2), row(3)].join('\n')))
    expect(near.map(brief)).toEqual(['2 csv-quote', '3 819012345602', '4 819012345603'])
    expect((await rows(bytes(`${header}\n${row(1, '34.69,135.5,Ki"ta",,,')}\n${row(2)}`))).map(brief)).toEqual([
      '2 csv-quote',
      '3 819012345602',
    ])
  })

  test('is cut right wherever the chunks fall, with and without BOM', async () => {
    const text = `\ufeff${header}\r\n${row(1, '34.69,135.5,"서울, 집",ko,,')}\r\n${row(2)}\r\n`
    const whole = new TextEncoder().encode(text)
    for (let cut = 1; cut < whole.length; cut += 7) {
      const found = await rows(bytes(whole.subarray(0, cut), whole.subarray(cut)))
      expect(found.map(brief)).toEqual(['2 819012345601', '3 819012345602'])
      expect((found[0] as { resident: { address: string } }).resident.address).toBe('서울, 집')
    }
  })

  test('with columns in another order, the optional ones left out and empty lines is read', async () => {
    expect((await rows(bytes('Country, MISSION ,msisdn\r\n\r\nJP,kr-osaka,+819012345678\r\n\r\n'))).map(brief)).toEqual(
      ['3 819012345678'],
    )
  })

  test.each([
    [
      'msisdn,mision,country,latitude\n',
      /mission/,
      ['mision" is unknown', 'latitude" is unknown', 'mission" is missing'],
    ],
    ['msisdn,msisdn,mission,country\n', /msisdn/, ['msisdn" comes twice']],
  ])('with the header %j is refused whole', async (text, hint, details) => {
    const problem = await rows(bytes(text)).then(
      () => undefined,
      (error: unknown) => error as Problem,
    )
    expect(problem?.code).toBe('csv-header')
    expect(problem?.where).toBe('line 1')
    expect(problem?.line).toMatch(hint)
    expect(problem?.details).toHaveLength(details.length)
    for (const [i, detail] of details.entries()) expect(problem?.details[i]?.message).toContain(detail)
  })

  test('says which known column a mistyped one is near', async () => {
    await expect(rows(bytes('msisdn,mission,country,adress\n'))).rejects.toMatchObject({
      details: [{ hint: 'Did you mean "address"?' }],
    })
  })

  test('in another encoding, with another separator or empty is refused with the reason', async () => {
    await expect(rows(bytes(Uint8Array.from([0xff, 0xfe, 0x6d, 0])))).rejects.toMatchObject({ message: /UTF-16/ })
    await expect(rows(bytes(header.replaceAll(',', ';')))).rejects.toMatchObject({ code: 'csv-separator' })
    await expect(rows(bytes())).rejects.toMatchObject({ code: 'file-empty' })
    await expect(rows(bytes('\n\n'))).rejects.toMatchObject({ code: 'file-empty' })
  })

  test('as NDJSON is known by its first character', async () => {
    const good = { msisdn: '+819012345678', mission: 'kr-osaka', country: 'JP', lat: 34.69, lon: 135.5 }
    const found = await rows(
      bytes(
        `${JSON.stringify(good)}\nnot json\n[1]\n\n${JSON.stringify({ ...good, lattitude: 1 })}\n${JSON.stringify({ ...good, lon: '200' })}`,
      ),
    )
    expect(found.map(brief)).toEqual([
      '1 819012345678',
      '2 bad-json',
      '3 bad-json',
      '5 unknown-field',
      '6 off-the-globe',
    ])
  })

  test('passes over a line without end and goes on', async () => {
    const long = 'x'.repeat(200_000)
    const found = await rows(bytes(`${header}\n${row(1)}\n`, long, long, `\n${row(2)}\n`))
    expect(found.map(brief)).toEqual(['2 819012345601', '3 line-too-long', '4 819012345602'])
  })

  test('is read no faster than its rows are taken', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode(`${header}\n`)
      for (;;) {
        given++
        yield new TextEncoder().encode(`${row(given % 100)}\n`)
      }
    }
    let taken = 0
    for await (const _ of readResidents(endless(), 'csv', countries)) if (++taken === 50) break
    expect(given).toBeLessThanOrEqual(52)
  })

  test('remembers every number of a large file', async () => {
    async function* many(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('msisdn,mission,country\n')
      for (let n = 0; n < 20_000; n++) {
        yield new TextEncoder().encode(`+8190${10_000_000 + n * 3},kr-osaka,JP\n`)
      }
      yield new TextEncoder().encode('+819010000003,kr-osaka,JP\n')
    }
    const found = await rows(many())
    expect(found.filter((one) => 'problem' in one).map(brief)).toEqual(['20002 duplicate-msisdn'])
    expect((found.at(-1) as { problem: Problem }).problem.message).toMatch(/was on line 3 already/)
  })
})
