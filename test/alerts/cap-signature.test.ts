import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MAX_TRIES } from '../../src/alerts/cap-signature.ts'
import { parseCapXml } from '../../src/alerts/cap-xml.ts'
import { hashAlgorithms } from '../../src/alerts/signature-algorithms.ts'
import { fingerprint, loadTrustedKeys, readTrustedKeys } from '../../src/alerts/signature-keys.ts'
import { capText, problemOf } from './sample.ts'
import { ec, otherRsa, rsa, rsaKeyValue, type Signing, signed, trusted } from './signing.ts'

const agency = trusted(rsa.publicKey)
const noted = (xml: string | Uint8Array, keys = [agency]) => parseCapXml(xml, keys).notes.map(({ message }) => message)
const warned = (xml: string, keys = [agency]) => parseCapXml(xml, keys).warnings.map(({ code }) => code)
const refusal = (xml: string, keys = [agency]) => {
  const { code, status, message } = problemOf(() => parseCapXml(xml, keys))
  expect([code, status]).toEqual(['cap-signature-invalid', 422])
  return message.replace('The signature of the alert is not valid: ', '')
}
const plain = capText()
const changed = 'the alert or its signature was changed after it was signed'

describe('a signed alert', () => {
  it.each<[string, Signing]>([
    ['RSA-SHA256', {}],
    [
      'RSA-SHA512',
      {
        method: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
        digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
      },
    ],
    ['RSA-PSS', { method: 'http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1' }],
    ['inclusive canonical XML', { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }],
    ['an Id instead of the whole document', { what: '/*' }],
  ])('of %s and a trusted key is read, and the signer named', (_, options) => {
    const { alert, notes, warnings } = parseCapXml(signed(plain, options), [agency])
    expect(alert).toEqual(parseCapXml(plain).alert)
    expect(notes).toEqual([{ where: '/alert/Signature', message: 'Signature valid, signed by agency.pem' }])
    expect(warnings).toEqual([])
  })

  it('of ECDSA is read', () => {
    expect(noted(signed(plain, { key: ec.privateKey }), [trusted(ec.publicKey)])).toEqual([
      'Signature valid, signed by agency.pem',
    ])
  })

  it('is verified on the bytes as they came: UTF-16, entities, CDATA and comments', () => {
    const xml = signed(plain.replace('강진', '<!-- c --><![CDATA[<b>]]>&#xAC15; &amp;\r\n'))
    const bytes = Buffer.from(`\uFEFF${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le')
    expect(noted(bytes)).toEqual(['Signature valid, signed by agency.pem'])
    expect(parseCapXml(bytes, [agency]).alert.infos[0]?.headline).toBe('<b>강 &')
  })

  it.each([
    ['its text', (xml: string) => xml.replace('강진', '해일')],
    ['its area', (xml: string) => xml.replace('37.3,137.0', '39.3,139.0')],
    ['an added element', (xml: string) => xml.replace('<info>', '<note>x</note><info>')],
    ['its digest', (xml: string) => xml.replace(/<DigestValue>./, '<DigestValue>A')],
    [
      'its signature value',
      (xml: string) => xml.replace(/(<SignatureValue>)(.)/, (_, tag, c) => `${tag}${c === 'A' ? 'B' : 'A'}`),
    ],
  ])('is refused after a change of %s', (_, edit) => {
    const xml = signed(plain, { keyInfo: rsaKeyValue(rsa.publicKey) })
    expect(refusal(edit(xml))).toBe(changed)
  })

  it('of a signer who is not known is read with a warning that names the key', () => {
    const xml = signed(plain, { key: otherRsa.privateKey, keyInfo: rsaKeyValue(otherRsa.publicKey) })
    const { warnings } = parseCapXml(xml, [agency])
    expect(warnings.map(({ code }) => code)).toEqual(['cap-signature-unknown'])
    expect(warnings[0]?.message).toContain(fingerprint(otherRsa.publicKey))
    expect(parseCapXml(xml, [trusted(otherRsa.publicKey)]).warnings).toEqual([])
  })

  it('of which nobody knows the key is read with a warning, not with trust', () => {
    const xml = signed(plain, { key: otherRsa.privateKey })
    expect(warned(xml)).toEqual(['cap-signature-unchecked'])
    expect(warned(xml, [])).toEqual(['cap-signature-unchecked'])
    expect(noted(xml)).toEqual([expect.stringMatching(/could not be checked/)])
  })

  it('is not made good by the key of another that it brings along', () => {
    const xml = signed(plain, { key: otherRsa.privateKey, keyInfo: rsaKeyValue(rsa.publicKey) })
    expect(refusal(xml)).toBe(changed)
  })

  it('of an expired certificate is read with a warning', () => {
    const xml = signed(plain)
    const [warning] = parseCapXml(xml, [{ ...agency, validTo: 1 }]).warnings
    expect([warning?.code, warning?.message]).toEqual([
      'cap-signature-unknown',
      expect.stringMatching(/agency.pem has expired/),
    ])
  })

  it('of more signers than a chain has is refused', () => {
    expect(noted(signed(signed(signed(plain))))).toHaveLength(3)
    expect(refusal(signed(signed(signed(signed(plain)))))).toBe('it has 4 signatures')
  })

  it('of an author and a hub is read where both are valid, and refused where the inner one is not', () => {
    const author = { key: otherRsa.privateKey, keyInfo: rsaKeyValue(otherRsa.publicKey) }
    const both = signed(signed(plain, author))
    expect(noted(both)).toEqual([
      'Signature valid, signed by agency.pem',
      expect.stringMatching(/^Signature valid, signed by an unknown key/),
    ])
    expect(warned(both)).toEqual([])
    expect(refusal(signed(signed(plain, author).replace('강진', '해일')))).toBe(changed)
  })
})

describe('among many trusted keys', () => {
  const strangers = Array.from({ length: MAX_TRIES }, (_, i) =>
    trusted(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, `${i}.pem`),
  )
  const last = trusted(ec.publicKey, 'last.pem')
  const by = (options: Signing = {}) => signed(plain, { key: ec.privateKey, ...options })
  const known = ['Signature valid, signed by last.pem']

  it('the one that fits is found, though it is the last that is tried', () => {
    expect(noted(by(), [...strangers.slice(1), last])).toEqual(known)
  })

  it('no more are tried than is done in time', () => {
    const { notes, warnings } = parseCapXml(by(), [...strangers, last])
    expect(warnings.map(({ code }) => code)).toEqual(['cap-signature-unchecked'])
    expect(notes[0]?.message).toMatch(/fits none of the first 40 trusted here/)
  })

  it.each([
    ['its fingerprint', fingerprint(ec.publicKey)],
    ['its file', 'last.pem'],
  ])('the one that the signature names by %s is the first', (_, name) => {
    expect(noted(by({ keyInfo: `<KeyName>${name}</KeyName>` }), [...strangers, last])).toEqual(known)
  })

  it('a name is no proof', () => {
    const xml = by({ keyInfo: `<KeyName>${fingerprint(rsa.publicKey)}</KeyName>` })
    expect(warned(xml, [agency])).toEqual(['cap-signature-unchecked'])
  })

  it('the document is digested once, not for each key', () => {
    const uri = 'http://www.w3.org/2001/04/xmlenc#sha256'
    const Own = hashAlgorithms[uri] as (typeof hashAlgorithms)[string]
    let digested = 0
    hashAlgorithms[uri] = class extends Own {
      override getHash = (xml: string) => {
        digested++
        return new Own().getHash(xml)
      }
    }
    try {
      expect(noted(by(), [...strangers.slice(1), last])).toEqual(known)
    } finally {
      hashAlgorithms[uri] = Own
    }
    expect(digested).toBe(1)
  })
})

describe('in an EDXL envelope', () => {
  const wrap = (
    alert: string,
  ) => `<?xml version="1.0"?><EDXLDistribution xmlns="urn:oasis:names:tc:emergency:EDXL:DE:1.0" xmlns:x="urn:x">
    <distributionStatus>Actual</distributionStatus>
    <contentObject><xmlContent><embeddedXMLContent>${alert.replace(/<\?xml.*?\?>/, '')}</embeddedXMLContent></xmlContent></contentObject>
    </EDXLDistribution>`

  it.each([
    ['exclusive', 'http://www.w3.org/2001/10/xml-exc-c14n#'],
    ['inclusive', 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'],
  ])('the signature of the alert is checked as it was made, before the envelope: %s', (_, canonicalization) => {
    const { notes, alert } = parseCapXml(wrap(signed(plain, { canonicalization })), [agency])
    expect(notes.map(({ message }) => message)).toEqual(['Signature valid, signed by agency.pem'])
    expect(notes[0]?.where).toMatch(/^\/EDXLDistribution\/.*\/alert\/Signature$/)
    expect(alert.identifier).toBe('noto-1')
  })

  it('a change is found', () => {
    const xml = signed(plain, { keyInfo: rsaKeyValue(rsa.publicKey) })
    expect(refusal(wrap(xml.replace('강진', '해일')))).toBe(changed)
  })

  it('the alert that is read is the one that is checked, whatever lies beside it', () => {
    const genuine = signed(plain, { keyInfo: rsaKeyValue(rsa.publicKey) }).replace(/<\?xml.*?\?>/, '')
    const forged = genuine.replace('강진', '해일')
    const xml = wrap(forged).replace('<xmlContent>', `<xmlContent><keyXMLContent>${genuine}</keyXMLContent>`)
    expect(refusal(xml)).toBe(changed)
  })
})

describe('signature wrapping', () => {
  const genuine = signed(plain.replace('<alert ', '<alert Id="a" '), { what: '/*' })
  const inner = genuine.replace(/<\?xml.*?\?>\s*/, '')
  const signature = /<Signature.*<\/Signature>/s.exec(genuine)?.[0] as string

  it('takes no signature of an element within the alert for one of the alert', () => {
    const forged = plain
      .replace('강진', '해일')
      .replace('</alert>', `<w xmlns="urn:w">${inner.replace(signature, '')}</w>${signature}</alert>`)
    expect(refusal(forged)).toBe('it does not sign the alert that it stands in')
  })

  it('takes no signature of an id that stands twice', () => {
    const forged = plain
      .replace('<alert ', '<alert Id="a" ')
      .replace('강진', '해일')
      .replace('</alert>', `<w xmlns="urn:w">${inner.replace(signature, '')}</w>${signature}</alert>`)
    expect(refusal(forged)).toBe(changed)
  })

  it('takes no part of a signature from where only a careless reader looks for it', () => {
    const xml = signed(plain)
    const within = (part: string) => xml.replace('<SignatureMethod', `${part}<SignatureMethod`)
    expect(refusal(within('<SignatureValue>AAAA</SignatureValue>'))).toMatch(/SignatureValue does not belong/)
    const object = '<Object><SignatureMethod Algorithm="x"/></Object>'
    expect(refusal(xml.replace('<SignedInfo>', `${object}<SignedInfo>`))).toMatch(/^it holds Object SignedInfo/)
  })

  it('takes no second SignedInfo and no flood of references', () => {
    const xml = signed(plain)
    const info = /<SignedInfo>.*<\/SignedInfo>/s.exec(xml)?.[0] as string
    expect(refusal(xml.replace(info, info + info))).toMatch(/^it holds SignedInfo SignedInfo/)
    const reference = /<Reference .*<\/Reference>/s.exec(xml)?.[0] as string
    expect(refusal(xml.replace(reference, reference.repeat(1000)))).toBe('it has 1000 references')
  })
})

describe('weak signatures', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#'

  it('refuses SHA-1, as method and as digest', () => {
    expect(refusal(signed(plain, { method: `${sha1}rsa-sha1` }))).toBe(`${sha1}rsa-sha1 is too weak or not known here`)
    expect(refusal(signed(plain, { digest: `${sha1}sha1` }))).toBe(`${sha1}sha1 is too weak or not known here`)
  })

  it('refuses HMAC, of which a public key would be the secret', () => {
    const xml = signed(plain).replace('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')
    expect(refusal(xml)).toMatch(/hmac-sha256 is too weak/)
  })

  it('refuses transforms that could sign less than the alert', () => {
    const xml = signed(plain).replace(
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/TR/1999/REC-xpath-19991116',
    )
    expect(refusal(xml)).toMatch(/xpath-19991116 is too weak or not known/)
  })

  it('refuses keys of few bits', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const xml = signed(plain, { key: weak.privateKey, keyInfo: rsaKeyValue(weak.publicKey) })
    expect(refusal(xml)).toBe('an RSA key of 1024 bits is too weak')
  })

  it('refuses a method of another type than the key', () => {
    const xml = signed(plain).replace('#rsa-sha256', '#ecdsa-sha256')
    expect(warned(xml)).toEqual(['cap-signature-unchecked'])
    const own = signed(plain, { keyInfo: rsaKeyValue(rsa.publicKey) }).replace('#rsa-sha256', '#ecdsa-sha256')
    expect(refusal(own)).toBe(changed)
  })

  it('does not check more elements than it can in time', () => {
    const many = `<e xmlns="urn:e">${'<a/>'.repeat(20_000)}</e>`
    expect(refusal(signed(plain).replace('<info>', `${many}<info>`))).toBe(
      'of more than 20000 elements none is checked',
    )
  })

  it('does not canonicalise thousands of namespaces', () => {
    const many = Array.from({ length: 1001 }, (_, i) => `xmlns:n${i}="u"`).join(' ')
    expect(refusal(signed(plain).replace('<alert ', `<alert ${many} `))).toMatch(/more than 1000 declarations/)
  })

  it.each(['', '<SignedInfo/>', '<SignedInfo/><SignatureValue/>', '<KeyInfo/>'])(
    'refuses a Signature of %s',
    (inside) => {
      const xml = plain.replace('</alert>', `<Signature xmlns="${sha1}">${inside}</Signature></alert>`)
      expect(refusal(xml)).toMatch(/^(it holds|0 times CanonicalizationMethod)/)
    },
  )
})

describe('trusted keys', () => {
  const pem = (key = rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }).toString()

  it('are read from PEM files, several a file, by the names of the files', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bongsu-trust-'))
    try {
      await writeFile(join(dir, 'b.pem'), pem() + pem(otherRsa.publicKey))
      await writeFile(join(dir, 'a.crt'), `explained\n${pem(ec.publicKey)}`)
      await writeFile(join(dir, 'README.txt'), 'no key')
      expect((await loadTrustedKeys(dir)).map(({ file }) => file)).toEqual(['a.crt', 'b.pem', 'b.pem'])
    } finally {
      await rm(dir, { recursive: true })
    }
    await expect(loadTrustedKeys(dir)).rejects.toMatchObject({ code: 'trust-unreadable' })
  })

  it.each([
    ['a private key', rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()],
    ['no PEM', 'key'],
    ['a damaged certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
    ['a weak key', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)],
    [
      'a key that cannot sign XML',
      generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    ],
  ])('refuses %s and names the file', (_, text) => {
    expect(problemOf(() => readTrustedKeys(text, 'x.pem'))).toMatchObject({ code: 'trust-key', where: 'x.pem' })
  })
})
