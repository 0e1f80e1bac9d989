import { describe, expect, it } from 'vitest'
import { zoneShapes } from '../../src/alerts/area.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { MAX_XML_BYTES } from '../../src/alerts/xml-text.ts'
import { capText, detailsOf, NAMESPACE, problemOf } from './sample.ts'

const replace = (from: string | RegExp, to: string) => capText((xml) => xml.replace(from, to))
const area = (body: string) => replace(/<polygon>.*<\/polygon>/, body)
const shapesOf = (xml: string) => parseCapXml(xml).alert.infos[0]?.areas[0]?.shapes

describe('reading CAP', () => {
  it('turns "lat,lon" into lon, lat', () => {
    expect(shapesOf(capText())).toEqual([
      {
        kind: 'polygon',
        rings: [
          [
            [136.7, 37],
            [137, 37],
            [137, 37.3],
            [136.7, 37.3],
            [136.7, 37],
          ],
        ],
      },
    ])
    expect(shapesOf(area('<circle>37.5,137.25 40</circle>'))).toEqual([
      { kind: 'circle', lon: 137.25, lat: 37.5, radiusKm: 40 },
    ])
  })

  it('closes an open polygon and says so', () => {
    const { alert, notes } = parseCapXml(area('<polygon>37.0,136.7 37.0,137.0 37.3,137.0</polygon>'))
    expect(alert.infos[0]?.areas[0]?.shapes).toEqual([
      {
        kind: 'polygon',
        rings: [
          [
            [136.7, 37],
            [137, 37],
            [137, 37.3],
            [136.7, 37],
          ],
        ],
      },
    ])
    expect(notes).toEqual([{ where: '/alert/info[1]/area[1]/polygon[1]', message: expect.stringMatching(/closed/) }])
  })

  it('takes a clockwise polygon without a word', () => {
    const { notes } = parseCapXml(area('<polygon>37.0,136.7 37.3,136.7 37.3,137.0 37.0,137.0 37.0,136.7</polygon>'))
    expect(notes).toEqual([])
  })

  it('leaves out a circle of radius 0 beside a polygon, and refuses it alone', () => {
    const circle = '<circle>37.1,136.8 0.0</circle>'
    const { alert, notes } = parseCapXml(replace('</polygon>', `</polygon>${circle}`))
    expect(alert.infos[0]?.areas[0]?.shapes.map(({ kind }) => kind)).toEqual(['polygon'])
    expect(notes).toMatchObject([
      {
        where: '/alert/info[1]/area[1]/circle[1]',
        message: expect.stringMatching(/^The circle of area 1, ".+", has the radius 0: it is a point and was left out/),
      },
    ])
    expect(detailsOf(() => parseCapXml(area(circle)))).toEqual([['cap-circle', '/alert/info[1]/area[1]/circle[1]']])
  })

  it.each([
    ['a negative radius', '<circle>37.1,136.8 -5</circle>', 'circle-radius', 'circle[1]'],
    ['a circle without radius', '<circle>37.1,136.8</circle>', 'cap-circle', 'circle[1]'],
    ['an empty polygon', '<polygon> </polygon>', 'cap-polygon', 'polygon[1]'],
    [
      'latitude and longitude apart',
      '<polygon>37.0 136.7, 37.0 137.0, 37.3 137</polygon>',
      'cap-polygon',
      'polygon[1]',
    ],
    ['heights', '<polygon>37.0,136.7,0 37.0,137.0,0 37.3,137.0,0</polygon>', 'cap-polygon', 'polygon[1]'],
    ['two points', '<polygon>37.0,136.7 37.3,136.9 37.0,136.7</polygon>', 'ring-too-short', 'polygon[1]'],
    ['a bow-tie', '<polygon>0,0 2,2 2,0 0,3 0,0</polygon>', 'ring-crossing', 'polygon[1] point 1'],
    ['longitude first', '<polygon>136.7,37 137,37 137,38 136.7,37</polygon>', 'off-the-globe', 'polygon[1] point 1'],
  ])('refuses %s', (_, body, code, where) => {
    expect(detailsOf(() => parseCapXml(area(body)))).toEqual([[code, `/alert/info[1]/area[1]/${where}`]])
  })

  it('finds all violations at once, each with its path', () => {
    const xml = capText((text) =>
      text
        .replace('<identifier>noto-1</identifier>', '<identifier>noto 1</identifier>')
        .replace('<status>Actual</status>', '<status>actual</status>')
        .replace('2024-01-01T16:12:00+09:00</sent>', '2024-01-01 16:12</sent>')
        .replace('<category>Geo</category>', '')
        .replace('<event>지진</event>', '<event/>')
        .replace('Extreme</severity>', 'Extreme</severity><severity>Minor</severity>')
        .replace('<headline>', '<titel>x</titel><headline>')
        .replace(/<polygon>.*<\/polygon>/, '<polygon>1</polygon><altitude>high</altitude>'),
    )
    const error = problemOf(() => parseCapXml(xml))
    expect(error.code).toBe('cap-invalid')
    expect(error.status).toBe(422)
    expect(error.details.map(({ code, where }) => `${code} ${where}`).sort()).toEqual([
      'cap-missing /alert/info[1] (line 9)',
      'cap-missing /alert/info[1] (line 9)',
      'cap-polygon /alert/info[1]/area[1]/polygon[1] (line 20)',
      'cap-repeated /alert/info[1]/severity[2] (line 14)',
      'cap-time /alert/sent (line 5)',
      'cap-unknown-element /alert/info[1]/titel (line 17)',
      'cap-value /alert/identifier (line 3)',
      'cap-value /alert/info[1]/area[1]/altitude (line 20)',
      'cap-value /alert/status (line 6)',
    ])
  })

  it.each(['identifier', 'sender', 'sent', 'status', 'msgType', 'scope'])('misses %s', (name) => {
    const xml = replace(new RegExp(`<${name}>.*</${name}>`), '')
    expect(problemOf(() => parseCapXml(xml)).details.map(({ message }) => message)).toEqual([`${name} is missing`])
  })

  it('asks for the restriction of a Restricted and the addresses of a Private alert', () => {
    for (const [scope, needed] of [
      ['Restricted', 'restriction'],
      ['Private', 'addresses'],
    ]) {
      const { details } = problemOf(() => parseCapXml(replace('Public', scope as string)))
      expect(details.map(({ message }) => message)).toEqual([`${needed} is missing`])
    }
  })

  it('counts an empty element as absent and a missing language as en-US', () => {
    const xml = replace('<language>ko</language>', '<contact/>').replace('<scope>', '<source/><scope>')
    const { alert } = parseCapXml(xml)
    expect(alert).not.toHaveProperty('source')
    expect(alert.infos[0]).not.toHaveProperty('contact')
    expect(alert.infos[0]?.language).toBe('en-US')
  })

  it('reads references and quoted lists', () => {
    const { alert } = parseCapXml(
      replace(
        '</scope>',
        '</scope><addresses>a "b c"</addresses><references>s,i,2024-01-01T00:00:00Z\n t,j,2024-01-01T00:00:00-00:00</references><incidents>x</incidents>',
      ),
    )
    expect(alert.addresses).toEqual(['a', 'b c'])
    expect(alert.incidents).toEqual(['x'])
    expect(alert.references.map(({ identifier, sent }) => [identifier, sent])).toEqual([
      ['i', '2024-01-01T00:00:00-00:00'],
      ['j', '2024-01-01T00:00:00-00:00'],
    ])
    expect(detailsOf(() => parseCapXml(replace('</scope>', '</scope><references>noto-0</references>')))).toEqual([
      ['cap-value', '/alert/references'],
    ])
  })

  it('reads names with any prefix, and leaves other namespaces out with a note', () => {
    const prefixed = capText((xml) => xml.replaceAll(/<(\/?)(?=[a-z])/gi, '<$1cap:').replace('xmlns=', 'xmlns:cap='))
    const xml = prefixed.replace('</cap:alert>', '<Extension xmlns="urn:example"><a/></Extension></cap:alert>')
    const { alert, notes } = parseCapXml(xml)
    expect(alert).toEqual(parseCapXml(capText()).alert)
    expect(notes).toEqual([{ where: '/alert/Extension', message: expect.stringMatching(/left out/) }])
  })

  it('resolves CDATA, the entities of XML and numeric references', () => {
    const { alert } = parseCapXml(replace('강진', '<![CDATA[<b>&amp;]]> &amp; &#xAC15;&#51652; &lt;'))
    expect(alert.infos[0]?.headline).toBe('<b>&amp; & 강진 <')
  })

  it('keeps line breaks within a text, as \\n', () => {
    expect(parseCapXml(replace('강진', '강진\r\n대피')).alert.infos[0]?.headline).toBe('강진\n대피')
  })

  it('drops a ceiling without altitude, with a note', () => {
    const { alert, notes } = parseCapXml(replace('</polygon>', '</polygon><ceiling>900</ceiling>'))
    expect(alert.infos[0]?.areas[0]).not.toHaveProperty('ceiling')
    expect(notes.map(({ where }) => where)).toEqual(['/alert/info[1]/area[1]/ceiling'])
  })

  it('keeps what a resource says of a file, not the file', () => {
    const held = 'QUJD'.repeat(200_000)
    const described = '<resourceDesc>map</resourceDesc><mimeType>image/png</mimeType>'
    const { alert, notes } = parseCapXml(
      replace(
        '<area>',
        `<resource>${described}<size>600000</size><uri>map.png</uri><derefUri>${held}</derefUri><digest>ab</digest></resource>
         <resource>${described}</resource><area>`,
      ),
    )
    expect(alert.infos[0]?.resources).toEqual([
      { resourceDesc: 'map', mimeType: 'image/png', size: 600_000, uri: 'map.png', digest: 'ab' },
      { resourceDesc: 'map', mimeType: 'image/png' },
    ])
    expect(notes).toEqual([
      { where: '/alert/info[1]/resource[1]/derefUri', message: expect.stringMatching(/800000 characters/) },
    ])
  })

  it('leaves an incomplete resource out with a note, for it changes nothing of who is told what', () => {
    const { alert, notes } = parseCapXml(
      replace('<area>', '<resource><resourceDesc>map</resourceDesc></resource><area>'),
    )
    expect(alert.infos[0]).not.toHaveProperty('resources')
    expect(notes).toEqual([
      { where: '/alert/info[1]/resource[1]', message: expect.stringMatching(/mimeType is missing/) },
    ])
  })

  it('reads polygons broken into lines, with tabs and with spaces after the commas', () => {
    const written = shapesOf(capText())
    const lines = '\n\t37.0,136.7\r\n\t37.0,137.0  37.3,137.0\n37.3,136.7\t37.0,136.7\n'
    expect(shapesOf(area(`<polygon>${lines}</polygon>`))).toEqual(written)
    const spaced = area('<polygon>37.0, 136.7 37.0 , 137.0 37.3 ,137.0 37.3,\n136.7 37.0, 136.7</polygon>')
    expect(shapesOf(spaced)).toEqual(written)
    expect(parseCapXml(spaced).notes).toEqual([
      { where: '/alert/info[1]/area[1]/polygon[1]', message: expect.stringMatching(/commas/) },
    ])
  })

  it('leaves a point out beside geocodes and other circles, and says aloud where a whole country is left', () => {
    const point = '<circle>37.1,136.8 0</circle>'
    const geocode = (name: string, value: string) =>
      `<geocode><valueName>${name}</valueName><value>${value}</value></geocode>`
    const beside = (body: string) => parseCapXml(area(`${point}${body}`))
    expect(beside('<circle>37.1,136.8 5</circle>').alert.infos[0]?.areas[0]?.shapes).toHaveLength(1)
    const region = beside(geocode('JMA', '17204'))
    expect([region.notes.length, region.warnings]).toEqual([1, []])
    const country = beside(geocode('ISO 3166-1', 'JP'))
    expect(country.warnings[0]?.message).toMatch(
      /^Of area 1, ".+", the whole of JP is meant: its circle has the radius 0/,
    )
    expect(country.warnings.map(({ code, where }) => [code, where])).toEqual([
      ['circle-is-a-point', '/alert/info[1]/area[1]'],
    ])
    expect(zoneShapes(country.alert)).toEqual([{ kind: 'country', iso2: 'JP' }])
  })

  it('reads several areas an info and an info without any', () => {
    const another = '<area><areaDesc>b</areaDesc><circle>1,2 3</circle></area><area><areaDesc>c</areaDesc></area>'
    const { alert } = parseCapXml(
      capText((xml) =>
        xml.replace(
          '</info>',
          `${another}</info>${/<info>.*<\/info>/s.exec(xml)?.[0].replace(/<area>.*<\/area>/s, '')}`,
        ),
      ),
    )
    expect(alert.infos.map((info) => info.areas.map(({ areaDesc }) => areaDesc))).toEqual([['노토', 'b', 'c'], []])
  })

  it('reads CAP 1.1, with a note', () => {
    const { alert, notes } = parseCapXml(capText((xml) => xml.replace('cap:1.2', 'cap:1.1')))
    expect(alert).toEqual(parseCapXml(capText()).alert)
    expect(notes).toEqual([{ where: '/alert', message: expect.stringMatching(/CAP 1\.1/) }])
  })

  it('does not mix the versions', () => {
    const mixed = replace(
      '<headline>강진</headline>',
      '<headline xmlns="urn:oasis:names:tc:emergency:cap:1.1">x</headline>',
    )
    const { alert, notes } = parseCapXml(mixed)
    expect(alert.infos[0]).not.toHaveProperty('headline')
    expect(notes).toHaveLength(1)
  })
})

