import { describe, expect, it } from 'vitest'
import { type AcceptContext, acceptAlert, needsArea } from '../../src/alerts/accept.ts'
import { ZONE_GEOCODE } from '../../src/alerts/area.ts'
import type { Alert, Area, Info } from '../../src/alerts/model.ts'
import { demoCap, detailsOf, problemOf, SENT, sample, sampleInfo } from './sample.ts'

const refusals = (alert: Alert, context: Partial<AcceptContext> = {}) =>
  detailsOf(() => acceptAlert(alert, { now: SENT, ...context }))
const warnings = (alert: Alert, context: Partial<AcceptContext> = {}) =>
  acceptAlert(alert, { now: SENT, ...context }).map(({ code, where }) => [code, where])
const inArea = (area: Partial<Area>) => sample({}, { areas: [{ areaDesc: 'a', shapes: [], geocode: [], ...area }] })
const earlier = { sender: 'alerts@bongsu.example', identifier: 'noto-0', sent: '2024-01-01T16:11:00+09:00' }
const correction = (msgType: Alert['msgType'], info: Partial<Info> = {}) =>
  sample({ msgType, references: [earlier] }, info)

describe('what may be launched', () => {
  it('takes an Actual, an Exercise and a Test alert', () => {
    for (const status of ['Actual', 'Exercise', 'Test'] as const) expect(warnings(sample({ status }))).toEqual([])
  })

  it.each(['noto-alert', 'noto-update', 'noto-all-clear'])('takes %s', (name) => {
    const alert = demoCap(name)
    expect(acceptAlert(alert, { now: Date.parse(alert.sent) })).toEqual([])
  })

  it.each(['System', 'Draft'] as const)('refuses the status %s', (status) => {
    expect(refusals(sample({ status }))).toContainEqual(['status-not-launchable', '/status'])
  })

  it.each(['Ack', 'Error'] as const)('refuses the msgType %s', (msgType) => {
    expect(refusals(sample({ msgType }))).toEqual([['msg-type-not-launchable', '/msgType']])
  })

  it.each(['Restricted', 'Private'] as const)('refuses the scope %s', (scope) => {
    expect(refusals(sample({ scope }))).toEqual([['scope-not-public', '/scope']])
  })

  it('names all reasons at once, in a Problem of status 422', () => {
    const alert = sample({ status: 'Draft', msgType: 'Update' }, { areas: [], expires: '2023-01-01T00:00:00+09:00' })
    const error = problemOf(() => acceptAlert(alert, { now: SENT }))
    expect([error.code, error.status]).toEqual(['alert-refused', 422])
    expect(error.details.map(({ code }) => code)).toEqual([
      'status-not-launchable',
      'references-missing',
      'expires-past',
      'area-missing',
    ])
  })
})

describe('times', () => {
  it('needs an expires in every info', () => {
    const { expires: _, ...info } = sampleInfo({ language: 'en' })
    expect(refusals(sample({ infos: [sampleInfo(), info] }))).toEqual([['expires-missing', '/infos/1/expires']])
  })

  it('refuses from the very moment of expires on', () => {
    const expires = Date.parse(sampleInfo().expires as string)
    expect(warnings(sample(), { now: expires - 1 })).toEqual([])
    expect(refusals(sample(), { now: expires })).toEqual([['expires-past', '/infos/0/expires']])
  })

  it('says of an expires in the past that it is past, and what the time is now, whenever it says that it is sent', () => {
    for (const sent of ['2023-12-31T23:00:00-00:00', '2024-01-01T07:10:00-00:00']) {
      const alert = sample({ sent }, { expires: '2024-01-01T07:00:00-00:00' })
      const [found] = problemOf(() => acceptAlert(alert, { now: SENT })).details
      expect(found).toMatchObject({
        code: 'expires-past',
        message: 'It expires in the past, at 2024-01-01T07:00:00Z (now is 2024-01-01T07:12:00Z)',
        hint: 'Give a later one: nothing is sent after it.',
      })
    }
  })

  it.each([
    ['sent', {}],
    ['effective', { expires: '2024-01-01T16:30:00+09:00', effective: '2024-01-01T16:30:00+09:00' }],
  ])('refuses to expire before %s', (name, info) => {
    const alert = sample({}, { expires: '2024-01-01T16:12:00+09:00', ...info })
    const before = { now: SENT - 60_000 }
    expect(refusals(alert, before)).toEqual([['time-order', '/infos/0/expires']])
    expect(problemOf(() => acceptAlert(alert, before)).details[0]?.message).toContain(`not after ${name}`)
  })

  it('lets the clock of the sender be ten minutes ahead, no more', () => {
    expect(warnings(sample(), { now: SENT - 600_000 })).toEqual([])
    expect(refusals(sample(), { now: SENT - 600_001 })).toEqual([['sent-in-future', '/sent']])
  })

  it('warns of an alert that expires before it begins, as storm warnings of the day before do', () => {
    const alert = sample({}, { expires: '2024-01-01T16:30:00+09:00', onset: '2024-01-01T17:00:00+09:00' })
    expect(warnings(alert)).toEqual([['expires-before-onset', '/infos/0/expires']])
  })

  it('takes an onset before sent, as every earthquake has', () => {
    expect(warnings(sample({}, { onset: '2024-01-01T16:10:00+09:00' }))).toEqual([])
  })

  it('warns of an effective before sent or still to come', () => {
    expect(warnings(sample({}, { effective: '2024-01-01T16:11:00+09:00' }))).toEqual([
      ['effective-before-sent', '/infos/0/effective'],
    ])
    expect(warnings(sample({}, { effective: '2024-01-01T18:00:00+09:00' }))).toEqual([
      ['not-yet-effective', '/infos/0/effective'],
    ])
  })
})

