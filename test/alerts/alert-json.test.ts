import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { parseAlertJson } from '../../src/alerts/alert-json.ts'
import { alertSchema } from '../../src/alerts/alert-schema.ts'
import { zoneIds } from '../../src/alerts/zones.ts'
import { formKeyword } from '../../src/lib/schema-hint.ts'
import { demoCap, detailsOf, problemOf, sample } from './sample.ts'

const ring = [
  [136.7, 37],
  [137, 37],
  [137, 37.3],
  [136.7, 37],
]

// biome-ignore lint/suspicious/noExplicitAny: input of any form is what is tested
function small(area: unknown = { areaDesc: 'a', shapes: [{ kind: 'country', iso2: 'JP' }] }): any {
  const info = { language: 'ko', event: '지진', urgency: 'Immediate', severity: 'Extreme', certainty: 'Observed' }
  return { status: 'Actual', infos: [{ ...info, expires: '2024-01-02T00:00:00Z', areas: [area] }] }
}

const defaults = { identifier: 'n-1', sender: 'desk', sent: '2024-01-01T00:00:00Z' }
const shapesOf = (...shapes: unknown[]) =>
  parseAlertJson(small({ areaDesc: 'a', shapes }), defaults).alert.infos[0]?.areas[0]?.shapes

describe('reading our own JSON', () => {
  it('takes the model itself as it is', () => {
    for (const alert of [sample(), demoCap('noto-update')]) {
      expect(parseAlertJson(JSON.parse(JSON.stringify(alert)))).toEqual({ alert, rules: {}, notes: [] })
    }
  })

  it('fills in what the server knows and what has a default', () => {
    const { alert } = parseAlertJson(small(), defaults)
    expect(alert).toMatchObject({
      identifier: 'n-1',
      sender: 'desk',
      msgType: 'Alert',
      scope: 'Public',
      references: [],
    })
    expect(alert.sent).toBe('2024-01-01T00:00:00-00:00')
    expect(alert.infos[0]).toMatchObject({ category: ['Safety'], parameter: [], expires: '2024-01-02T00:00:00-00:00' })
    expect(detailsOf(() => parseAlertJson(small()))).toEqual([
      ['json-missing', '/identifier'],
      ['json-missing', '/sender'],
      ['json-missing', '/sent'],
    ])
  })

  it('takes shapes and GeoJSON geometries', () => {
    const polygon = { kind: 'polygon', rings: [ring] }
    expect(shapesOf(polygon)).toEqual([polygon])
    expect(shapesOf({ type: 'Polygon', coordinates: [ring] })).toEqual([polygon])
    expect(shapesOf({ type: 'MultiPolygon', coordinates: [[ring]] })).toEqual([
      { kind: 'multipolygon', polygons: [[ring]] },
    ])
    expect(shapesOf({ kind: 'circle', lon: 1, lat: 2, radiusKm: 3 })).toEqual([
      { kind: 'circle', lon: 1, lat: 2, radiusKm: 3 },
    ])
  })

  it('takes zones by id, as an area or among shapes', () => {
    const whole = parseAlertJson(small({ zone: 'noto-2024' }), defaults).alert
    expect(zoneIds(whole)).toEqual(['noto-2024'])
    expect(whole.infos[0]?.areas[0]?.areaDesc).toBe('noto-2024')
    const mixed = small({ areaDesc: 'a', shapes: [{ zone: 'z-1' }, { kind: 'polygon', rings: [ring] }] })
    expect(zoneIds(parseAlertJson(mixed, defaults).alert)).toEqual(['z-1'])
  })

  it('hands over the rules', () => {
    const rules = { unplaced: 'exclude', resend: 'keep', maxRecipients: 10 }
    expect(parseAlertJson({ ...small(), rules }, defaults).rules).toEqual(rules)
    expect(detailsOf(() => parseAlertJson({ ...small(), rules: { maxRecipients: 0 } }, defaults))).toEqual([
      ['json-value', '/rules/maxRecipients'],
    ])
  })

  it('counts a blank text as absent', () => {
    const input = { ...small(), note: '  ', source: ' desk ' }
    const { alert } = parseAlertJson(input, defaults)
    expect(alert.source).toBe('desk')
    expect(alert).not.toHaveProperty('note')
  })

  it('closes an open ring and says where', () => {
    const { notes } = parseAlertJson(
      small({ areaDesc: 'a', shapes: [{ type: 'Polygon', coordinates: [ring.slice(0, 3)] }] }),
      defaults,
    )
    expect(notes).toEqual([
      { where: '/infos/0/areas/0/shapes/0/coordinates/0', message: expect.stringMatching(/closed/) },
    ])
  })

  it('finds all errors at once, each with its JSON pointer', () => {
    const input = small()
    input.status = 'actual'
    input.infos[0].areas[0]['radius/km'] = 5
    delete input.infos[0].event
    input.infos.push({ ...small().infos[0], headline: 'a\u0000b' })
    const error = problemOf(() => parseAlertJson(input, defaults))
    expect(error.code).toBe('alert-invalid')
    expect(error.details.map(({ code, where }) => `${code} ${where}`).sort()).toEqual([
      'json-character /infos/1/headline',
      'json-missing /infos/0/event',
      'json-unknown-key /infos/0/areas/0/radius~1km',
      'json-value /status',
    ])
  })

  it.each([
    ['no shape', { lon: 1, lat: 2 }, 'json-value', ''],
    ['a Feature', { type: 'Feature', geometry: {} }, 'json-value', ''],
    ['the kind "constructor"', { kind: 'constructor' }, 'json-value', ''],
    ['a circle without radius', { kind: 'circle', lon: 1, lat: 2 }, 'json-missing', '/radiusKm'],
    ['a text for a number', { kind: 'circle', lon: '1', lat: 2, radiusKm: 3 }, 'json-value', '/lon'],
    ['a circle of radius 0', { kind: 'circle', lon: 1, lat: 2, radiusKm: 0 }, 'circle-radius', '/radiusKm'],
    [
      'an unknown country within',
      { kind: 'union', of: [{ kind: 'country', iso2: 'ZZ' }] },
      'unknown-country',
      '/of/0/iso2',
    ],
    ['one shape in common', { kind: 'intersection', of: [{ kind: 'country', iso2: 'JP' }] }, 'json-value', '/of'],
    ['a buffer of nothing', { kind: 'buffer', metres: 5 }, 'json-missing', '/of'],
    [
      'a buffer of a continent',
      { kind: 'buffer', of: { kind: 'country', iso2: 'JP' }, metres: 2e6 },
      'json-value',
      '/metres',
    ],
    ['a zone put together with others', { kind: 'union', of: [{ zone: 'noto-2024' }] }, 'json-value', '/of/0'],
    [
      'nothing left',
      {
        kind: 'union',
        of: [
          {
            kind: 'difference',
            of: { kind: 'country', iso2: 'SG' },
            minus: [{ kind: 'circle', lon: 104, lat: 1.3, radiusKm: 100 }],
          },
        ],
      },
      'zone-empty',
      '/of/0',
    ],
    [
      'latitude first in GeoJSON within',
      {
        kind: 'difference',
        of: { kind: 'country', iso2: 'JP' },
        minus: [
          {
            type: 'Polygon',
            coordinates: [
              [
                [37, 136],
                [37, 137],
                [38, 137],
              ],
            ],
          },
        ],
      },
      'off-the-globe',
      '/minus/0/coordinates/0/0',
    ],
    ['an unknown country', { kind: 'country', iso2: 'ZZ' }, 'unknown-country', '/iso2'],
    [
      'latitude first',
      {
        kind: 'polygon',
        rings: [
          [
            [37, 136],
            [37, 137],
            [38, 137],
          ],
        ],
      },
      'off-the-globe',
      '/rings/0/0',
    ],
    [
      'the same in GeoJSON',
      {
        type: 'Polygon',
        coordinates: [
          [
            [37, 136],
            [37, 137],
            [38, 137],
          ],
        ],
      },
      'off-the-globe',
      '/coordinates/0/0',
    ],
  ])('refuses %s', (_, shape, code, where) => {
    expect(detailsOf(() => shapesOf(shape))).toEqual([[code, `/infos/0/areas/0/shapes/0${where}`]])
  })

  it.each(['2024-01-02', '2024-01-02T00:00:00', '2024-02-30T00:00:00Z', '2024-01-02T24:00:00Z', 'tomorrow'])(
    'refuses the time %s',
    (expires) => {
      const input = small()
      input.infos[0].expires = expires
      expect(detailsOf(() => parseAlertJson(input, defaults))).toEqual([['json-time', '/infos/0/expires']])
    },
  )

  it('asks for a description of an area that names no zone', () => {
    expect(detailsOf(() => parseAlertJson(small({ shapes: [] }), defaults))).toEqual([
      ['json-missing', '/infos/0/areas/0'],
    ])
  })

  it.each([null, 7, 'x', [], {}])('refuses %j', (input) => {
    expect(problemOf(() => parseAlertJson(input, defaults)).code).toBe('alert-invalid')
  })

  it('publishes a schema that says the same', () => {
    const validate = new Ajv({ keywords: [formKeyword] }).compile(alertSchema)
    expect(validate(sample())).toBe(true)
    expect(validate(small({ zone: 'noto-2024' }))).toBe(true)
    expect(validate(small({ areaDesc: 'a', shapes: [{ type: 'Polygon', coordinates: [ring] }, { zone: 'z' }] }))).toBe(
      true,
    )
    const buffer = { kind: 'buffer', of: { type: 'Polygon', coordinates: [ring] }, metres: 500 }
    expect(validate(small({ areaDesc: 'a', shapes: [buffer] }))).toBe(true)
    expect(shapesOf(buffer)).toEqual([
      { kind: 'buffer', of: expect.objectContaining({ kind: 'polygon' }), metres: 500 },
    ])
    expect(validate(small({ areaDesc: 'a', shapes: [{ kind: 'square' }] }))).toBe(false)
  })
})