describe('what is not CAP 1.2', () => {
  it.each([
    ['nothing', '', 'not-xml'],
    ['JSON', '{"identifier":"x"}', 'not-xml'],
    ['an unclosed element', `<alert xmlns="${NAMESPACE}"><info></alert>`, 'not-xml'],
    ['text after the end', `${capText()}garbage`, 'not-xml'],
    ['an unclosed comment', '<!-- x', 'not-xml'],
    ['an undefined entity', replace('강진', '&hellip;'), 'not-xml'],
    ['a character XML does not allow', replace('강진', '\u0001'), 'not-xml'],
    ['a reference to such a character', replace('강진', '&#0;'), 'not-xml'],
    ['half a character', replace('강진', '&#xD800;'), 'not-xml'],
    ['an unbound prefix', '<cap:alert/>', 'not-xml'],
    ['a dangerous element name', `<alert xmlns="${NAMESPACE}"><__proto__>x</__proto__></alert>`, 'not-xml'],
    ['a page', '<html xmlns="http://www.w3.org/1999/xhtml"/>', 'not-cap'],
    ['an alert of no namespace', '<alert/>', 'not-cap'],
    ['a feed', '<feed xmlns="http://www.w3.org/2005/Atom"/>', 'not-cap'],
    ['CAP 1.3', '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.3"/>', 'cap-version'],
    ['CAP 1.0', '<alert xmlns="http://www.incident.com/cap/1.0"/>', 'cap-version'],
  ])('refuses %s', (_, xml, code) => {
    expect(problemOf(() => parseCapXml(xml)).code).toBe(code)
  })

  it.each([
    ['an entity bomb', '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'],
    ['a quadratic entity bomb', `<!DOCTYPE a [<!ENTITY a "${'a'.repeat(100_000)}">]>`],
    ['a parameter entity', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://example.org/x.dtd"> %x;]>'],
    ['a public DTD', '<!DOCTYPE a PUBLIC "-//x//x" "http://example.org/x.dtd">'],
    ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'],
    ['a bare DOCTYPE', '<!-- <x> --><!DOCTYPE alert>'],
  ])('refuses %s before the root', (_, declaration) => {
    expect(problemOf(() => parseCapXml(replace('<alert', `${declaration}<alert`))).code).toBe('xml-forbidden')
  })

  it('refuses a DOCTYPE within the root, and takes the word in a comment or CDATA', () => {
    expect(problemOf(() => parseCapXml(replace('<info>', '<!DOCTYPE x []><info>'))).code).toBe('xml-forbidden')
    const harmless = replace('강진', '<!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE x>]]>')
    expect(parseCapXml(harmless).alert.infos[0]?.headline).toBe('<!DOCTYPE x>')
  })

  it('refuses deep nesting', () => {
    const deep = `<alert xmlns="${NAMESPACE}">${'<a>'.repeat(200)}${'</a>'.repeat(200)}</alert>`
    expect(problemOf(() => parseCapXml(deep)).code).toBe('not-xml')
  })

  it('shows the first 200 findings of a hostile file, in time', () => {
    const many = Array.from({ length: 20_000 }, (_, i) => `<x${i} xmlns:p${i}="u"/>`).join('')
    const prefixes = Array.from({ length: 5_000 }, (_, i) => `xmlns:q${i}="u"`).join(' ')
    const error = problemOf(() => parseCapXml(`<alert xmlns="${NAMESPACE}" ${prefixes}>${many}</alert>`))
    expect(error.details).toHaveLength(200)
    expect(error.message).toContain('19806 more findings')
  })

  it('refuses more markup than any warning has', () => {
    const { code, status } = problemOf(() =>
      parseCapXml(`<alert xmlns="${NAMESPACE}">${'<a/>'.repeat(200_000)}</alert>`),
    )
    expect([code, status]).toEqual(['xml-too-complex', 413])
  })

  // Each took minutes or more in an expression that can match its text in several ways.
  it.each([
    ['digits', `<polygon>${'1'.repeat(3_000_000)}x</polygon>`],
    ['white space', `<polygon>1,2${' '.repeat(3_000_000)}x</polygon>`],
    ['zeros', `<circle>1,2 ${'0'.repeat(3_000_000)}x</circle>`],
    ['commas', `<polygon>${', '.repeat(1_500_000)}x</polygon>`],
  ])('reads a megabyte of %s in time', (_, body) => {
    expect(problemOf(() => parseCapXml(area(body))).code).toBe('cap-invalid')
  })

  it('refuses more than 4 MB with 413', () => {
    const { code, status } = problemOf(() => parseCapXml(new Uint8Array(MAX_XML_BYTES + 1)))
    expect([code, status]).toEqual(['cap-too-large', 413])
  })
})

describe('encodings', () => {
  const headline = (bytes: Uint8Array) => parseCapXml(bytes).alert.infos[0]?.headline
  const declared = (encoding: string, text = '강진') => replace('UTF-8', encoding).replace('강진', text)
  const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16()

  it('reads UTF-8 with and without BOM', () => {
    expect(headline(Buffer.from(capText()))).toBe('강진')
    expect(headline(Buffer.from(`\uFEFF${capText()}`))).toBe('강진')
    expect(parseCapXml(`\uFEFF${capText()}`).alert.identifier).toBe('noto-1')
  })

  it('reads UTF-16 of both orders, with BOM or by its first bytes', () => {
    const text = declared('UTF-16')
    expect(headline(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toBe('강진')
    expect(headline(swapped(`\uFEFF${text}`))).toBe('강진')
    expect(headline(Buffer.from(text, 'utf16le'))).toBe('강진')
    expect(headline(swapped(text))).toBe('강진')
  })

  it('reads ISO-8859-1, with the quotes that Windows adds to it', () => {
    const bytes = Buffer.from(declared('ISO-8859-1', 'Usulutan').replaceAll(/[가-힣]+/g, 'x'), 'latin1')
    bytes.set([0xe1, 0x92], bytes.indexOf('Usulutan') + 6)
    expect(headline(bytes)).toBe('Usulutá’')
  })

  it.each([
    ['bytes that are not UTF-8', Buffer.from(declared('UTF-8', '\xe1').replaceAll(/[가-힣]+/g, 'x'), 'latin1')],
    ['an encoding not taken', Buffer.from(declared('Shift_JIS'))],
    ['UTF-16 that is none', Buffer.from(declared('UTF-16'))],
  ])('refuses %s', (_, bytes) => {
    expect(problemOf(() => parseCapXml(bytes)).code).toBe('bad-encoding')
  })
})