describe('references', () => {
  it.each(['Update', 'Cancel'] as const)('%s needs one', (msgType) => {
    expect(refusals(sample({ msgType }))).toEqual([['references-missing', '/references']])
    expect(warnings(correction(msgType))).toEqual([])
  })

  it('refuses a reference to itself, however its time is written', () => {
    const itself = { ...earlier, identifier: 'noto-1', sent: '2024-01-01T07:12:00-00:00' }
    expect(refusals(sample({ msgType: 'Update', references: [earlier, itself] }))).toEqual([
      ['references-itself', '/references/1'],
    ])
  })
})

describe('texts', () => {
  it('needs an info, also in a Cancel', () => {
    expect(refusals({ ...correction('Cancel'), infos: [] })).toEqual([['alert-without-text', '/infos']])
  })

  it('needs a text in every info', () => {
    const { headline: _, instruction: __, ...info } = sampleInfo({ language: 'en' })
    expect(refusals(sample({ infos: [sampleInfo(), info] }))).toEqual([['alert-without-text', '/infos/1']])
  })

  it('refuses two SMS parameters in one info', () => {
    const parameter = ['a', 'b'].map((value) => ({ valueName: 'SMS', value }))
    expect(refusals(sample({}, { parameter }))).toEqual([['text-ambiguous', '/infos/0/parameter']])
  })

  it('refuses two texts in one language, and takes the same text twice', () => {
    const infos = (headline: string) => [sampleInfo({ language: 'en' }), sampleInfo({ language: 'EN', headline })]
    expect(refusals(sample({ infos: infos('other') }))).toEqual([['language-twice', '/infos/1']])
    expect(warnings(sample({ infos: infos(sampleInfo().headline as string) }))).toEqual([])
  })
})

describe('areas', () => {
  it('refuses an alert without any, and never takes the country instead', () => {
    expect(refusals(sample({}, { areas: [] }))).toEqual([['area-missing', '/infos']])
    expect(refusals(inArea({}))).toEqual([['area-empty', '/infos/0/areas/0']])
  })

  it('does not let one good area hide an empty one', () => {
    const [good] = sampleInfo().areas
    const areas = [good as Area, { areaDesc: 'b', shapes: [], geocode: [] }]
    expect(refusals(sample({}, { areas }))).toEqual([['area-empty', '/infos/0/areas/1']])
  })

  it('asks for none in a Cancel and in an all-clear', () => {
    expect(warnings(correction('Cancel', { areas: [] }))).toEqual([])
    expect(warnings(correction('Update', { areas: [], responseType: ['AllClear'] }))).toEqual([])
    expect(refusals(correction('Update', { areas: [] }))).toEqual([['area-missing', '/infos']])
    expect(needsArea(sample({}, { responseType: ['AllClear'] }))).toBe(true)
  })

  it('refuses an all-clear in some languages only', () => {
    const infos = [sampleInfo({ responseType: ['AllClear'] }), sampleInfo({ language: 'en' })]
    expect(refusals({ ...correction('Update'), infos })).toEqual([['all-clear-differs', '/infos']])
  })

  it.each([
    ['SAME', '006037'],
    ['ISO 3166-1', 'ZZ'],
  ])('refuses the geocode %s %s without a shape', (valueName, value) => {
    expect(refusals(inArea({ geocode: [{ valueName, value }] }))).toEqual([
      ['geocode-without-shape', '/infos/0/areas/0'],
    ])
  })

  it.each([
    ['ISO 3166-2', 'JP-17'],
    ['http://www.iso.org/iso/country_codes.html', 'AU-NSW'],
  ])('refuses the region %s %s that was not looked up', (valueName, value) => {
    expect(refusals(inArea({ geocode: [{ valueName, value }] }))).toEqual([['zone-not-resolved', '/infos']])
  })

  it.each([
    ['ISO 3166-1', 'JP'],
    ['ISO3166-1-alpha-2', 'jp'],
    ['iso_3166_1_alpha_3', 'JPN'],
    ['ISO 3166', '392'],
    ['country', 'JP'],
  ])('takes the country %s %s', (valueName, value) => {
    expect(warnings(inArea({ geocode: [{ valueName, value }] }))).toEqual([])
  })

  it('does not take a country that another geocode may narrow', () => {
    const geocode = [
      { valueName: 'ISO 3166-1', value: 'JP' },
      { valueName: 'JMA', value: '1700000' },
    ]
    expect(refusals(inArea({ geocode }))).toEqual([['geocode-without-shape', '/infos/0/areas/0']])
  })

  it('refuses a zone that was not looked up, also beside a shape', () => {
    const geocode = [{ valueName: ZONE_GEOCODE, value: 'noto-2024' }]
    const shapes = sampleInfo().areas[0]?.shapes as Area['shapes']
    expect(refusals(inArea({ geocode, shapes }))).toEqual([['zone-not-resolved', '/infos']])
  })

  it('refuses areas that differ by language, and takes an info without any', () => {
    const other = { areaDesc: 'b', shapes: [{ kind: 'country', iso2: 'JP' } as const], geocode: [] }
    const infos = [sampleInfo(), sampleInfo({ language: 'en', areas: [] })]
    expect(warnings(sample({ infos }))).toEqual([])
    infos.push(sampleInfo({ language: 'ja', areas: [other] }))
    expect(refusals(sample({ infos }))).toEqual([['area-differs', '/infos/2/areas']])
  })
})

