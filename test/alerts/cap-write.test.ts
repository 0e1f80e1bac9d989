import { describe, expect, it } from 'vitest'
import { zoneShapes } from '../../src/alerts/area.ts'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import type { Alert } from '../../src/alerts/model.ts'
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

  it('refuses holes instead of filling them', () => {
    const hole = [
      [3.6, 1.2],
      [3.6, 1.3],
      [3.7, 1.3],
      [3.6, 1.2],
    ]
    const alert = withShapes({ kind: 'polygon', rings: [square(3), hole] })
    expect(problemOf(() => writeCapXml(alert)).code).toBe('cap-without-holes')
  })
})
