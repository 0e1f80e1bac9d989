import { describe, expect, it } from 'vitest'
import { zoneShapes } from '../../src/alerts/area.ts'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import type { Alert } from '../../src/alerts/model.ts'
import type { Shape } from '../../src/geo/zone.ts'
import { demoCap, problemOf, sample, sampleInfo } from './sample.ts'

const again = (alert: Alert) => parseCapXml(writeCapXml(alert)).alert
const withShapes = (...shapes: NonNullable<Alert['infos'][number]>['areas'][number]['shapes']) =>
  sample({}, { areas: [{ areaDesc: 'a', shapes, geocode: [] }] })

const square = (lon: number) => [
  [lon, 1],
  [lon + 1, 1],
  [lon + 1, 2],
  [lon, 1],
]

describe('writing CAP', () => {
  it('writes everything that the model holds, so that it is read back the same', () => {
    const full: Alert = {
      ...sample(),
      source: 'desk & <duty>',
      scope: 'Restricted',
      restriction: 'staff',
      addresses: ['a', 'b c'],
      code: ['x', 'y'],
      note: ']]> "quoted"',
      references: [
        { sender: 's', identifier: 'i', sent: '2024-01-01T00:00:00-00:00' },
        { sender: 't', identifier: 'j', sent: '2024-01-01T09:00:00+09:00' },
      ],
      incidents: ['two words', 'one'],
      infos: [
        {
          ...sampleInfo(),
          category: ['Geo', 'Safety'],
          responseType: ['Evacuate', 'Monitor'],
          audience: 'all',
          eventCode: [{ valueName: 'SAME', value: 'EQW' }],
          effective: '2024-01-01T16:12:00+09:00',
          onset: '2024-01-01T16:10:00+09:00',
          senderName: 'desk',
          description: 'line\nline',
          web: 'https://example.org/?a=1&b=2',
          contact: '+82',
          parameter: [
            { valueName: 'SMS', value: '대피 <지금>' },
            { valueName: 'empty', value: '' },
          ],
          resources: [
            { resourceDesc: 'map', mimeType: 'image/png', size: 9, uri: 'https://example.org/m', digest: 'a' },
          ],
          areas: [
            {
              areaDesc: 'a',
              shapes: [
                { kind: 'polygon', rings: [square(3)] },
                { kind: 'circle', lon: -0.000_000_1, lat: 2.5, radiusKm: 0.5 },
              ],
              geocode: [{ valueName: 'ISO 3166-2', value: 'JP-17' }],
              altitude: -3.5,
              ceiling: 100,
            },
          ],
        },
        sampleInfo({ language: 'en' }),
      ],
    }
    expect(again(full)).toEqual(full)
  })

  it.each(['noto-alert', 'noto-update', 'noto-all-clear'])('writes %s so that it is read back the same', (name) => {
    expect(again(demoCap(name))).toEqual(demoCap(name))
  })

  it('writes a multipolygon as polygons', () => {
    const alert = withShapes({ kind: 'multipolygon', polygons: [[square(3)], [square(7)]] })
    expect(again(alert).infos[0]?.areas[0]?.shapes).toEqual([
      { kind: 'polygon', rings: [square(3)] },
      { kind: 'polygon', rings: [square(7)] },
    ])
  })

  it('writes a country so that the zone stays the same, alone and beside a polygon', () => {
    for (const alert of [
      withShapes({ kind: 'country', iso2: 'JP' }),
      withShapes({ kind: 'polygon', rings: [square(3)] }, { kind: 'country', iso2: 'JP' }),
    ]) {
      expect(zoneShapes(again(alert))).toEqual(zoneShapes(alert))
    }
  })

  describe('what CAP has no form for', () => {
    const hole = [
      [3.6, 1.2],
      [3.6, 1.3],
      [3.7, 1.3],
      [3.6, 1.2],
    ]
    const holed: Shape = { kind: 'polygon', rings: [square(3), hole] }
    const plain: Shape = { kind: 'polygon', rings: [square(7)] }
    const circle: Shape = { kind: 'circle', lon: 4, lat: 1.5, radiusKm: 2 }
    const japan: Shape = { kind: 'country', iso2: 'JP' }
    const drawnIn = (xml: string) => parseCapXml(xml.replaceAll('bongsu:shapes', 'other')).alert.infos[0]?.areas

    it.each<[string, Shape[], drawn: Shape[][], codes: string[][]]>([
      ['a hole', [holed, circle], [[{ kind: 'polygon', rings: [square(3)] }, circle]], [[]]],
      ['a union', [{ kind: 'union', of: [circle, plain] }], [[plain, circle]], [[]]],
      ['an intersection', [{ kind: 'intersection', of: [holed, circle] }], [[circle]], [[]]],
      ['a difference', [{ kind: 'difference', of: plain, minus: [circle] }], [[plain]], [[]]],
      ['a country less a part', [{ kind: 'difference', of: japan, minus: [circle] }], [[]], [['JP']]],
      [
        'a margin round a circle',
        [{ kind: 'buffer', of: circle, metres: 500 }],
        [[{ ...circle, radiusKm: 2.5 }]],
        [[]],
      ],
      ['a country beside a polygon', [plain, japan], [[plain], []], [[], ['JP']]],
      ['a circle before a polygon', [circle, plain], [[plain, circle]], [[]]],
    ])('draws %s wider, says so, and reads back the exact shapes', (_, shapes, drawn, codes) => {
      const alert = withShapes(...shapes)
      const xml = writeCapXml(alert)
      expect(again(alert)).toEqual(alert)
      expect(xml).toContain('Drawn wider than meant')
      expect(drawnIn(xml)?.map((area) => area.shapes)).toEqual(drawn)
      expect(drawnIn(xml)?.map(({ geocode }) => geocode.map(({ value }) => value))).toEqual(codes)
    })

    it('takes what is drawn where somebody changed it, with a note', () => {
      const xml = writeCapXml(withShapes(holed)).replaceAll('1,3 ', '0.5,3 ').replace(' 1,3<', ' 0.5,3<')
      const { alert, notes } = parseCapXml(xml)
      const moved = square(3).map(([lon, lat]) => (lon === 3 ? [lon, 0.5] : [lon, lat]))
      expect(alert.infos[0]?.areas[0]?.shapes).toEqual([{ kind: 'polygon', rings: [moved] }])
      expect(notes.map(({ where }) => where)).toContain('/alert/info[1]/parameter[1]')
      expect(alert.infos[0]?.parameter).toEqual([])
    })

    it.each([
      ['no JSON', () => 'x'],
      ['null', () => 'null'],
      ['an area that is not there', (value: string) => value.replace('"area":1', '"area":2')],
      ['no area at all', (value: string) => value.replace('"areas":1', '"areas":0')],
      ['shapes that are none', (value: string) => value.replace('"kind":"polygon"', '"kind":"heap"')],
      ['a zone by its id', (value: string) => value.replace(/"shapes":.*/, '"shapes":[{"zone":"kr"}],"geocode":[]}')],
      ['geocodes that are none', (value: string) => value.replace('"geocode":[]', '"geocode":[1]')],
    ])('takes what is drawn where the parameter holds %s', (_, edit) => {
      const xml = writeCapXml(withShapes(holed)).replace(/(?<=<value>)\{.*\}(?=<)/, edit)
      const { alert, notes } = parseCapXml(xml)
      expect(alert.infos[0]?.areas[0]?.shapes).toEqual([{ kind: 'polygon', rings: [square(3)] }])
      expect(notes).toHaveLength(1)
    })

    it('draws a margin round a polygon as a box, across the antimeridian too, and none where it would not be certain', () => {
      const across: Shape = {
        kind: 'polygon',
        rings: [
          [
            [179, 60],
            [-179, 60],
            [-179, 61],
            [179, 61],
            [179, 60],
          ],
        ],
      }
      const alert = withShapes({ kind: 'buffer', of: across, metres: 11_000 })
      const box = drawnIn(writeCapXml(alert))?.[0]?.shapes[0] as Extract<Shape, { kind: 'polygon' }>
      const [southWest = [], southEast = [], northEast = []] = box.rings[0] ?? []
      // 0.1 degrees of latitude, and 0.2 of longitude at 61 degrees.
      expect([...southWest, southEast[0], northEast[1]].map((value = 0) => Math.round(value * 100) / 100)).toEqual([
        178.79, 59.9, -178.79, 61.1,
      ])
      expect(again(alert)).toEqual(alert)
      const polar: Shape = {
        kind: 'polygon',
        rings: [
          [
            [0, 88],
            [10, 88],
            [10, 88.9],
            [0, 88.9],
            [0, 88],
          ],
        ],
      }
      for (const of of [japan, polar, { ...circle, radiusKm: 19_999 }]) {
        const wide = withShapes({ kind: 'buffer', of, metres: 90_000 })
        expect(problemOf(() => writeCapXml(wide)).code).toBe('cap-without-outline')
      }
    })
  })
})
