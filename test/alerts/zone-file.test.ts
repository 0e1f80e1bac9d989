import { describe, expect, test } from 'vitest'
import { readZoneFile } from '../../src/alerts/zone-file.ts'
import { Problem } from '../../src/lib/problem.ts'

const read = (text: string) => readZoneFile(Buffer.from(text))

function refusal(text: string | Buffer): Problem {
  try {
    readZoneFile(Buffer.from(text as string))
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was read')
}

const ring = [
  [135, 34],
  [136, 34],
  [136, 35],
  [135, 34],
]
const kml = (inside: string, head = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>${head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>${inside}</Document></kml>`
const kmlPolygon =
  '<Polygon><outerBoundaryIs><LinearRing><coordinates>135,34,0 136,34,0 136,35,0 135,34,0</coordinates></LinearRing></outerBoundaryIs></Polygon>'

describe('areas of a file', () => {
  test('GeoJSON: a collection with the properties of the library, a feature, a bare geometry', () => {
    const geometry = { type: 'Polygon', coordinates: [ring] }
    const source = { author: 'a', basis: 'b', licence: 'CC0-1.0', date: '2024-01-01' }
    const feature = { type: 'Feature', properties: { id: 'noto', version: 3, name: ' Noto ', source }, geometry }
    const { format, zones } = read(JSON.stringify({ type: 'FeatureCollection', features: [feature] }))
    expect(format).toBe('GeoJSON')
    expect(zones).toEqual([
      {
        where: 'feature[0] " Noto "',
        name: 'Noto',
        id: 'noto',
        version: 3,
        source,
        shapes: [{ kind: 'polygon', rings: [ring] }],
      },
    ])
    expect(read(JSON.stringify(geometry)).zones[0]?.shapes).toEqual([{ kind: 'polygon', rings: [ring] }])
  })

  test('KML: placemarks, also with several polygons and within folders', () => {
    const many = `<Placemark><name>Two</name><MultiGeometry>${kmlPolygon}${kmlPolygon}</MultiGeometry></Placemark>`
    const { format, zones } = read(kml(`<Folder><Placemark><name>One</name>${kmlPolygon}</Placemark></Folder>${many}`))
    expect(format).toBe('KML')
    expect(zones.map(({ name, shapes }) => [name, shapes.length])).toEqual([
      ['One', 1],
      ['Two', 2],
    ])
    expect(zones[0]?.shapes[0]).toMatchObject({ kind: 'polygon', rings: [[[135, 34, 0], [136, 34, 0], [136, 35, 0], [135, 34, 0]]] }) // biome-ignore format: one ring
  })

  test('CAP: each area of the first info, countries by their code as well', () => {
    const cap = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>b</sender><sent>2024-01-01T00:00:00+00:00</sent>
      <status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info><category>Geo</category><event>e</event><urgency>Immediate</urgency>
      <severity>Severe</severity><certainty>Observed</certainty>
      <area><areaDesc>Drawn</areaDesc><polygon>34,135 34,136 35,136 34,135</polygon></area>
      <area><areaDesc>Japan</areaDesc><geocode><valueName>ISO 3166-1</valueName><value>JP</value></geocode></area>
      <area><areaDesc>County</areaDesc><geocode><valueName>FIPS6</valueName><value>006037</value></geocode></area></info></alert>`
    const { format, zones, problems } = read(cap)
    expect(format).toBe('CAP')
    expect(zones.map(({ name, shapes }) => [name, shapes[0]?.kind])).toEqual([
      ['Drawn', 'polygon'],
      ['Japan', 'country'],
    ])
    expect(problems.map(({ code, where }) => [code, where])).toEqual([['zone-empty', 'info[1]/area[3]']])
  })

  test('CAP: what any of its infos says of areas, once', () => {
    const info = (
      ring: string,
    ) => `<info><language>en</language><category>Geo</category><event>e</event><urgency>Immediate</urgency>
      <severity>Severe</severity><certainty>Observed</certainty><area><areaDesc>A</areaDesc><polygon>${ring}</polygon></area></info>`
    const cap = `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>b</sender><sent>2024-01-01T00:00:00+00:00</sent>
      <status>Actual</status><msgType>Alert</msgType><scope>Public</scope>${info('34,135 34,136 35,136 34,135')}${info('34,135 34,136 35,136 34,135')}${info('44,135 44,136 45,136 44,135')}</alert>`
    expect(read(cap).zones.length).toBe(2)
  })

  test('WKT of which something is left over is refused', () => {
    const polygon = 'POLYGON((135 34, 136 34, 136 35, 135 34))'
    for (const rest of [polygon, 'and the rest of the bay']) {
      expect(() => read(`${polygon}\n${rest}`)).toThrow(/the file goes on/)
    }
  })

  test('WKT, with or without SRID 4326', () => {
    const wkt = 'POLYGON((135 34, 136 34, 136 35, 135 34))'
    for (const text of [wkt, `SRID=4326;${wkt}`, `\n ${wkt}\n`]) {
      expect(read(text)).toMatchObject({ format: 'WKT', zones: [{ shapes: [{ kind: 'polygon', rings: [ring] }] }] })
    }
  })

  test("GeoJSON: the Feature's own id where it can be a zone's, behind the one in the properties", () => {
    const geometry = { type: 'Polygon', coordinates: [ring] }
    const feature = (id: unknown, properties: object = {}) => ({ type: 'Feature', id, properties, geometry })
    const features = [
      feature('noto-west'),
      feature('noto-west', { id: 'noto' }),
      feature(7),
      feature('7'),
      feature('West.1'),
      feature(''),
      feature('noto-east', { id: 7 }),
    ]
    const { zones } = read(JSON.stringify({ type: 'FeatureCollection', features }))
    expect(zones.map(({ id, unfitId }) => id ?? `unfit ${unfitId}`)).toEqual([
      'noto-west',
      'noto',
      'unfit 7',
      'unfit 7',
      'unfit West.1',
      'unfit undefined',
      'noto-east',
    ])
  })

  test('KML: the id of the placemark', () => {
    const { zones } = read(kml(`<Placemark id="noto-kml"><name>One</name>${kmlPolygon}</Placemark>`))
    expect(zones).toMatchObject([{ id: 'noto-kml', name: 'One' }])
  })

  test('points and lines, and polygons mixed with them, are refused one by one', () => {
    const features = [
      { type: 'Feature', properties: { name: 'Pin' }, geometry: { type: 'Point', coordinates: [1, 2] } },
      { type: 'Feature', properties: {}, geometry: null },
      {
        type: 'Feature',
        properties: {},
        geometry: {
          type: 'GeometryCollection',
          geometries: [
            { type: 'Polygon', coordinates: [ring] },
            { type: 'Point', coordinates: [1, 2] },
          ],
        },
      },
      { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } },
    ]
    const { zones, problems } = read(JSON.stringify({ type: 'FeatureCollection', features }))
    expect(zones.map(({ where }) => where)).toEqual(['feature[3]'])
    expect(problems.map(({ where }) => where)).toEqual(['feature[0] "Pin"', 'feature[1]', 'feature[2]'])
    expect(problems.map(({ message }) => message)).toEqual([
      'A Point has no ground',
      'It has no geometry',
      expect.stringMatching(/^Not all that it is made of has ground/),
    ])
    expect(problems[0]).toMatchObject({
      hint: expect.stringMatching(/^Give a polygon; or in the API a circle with its radius/),
    })
  })
})

describe('a file is refused', () => {
  test.each([
    [
      'with entities of its own',
      kml('&x;', '<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      'xml-forbidden',
    ],
    [
      'that loads a part of itself',
      kml('<NetworkLink><Link><href>http://e</href></Link></NetworkLink>'),
      'kml-network-link',
    ],
    ['that is torn', kml(`<Placemark>${kmlPolygon}`), 'not-xml'],
    ['that is XML of another kind', '<gpx xmlns="http://www.topografix.com/GPX/1/1"/>', 'not-cap'],
    ['that is an archive', 'PK\u0003\u0004', 'zone-file'],
    ['that is JSON cut short', '{"type":"Feature"', 'zone-file'],
    ['in a projection', 'SRID=3857;POLYGON((0 0,1 0,1 1,0 0))', 'zone-file'],
    ['that is nothing known', 'hello', 'zone-file'],
  ])('%s', (_how, text, code) => {
    expect(refusal(text).code).toBe(code)
  })
})
