import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { acceptAlert } from '../../src/alerts/accept.ts'
import { writeCapXml } from '../../src/alerts/cap-write.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { readTrustedKeys } from '../../src/alerts/signature-keys.ts'
import { messageText } from '../../src/alerts/text.ts'
import { problemOf } from './sample.ts'

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url))
const keys = readTrustedKeys(fixture('naads.crt').toString(), 'naads.crt')

interface Expected {
  file: string
  languages: string[]
  /** Kinds of the shapes of each area of the first info. */
  shapes: string[][]
  text: RegExp
  /** Paths of what was taken otherwise than written. */
  notes?: string[]
  /** Details of the refusal to launch; none: it may be launched. */
  refused?: string[]
}

const cases: Expected[] = [
  {
    file: 'nws-tornado.xml',
    languages: ['en-US'],
    shapes: [['polygon']],
    text: /^National Weather Service: TORNADO WARNING .* sturdy building\.$/,
  },
  {
    file: 'nws-winter-zones.xml',
    languages: ['en-US'],
    shapes: [[]],
    text: /^Winter Storm Warning/,
    refused: ['geocode-without-shape'],
  },
  {
    file: 'naads-storm.xml',
    languages: ['en-CA', 'fr-CA'],
    shapes: [['polygon']],
    text: /^severe thunderstorm warning in effect\nTake cover/,
    notes: ['/alert/Signature'],
  },
  {
    file: 'jma-tsunami.xml',
    languages: ['ja-JP'],
    shapes: [[], []],
    text: /^大津波警報/,
    refused: ['geocode-without-shape', 'geocode-without-shape'],
  },
  {
    file: 'meteoalarm-wind.xml',
    languages: ['de-DE', 'en-GB'],
    shapes: [[]],
    text: /^Orange Sturmwarnung/,
    refused: ['geocode-without-shape', 'geocode-without-shape'],
  },
  {
    file: 'gdacs-earthquake.xml',
    languages: ['en-US'],
    shapes: [['polygon']],
    text: /^Red earthquake alert/,
    notes: ['/alert/info[1]/resource[2]', '/alert/info[1]/area[1]/circle[1]'],
  },
  {
    file: 'bom-flood.xml',
    languages: ['en-AU'],
    shapes: [['polygon'], ['polygon']],
    text: /^Major Flood Warning/,
    notes: ['/alert/info[1]/area[1]/polygon[1]'],
  },
  {
    file: 'kma-typhoon.xml',
    languages: ['ko-KR'],
    shapes: [['polygon']],
    text: /^제주도 태풍경보 발효\n외출을/,
    notes: ['/alert/info[1]/area[1]/polygon[1]'],
  },
  {
    file: 'google-public-alert.xml',
    languages: ['en-US'],
    shapes: [['circle']],
    text: /^Leave now: fire at <Example Hill> & the valley$/,
    notes: ['/alert/sent', '/alert/info[1]/expires', '/alert/info[1]/polygonHint'],
  },
  {
    file: 'ipaws-edxl.xml',
    languages: ['en-US'],
    shapes: [['polygon']],
    text: /^Chemical leak/,
    notes: ['/EDXLDistribution/targetArea', '/EDXLDistribution/contentObject[1]/nonXMLContent/contentData'],
  },
  {
    file: 'edxl-2-base64.xml',
    languages: ['en-US'],
    shapes: [['polygon']],
    text: /^National Weather Service: TORNADO/,
  },
  {
    file: 'inmet-rain.iso-8859-1.xml',
    languages: ['pt-BR'],
    shapes: [['polygon']],
    text: /^Aviso de Chuvas Intensas\. Severidade: Perigo – evite áreas de alagamento$/,
    notes: ['/alert'],
  },
]

