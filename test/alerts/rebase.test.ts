import { describe, expect, it } from 'vitest'
import { acceptAlert } from '../../src/alerts/accept.ts'
import { formatTime, normaliseTime, offsetOf } from '../../src/alerts/cap-time.ts'
import { expiresAt, isAllClear, refersTo } from '../../src/alerts/model.ts'
import { rebase } from '../../src/alerts/rebase.ts'
import { demoCap, sample, sampleInfo } from './sample.ts'

const now = Date.parse('2026-11-21T03:04:05.678Z')

describe('rebasing', () => {
  it('shifts all times by the same, to the second, in their own offset', () => {
    const alert = sample(
      { references: [{ sender: 's', identifier: 'i', sent: '2024-01-01T07:11:00-00:00' }] },
      {
        effective: '2024-01-01T16:13:00+09:00',
        onset: '2024-01-01T16:10:00+09:00',
      },
    )
    const rebased = rebase(alert, now)
    expect(rebased.sent).toBe('2026-11-21T12:04:05+09:00')
    expect(rebased.references[0]?.sent).toBe('2026-11-21T03:03:05-00:00')
    expect(rebased.infos[0]).toMatchObject({
      effective: '2026-11-21T12:05:05+09:00',
      onset: '2026-11-21T12:02:05+09:00',
      expires: '2026-11-22T12:04:05+09:00',
    })
  })

  it('keeps a chain together', () => {
    const [alert, update, clear] = ['noto-alert', 'noto-update', 'noto-all-clear'].map(demoCap) as [
      ReturnType<typeof demoCap>,
      ReturnType<typeof demoCap>,
      ReturnType<typeof demoCap>,
    ]
    const chain = [alert, update, clear].map((one) => rebase(one, now, alert.sent))
    const [first, second, third] = chain as typeof chain & [typeof alert, typeof alert, typeof alert]
    expect(second.references.map((reference) => refersTo(reference, first))).toEqual([true])
    expect(refersTo(third.references[0]!, first) && refersTo(third.references[1]!, second)).toBe(true)
    expect(isAllClear(third)).toBe(true)
    expect(chain.every((one) => acceptAlert(one, { now: Date.parse(one.sent) }).length === 0)).toBe(true)
  })

  it('leaves absent times absent', () => {
    const { expires: _, ...info } = sampleInfo()
    expect(rebase(sample({ infos: [info] }), now).infos[0]).toEqual(info)
  })
})

describe('times of CAP', () => {
  it.each([
    ['2024-01-01T16:10:00+09:00', '2024-01-01T16:10:00+09:00'],
    ['2024-01-01T07:10:00Z', '2024-01-01T07:10:00-00:00'],
    ['2024-02-29T07:10:00.123456-00:00', '2024-02-29T07:10:00-00:00'],
  ])('%s is read as %s', (text, time) => {
    expect(normaliseTime(text)).toBe(time)
  })

  it.each([
    '2024-01-01',
    '2024-01-01T16:10:00',
    '2024-01-01T16:10+09:00',
    '2023-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:61Z',
    '2024-01-01T00:00:00+15:00',
    '2024-01-01T00:00:00+09:99',
  ])('%s is none', (text) => {
    expect(normaliseTime(text)).toBeUndefined()
  })

  it('are written at the offset asked for, east and west', () => {
    const noon = Date.parse('2024-01-01T12:00:00Z')
    expect(formatTime(noon)).toBe('2024-01-01T12:00:00-00:00')
    expect(formatTime(noon, '+09:30')).toBe('2024-01-01T21:30:00+09:30')
    expect(formatTime(noon, '-03:30')).toBe('2024-01-01T08:30:00-03:30')
    expect(offsetOf('2024-01-01T08:30:00-03:30')).toBe('-03:30')
  })

  it('end an alert with the earliest expires of its infos', () => {
    const infos = ['2024-01-02T00:00:00+09:00', '2024-01-01T18:00:00-00:00'].map((expires) => sampleInfo({ expires }))
    expect(expiresAt(sample({ infos }))).toBe(Date.parse('2024-01-01T15:00:00Z'))
    expect(expiresAt(sample({ infos: [] }))).toBeUndefined()
  })
})