describe('latitude and longitude in the wrong order', () => {
  /** France as a box; the sea is everywhere else. */
  const countryAt = (lon: number, lat: number) => (lon > -5 && lon < 8 && lat > 42 && lat < 51 ? 'FR' : undefined)
  const paris = { kind: 'circle', lon: 2.35, lat: 48.85, radiusKm: 20 } as const
  const swapped = { kind: 'circle', lon: 48.85, lat: 2.35, radiusKm: 20 } as const
  const france = [{ valueName: 'ISO 3166-2', value: 'FR-75' }]

  it('is refused where the geocode names the country', () => {
    expect(warnings(inArea({ shapes: [paris], geocode: france }), { countryAt })).toEqual([])
    expect(refusals(inArea({ shapes: [swapped], geocode: france }), { countryAt })).toEqual([
      ['lat-lon-swapped', '/infos/0/areas/0'],
    ])
  })

  it('is asked about where only the mirror lies on land', () => {
    const suspect = [['lat-lon-suspect', '/infos/0/areas/0']]
    expect(warnings(inArea({ shapes: [paris] }), { countryAt })).toEqual([])
    expect(refusals(inArea({ shapes: [swapped] }), { countryAt })).toEqual(suspect)
    expect(warnings(inArea({ shapes: [swapped] }), { countryAt, areaConfirmed: true })).toEqual(suspect)
  })

  it.each([
    ['in English', { areaDesc: 'Paris and around, France' }],
    ['in Korean', { areaDesc: '프랑스 파리' }],
    ['by a code of Europe', { geocode: [{ valueName: 'EMMA_ID', value: 'FR101' }] }],
  ])('is asked about where the mirror touches the country that is named %s', (_, area) => {
    const onLand = (lon: number, lat: number) => countryAt(lon, lat) ?? 'SO'
    expect(warnings(inArea({ shapes: [paris], ...area }), { countryAt: onLand })).toEqual([])
    expect(refusals(inArea({ shapes: [swapped], ...area }), { countryAt: onLand })).toEqual([
      ['lat-lon-suspect', '/infos/0/areas/0'],
    ])
  })

  it('is asked about of shapes that are put together', () => {
    const minus = [{ ...swapped, radiusKm: 1 }]
    const shapes = [{ kind: 'buffer', of: { kind: 'difference', of: swapped, minus }, metres: 100 } as const]
    expect(refusals(inArea({ shapes: shapes as unknown as Area['shapes'] }), { countryAt })).toEqual([
      ['lat-lon-suspect', '/infos/0/areas/0'],
    ])
  })

  it('is not asked about of a storm at sea off the coast that is named', () => {
    const geocode = [{ valueName: 'UGC', value: 'AMZ651' }]
    const shapes = [{ kind: 'circle', lon: -80, lat: 25, radiusKm: 20 } as const]
    expect(warnings(inArea({ shapes, geocode }), { countryAt })).toEqual([])
  })

  it('takes an American code for any of the territories', () => {
    const geocode = [{ valueName: 'SAME', value: '072127' }]
    const shapes = [{ kind: 'circle', lon: -66, lat: 18, radiusKm: 20 } as const]
    expect(warnings(inArea({ shapes, geocode }), { countryAt: () => 'PR' })).toEqual([])
    expect(refusals(inArea({ shapes, geocode }), { countryAt: () => 'DO' })).toEqual([
      ['area-outside-country', '/infos/0/areas/0'],
    ])
  })

  it('is not assumed of an area that lies elsewhere either way', () => {
    const elsewhere = {
      kind: 'polygon',
      rings: [
        [
          [60, 10],
          [61, 10],
          [61, 11],
          [60, 10],
        ],
      ],
    } as const
    const shapes = [elsewhere] as unknown as Area['shapes']
    expect(refusals(inArea({ shapes, geocode: france }), { countryAt })).toEqual([
      ['area-outside-country', '/infos/0/areas/0'],
    ])
    expect(warnings(inArea({ shapes }), { countryAt })).toEqual([])
  })
})