describe('CAP as agencies write it', () => {
  it.each(cases)('$file', ({ file, languages, shapes, text, notes = [], refused = [] }) => {
    const { alert, notes: noted, warnings } = parseCapXml(fixture(file), keys)
    expect(alert.infos.map(({ language }) => language)).toEqual(languages)
    expect(alert.infos[0]?.areas.map((area) => area.shapes.map(({ kind }) => kind))).toEqual(shapes)
    expect(messageText(alert, alert.infos[0] as never)).toMatch(text)
    expect(noted.map(({ where }) => where)).toEqual(notes)
    expect(warnings).toEqual([])
    const launch = () => acceptAlert(alert, { now: Date.parse(alert.sent) + 60_000 })
    if (refused.length === 0) launch()
    else expect(problemOf(launch).details.map(({ code }) => code)).toEqual(refused)
    // What was read is written and read back the same, signature and envelope apart.
    expect(parseCapXml(writeCapXml(alert))).toMatchObject({ alert, notes: [] })
  })

  it('names the codes that nobody here knows, and says what to do', () => {
    const { alert } = parseCapXml(fixture('meteoalarm-wind.xml'))
    const [first] = problemOf(() => acceptAlert(alert, { now: Date.parse(alert.sent) })).details
    expect(first?.message).toContain('EMMA_ID AT008, NUTS3 AT127')
    expect(first?.hint).toMatch(/zones import/)
  })

  it('refuses an area that is a point and nothing else, among others that are more', () => {
    const { code, details } = problemOf(() => parseCapXml(fixture('gdacs-cyclone.xml')))
    expect([code, details.map(({ where }) => where)]).toEqual([
      'cap-invalid',
      ['/alert/info[1]/area[3]/circle[1] (line 29)'],
    ])
    const without = fixture('gdacs-cyclone.xml')
      .toString()
      .replace(/<area>\s*<areaDesc>Centre.*?<\/area>/s, '')
    const { alert, notes } = parseCapXml(without)
    expect(alert.infos[0]?.areas.map(({ shapes }) => shapes.map(({ kind }) => kind))).toEqual([['polygon'], ['circle']])
    expect(notes.map(({ where }) => where)).toEqual(['/alert/sent', '/alert/info[1]/expires'])
  })

  it('refuses what was signed and changed, by the signer of the certificate that it brings', () => {
    const xml = fixture('naads-storm.xml').toString()
    expect(parseCapXml(xml).warnings[0]?.message).toContain('O=Example NAAD System')
    expect(problemOf(() => parseCapXml(xml.replace('45.5,-75.6', '46.5,-74.6'))).code).toBe('cap-signature-invalid')
    expect(parseCapXml(xml, keys).alert).toEqual(parseCapXml(fixture('naads-storm.unsigned.xml')).alert)
  })

  it('takes an element that a signed alert keeps twice only where the agency did', () => {
    const { alert } = parseCapXml(fixture('nws-tornado.xml'))
    const blocked = alert.infos[0]?.parameter.filter(({ valueName }) => valueName === 'BLOCKCHANNEL')
    expect(blocked?.map(({ value }) => value)).toEqual(['EAS', 'NWEM'])
    expect(alert.infos[0]?.areas[0]?.geocode).toHaveLength(3)
  })
})

describe('EDXL envelopes', () => {
  const edxl = fixture('ipaws-edxl.xml').toString()
  const inner = /<alert .*<\/alert>/s.exec(edxl)?.[0] as string

  it.each([
    [
      'says Exercise round an Actual alert',
      (xml: string) => xml.replace('Actual</distr', 'Exercise</distr'),
      'edxl-status-differs',
    ],
    ['says Cancel round an Alert', (xml: string) => xml.replace('Report<', 'Cancel<'), 'edxl-type-differs'],
  ])('is refused where it %s', (_, edit, code) => {
    expect(problemOf(() => parseCapXml(edit(edxl))).details.map((detail) => detail.code)).toEqual([code])
  })

  it('says the same in the words of DE 2.0', () => {
    const xml = fixture('edxl-2-base64.xml').toString().replace('>Actual<', '>Test<')
    expect(problemOf(() => parseCapXml(xml)).details.map(({ code }) => code)).toEqual(['edxl-status-differs'])
  })

  it.each([
    ['no alert', (xml: string) => xml.replace(inner, '<other xmlns="urn:x"/>'), 'edxl-without-alert'],
    [
      'only an address of one',
      (xml: string) =>
        xml.replace(inner, '').replace('</contentObject>', '<uri>https://x.example/cap</uri></contentObject>'),
      'edxl-without-alert',
    ],
    ['two alerts', (xml: string) => xml.replace(inner, inner + inner), 'edxl-several-alerts'],
    ['CAP 1.0', (xml: string) => xml.replace('cap:1.2', 'cap:1.0'), 'edxl-without-alert'],
  ])('is refused with %s', (_, edit, code) => {
    expect(problemOf(() => parseCapXml(edit(edxl))).code).toBe(code)
  })

  it('of base64 is refused where that is no XML, or more of the same', () => {
    const of = (text: string) =>
      edxl.replace('image/png', 'text/xml').replace('iVBORw0KGgo=', Buffer.from(text).toString('base64'))
    expect(problemOf(() => parseCapXml(of('x'))).code).toBe('not-xml')
    expect(problemOf(() => parseCapXml(of(`<!DOCTYPE a>${inner}`))).code).toBe('xml-forbidden')
    expect(problemOf(() => parseCapXml(of(inner))).code).toBe('edxl-several-alerts')
  })
})
