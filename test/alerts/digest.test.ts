import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/alerts/canonical-json.ts'
import { digestOf } from '../../src/alerts/digest.ts'
import type { Alert } from '../../src/alerts/model.ts'
import { type AlertRules, rulesFor } from '../../src/alerts/rules.ts'
import { demoCap, sample, sampleInfo } from './sample.ts'

const rules: AlertRules = { unplaced: 'include', resend: 'resend' }
const digest = (alert: Alert = sample(), changed: AlertRules = rules, channels = ['kr-1', 'jp-1']) =>
  digestOf({ document: alert, rules: changed }, channels)

/** As a jsonb column gives it back: keys by length, then by bytes. */
function throughJsonb<T>(value: T): T {
  return JSON.parse(JSON.stringify(value), (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1)))
      : member,
  )
}

describe('the digest of what was approved', () => {
  it('is 64 hex digits and stays the same for the same', () => {
    expect(digest()).toMatch(/^[0-9a-f]{64}$/)
    expect(digest(sample())).toBe(digest(sample()))
  })

  it('survives the database and another order of keys and channels', () => {
    const alert = demoCap('noto-update')
    expect(digest(throughJsonb(alert))).toBe(digest(alert))
    expect(digest(sample(), throughJsonb(rules), ['jp-1', 'kr-1', 'jp-1'])).toBe(digest())
  })

  const circle = (radiusKm: number) => [
    { areaDesc: '노토', shapes: [{ kind: 'circle' as const, lon: 137, lat: 37.2, radiusKm }], geocode: [] },
  ]
  it.each<[string, string]>([
    ['the text', digest(sample({}, { headline: '약진' }))],
    ['the language', digest(sample({}, { language: 'en' }))],
    ['the area', digest(sample({}, { areas: circle(40.1) }))],
    ['the geocodes', digest(sample({}, { areas: [{ ...circle(40)[0]!, geocode: [{ valueName: 'a', value: 'b' }] }] }))],
    ['the status', digest(sample({ status: 'Exercise' }))],
    ['the msgType', digest(sample({ msgType: 'Update' }))],
    ['the references', digest(sample({ references: [{ sender: 's', identifier: 'i', sent: 't' }] }))],
    ['the severity', digest(sample({}, { severity: 'Minor' }))],
    ['the response type', digest(sample({}, { responseType: ['AllClear'] }))],
    ['expires', digest(sample({}, { expires: '2024-01-03T16:12:00+09:00' }))],
    ['the order of languages', digest(sample({ infos: [sampleInfo({ language: 'en' }), sampleInfo()] }))],
    ['the unplaced', digest(sample(), { ...rules, unplaced: 'exclude' })],
    ['resend', digest(sample(), { ...rules, resend: 'keep' })],
    ['the most recipients', digest(sample(), { ...rules, maxRecipients: 5 })],
    ['the channels', digest(sample(), rules, ['kr-1'])],
  ])('changes with %s', (_, changed) => {
    expect(changed).not.toBe(digest())
    expect(changed).not.toBe(digest(sample({ infos: [sampleInfo(), sampleInfo({ language: 'en' })] })))
  })
})

describe('canonical JSON', () => {
  it('sorts keys at every depth, keeps the order of arrays and leaves undefined out', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 'é"' }, null, 2], a: undefined, A: true })).toBe(
      '{"A":true,"b":[{"c":"é\\"","d":1},null,2]}',
    )
  })

  it('writes numbers as JSON does and refuses what is none', () => {
    expect(canonicalJson([1, -0, 1e21, 0.1, 137.10000000000002])).toBe('[1,0,1e+21,0.1,137.10000000000002]')
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError)
  })
})

describe('the rules of an alert', () => {
  const country = [{ areaDesc: 'JP', shapes: [{ kind: 'country' as const, iso2: 'JP' }], geocode: [] }]

  it.each([
    ['Extreme', 'include', 'include', 'every', 'resend', 'vital-interests'],
    ['Severe', 'include', 'include', 'every', 'resend', 'vital-interests'],
    ['Moderate', 'exclude', 'centre', 'last-seen', 'keep', 'public-task'],
    ['Minor', 'exclude', 'centre', 'last-seen', 'keep', 'public-task'],
    ['Unknown', 'exclude', 'centre', 'every', 'keep', 'public-task'],
  ] as const)(
    'of severity %s: unplaced %s, uncertain %s, numbers %s, %s, on the ground of %s',
    (severity, unplaced, uncertain, numbers, resend, legalBasis) => {
      expect(rulesFor(sample({}, { severity }))).toEqual({ unplaced, uncertain, numbers, resend, legalBasis })
    },
  )

  it('follow the author', () => {
    const chosen = {
      unplaced: 'exclude',
      uncertain: 'exclude',
      numbers: 'last-seen',
      resend: 'keep',
      legalBasis: 'consent',
      maxRecipients: 9,
      languages: ['ko'],
    } as const
    expect(rulesFor(sample(), { ...chosen, languages: ['ko'] })).toEqual(chosen)
  })

  it('never exclude the unplaced of a whole country', () => {
    const alert = sample({}, { severity: 'Minor', areas: country })
    expect(rulesFor(alert, { unplaced: 'exclude' }).unplaced).toBe('include')
    const mixed = sample({}, { severity: 'Minor', areas: [...country, ...sampleInfo().areas] })
    expect(rulesFor(mixed).unplaced).toBe('exclude')
  })

  it('send no exercise twice', () => {
    expect(rulesFor(sample({ status: 'Exercise' })).resend).toBe('keep')
  })
})
